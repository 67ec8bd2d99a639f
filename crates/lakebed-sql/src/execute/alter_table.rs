//! `ALTER TABLE`: partitions, location, properties and columns.

use std::collections::{BTreeMap, BTreeSet};

use lakebed_catalog::TableUpdate;
use lakebed_wire::glue::{self, PartitionInput, StorageDescriptor, TableInput};

use super::create_table::glue_column;
use super::{Answer, Context, hive, show};
use crate::error::{QueryError, Result};
use crate::statement::{
    AlterTable, ColumnDefinition, ColumnPlace, NewPartition, PartitionSpec, TableChange, TableName,
};

pub(super) fn execute(context: &Context, alter: &AlterTable) -> Result<Answer> {
    let table = context.table(&alter.name)?;
    match &alter.change {
        TableChange::AddPartitions {
            if_not_exists,
            partitions,
        } => add_partitions(context, &alter.name, &table, partitions, *if_not_exists),
        TableChange::DropPartitions {
            if_exists,
            partitions,
        } => drop_partitions(context, &alter.name, &table, partitions, *if_exists),
        TableChange::SetLocation {
            partition: Some(partition),
            location,
        } => set_partition_location(context, &alter.name, &table, partition, location),
        TableChange::SetLocation {
            partition: None,
            location,
        } => update(context, &alter.name, table, |input| {
            let storage = input.storage_descriptor.get_or_insert_default();
            storage.location = Some(location.clone());
        }),
        TableChange::SetProperties(properties) => update(context, &alter.name, table, |input| {
            let parameters = input.parameters.get_or_insert_default();
            parameters.extend(properties.iter().cloned());
        }),
        TableChange::UnsetProperties(names) => update(context, &alter.name, table, |input| {
            let parameters = input.parameters.get_or_insert_default();
            parameters.retain(|name, _| !names.contains(name));
        }),
        TableChange::RenamePartition { from, to } => {
            rename_partition(context, &alter.name, &table, from, to)
        }
        TableChange::AddColumns { partition, columns } => {
            refuse_columns_that_are_there(&table, columns)?;
            let add = |storage: &mut StorageDescriptor| {
                let all = storage.columns.get_or_insert_default();
                all.extend(columns.iter().map(glue_column));
            };
            change_storage(context, &alter.name, table, partition.as_ref(), add)
        }
        TableChange::ReplaceColumns { partition, columns } => {
            let replace = |storage: &mut StorageDescriptor| {
                storage.columns = Some(columns.iter().map(glue_column).collect());
            };
            change_storage(context, &alter.name, table, partition.as_ref(), replace)
        }
        TableChange::ChangeColumn {
            name,
            column,
            place,
        } => {
            let columns = changed_columns(&table, name, column, place.as_ref())?;
            let change = |storage: &mut StorageDescriptor| storage.columns = Some(columns);
            change_storage(context, &alter.name, table, None, change)
        }
        TableChange::Unsupported(form) => Err(QueryError::unsupported(form)),
    }
}

fn refuse_columns_that_are_there(table: &glue::Table, new: &[ColumnDefinition]) -> Result<()> {
    let taken = new
        .iter()
        .find(|new| show::all_columns(table).any(|column| column.name == new.name));
    match taken {
        Some(column) => Err(hive::execution_error(&format!(
            "Duplicate column name: {}",
            column.name
        ))),
        None => Ok(()),
    }
}

/// Changes how the files of the table, or of one of its partitions, are read.
fn change_storage(
    context: &Context,
    name: &TableName,
    table: glue::Table,
    partition: Option<&PartitionSpec>,
    change: impl FnOnce(&mut StorageDescriptor),
) -> Result<Answer> {
    let Some(spec) = partition else {
        return update(context, name, table, |input| {
            change(input.storage_descriptor.get_or_insert_default());
        });
    };
    let partition = partition_of(context, name, &table, spec)?;
    let values = partition.values.clone().unwrap_or_default();
    let mut input = input_of(partition);
    change(input.storage_descriptor.get_or_insert_default());
    update_partition(context, name, &values, input)
}

/// The table's columns after `CHANGE COLUMN`.
fn changed_columns(
    table: &glue::Table,
    name: &str,
    column: &ColumnDefinition,
    place: Option<&ColumnPlace>,
) -> Result<Vec<glue::Column>> {
    let unknown = |name: &str| hive::execution_error(&format!("Invalid column reference {name}"));
    let storage = table.storage_descriptor.clone().unwrap_or_default();
    let mut columns = storage.columns.unwrap_or_default();
    let position = columns.iter().position(|column| column.name == name);
    let mut position = position.ok_or_else(|| unknown(name))?;
    let before = columns.remove(position);
    let taken = columns.iter().chain(table.partition_keys.iter().flatten());
    if taken.clone().any(|other| other.name == column.name) {
        return Err(hive::execution_error(&format!(
            "Duplicate column name: {}",
            column.name
        )));
    }
    match place {
        Some(ColumnPlace::First) => position = 0,
        Some(ColumnPlace::After(other)) => {
            let after = columns.iter().position(|column| column.name == *other);
            position = after.ok_or_else(|| unknown(other))? + 1;
        }
        None => {}
    }
    let mut changed = glue_column(column);
    changed.comment = changed.comment.or(before.comment);
    columns.insert(position, changed);
    Ok(columns)
}

/// Changes the table and keeps the version before as Glue does.
fn update(
    context: &Context,
    name: &TableName,
    table: glue::Table,
    change: impl FnOnce(&mut TableInput),
) -> Result<Answer> {
    let mut input = TableInput {
        name: table.name,
        description: table.description,
        owner: table.owner,
        last_access_time: table.last_access_time,
        last_analyzed_time: table.last_analyzed_time,
        retention: table.retention,
        storage_descriptor: table.storage_descriptor,
        partition_keys: table.partition_keys,
        view_original_text: table.view_original_text,
        view_expanded_text: table.view_expanded_text,
        table_type: table.table_type,
        parameters: table.parameters,
        ..TableInput::default()
    };
    change(&mut input);
    let update = TableUpdate {
        skip_archive: false,
        expected_version: None,
    };
    context
        .lake
        .catalog
        .update_table(context.database_of(name), input, &update)
        .map_err(|error| hive::task_failed(&error))?;
    Ok(Answer::Nothing)
}

/// The values in the order of the table's keys; each key must have one.
fn values(table: &glue::Table, spec: &PartitionSpec) -> Result<Vec<String>> {
    let mut given: BTreeMap<&str, &str> = BTreeMap::new();
    for term in &spec.0 {
        if term.operator != "=" {
            return Err(hive::semantic_error(&format!(
                "partition spec with '{}' where only '=' can stand: {}",
                term.operator, spec
            )));
        }
        given.insert(&term.key, &term.value);
    }
    let keys = table.partition_keys.as_deref().unwrap_or_default();
    let values: Option<Vec<String>> = keys
        .iter()
        .map(|key| given.remove(key.name.as_str()).map(str::to_owned))
        .collect();
    match values {
        Some(values) if given.is_empty() && !values.is_empty() => Ok(values),
        _ => Err(hive::semantic_error(&format!(
            "[Error 10006]: Partition spec {spec} does not name the table's partition keys"
        ))),
    }
}

/// A partition that is there.
pub(super) fn partition_of(
    context: &Context,
    name: &TableName,
    table: &glue::Table,
    spec: &PartitionSpec,
) -> Result<glue::Partition> {
    let values = values(table, spec)?;
    context
        .lake
        .catalog
        .partition(context.database_of(name), &name.table, &values)
        .map_err(|error| match error {
            lakebed_catalog::Error::NotFound(_) => partition_not_found(spec),
            other => hive::task_failed(&other),
        })
}

fn partition_not_found(spec: &PartitionSpec) -> QueryError {
    hive::semantic_error(&format!("[Error 10006]: Partition not found {spec}"))
}

fn input_of(partition: glue::Partition) -> PartitionInput {
    PartitionInput {
        values: partition.values,
        storage_descriptor: partition.storage_descriptor,
        parameters: partition.parameters,
        last_access_time: partition.last_access_time,
        last_analyzed_time: partition.last_analyzed_time,
    }
}

fn update_partition(
    context: &Context,
    name: &TableName,
    values: &[String],
    input: PartitionInput,
) -> Result<Answer> {
    context
        .lake
        .catalog
        .update_partition(context.database_of(name), &name.table, values, input)
        .map_err(|error| hive::task_failed(&error))?;
    Ok(Answer::Nothing)
}

/// A partition whose files are like the table's, at `location`.
pub(super) fn partition_input(
    table: &glue::Table,
    values: Vec<String>,
    location: String,
) -> PartitionInput {
    let storage = table.storage_descriptor.clone().unwrap_or_default();
    PartitionInput {
        values: Some(values),
        storage_descriptor: Some(StorageDescriptor {
            location: Some(location),
            ..storage
        }),
        ..PartitionInput::default()
    }
}

/// Where a table's partition lies if nothing else is said.
pub(super) fn default_location(table: &glue::Table, values: &[String]) -> String {
    let keys: Vec<&str> = table
        .partition_keys
        .iter()
        .flatten()
        .map(|key| key.name.as_str())
        .collect();
    let values: Vec<Option<&str>> = values.iter().map(|value| Some(value.as_str())).collect();
    let base = table
        .storage_descriptor
        .as_ref()
        .and_then(|storage| storage.location.as_deref())
        .unwrap_or_default();
    format!(
        "{}/{}/",
        base.trim_end_matches('/'),
        lakebed_core::hive_path::write(&keys, &values)
    )
}

fn add_partitions(
    context: &Context,
    name: &TableName,
    table: &glue::Table,
    partitions: &[NewPartition],
    if_not_exists: bool,
) -> Result<Answer> {
    let mut inputs = Vec::with_capacity(partitions.len());
    for partition in partitions {
        let values = values(table, &partition.spec)?;
        let location = match &partition.location {
            Some(location) => location.clone(),
            None => default_location(table, &values),
        };
        inputs.push(partition_input(table, values, location));
    }
    let database = context.database_of(name);
    let catalog = &context.lake.catalog;
    if !if_not_exists {
        let there = inputs.iter().find(|input| {
            let values = input.values.as_deref().unwrap_or_default();
            catalog.partition(database, &name.table, values).is_ok()
        });
        if let Some(partition) = there {
            return Err(hive::execution_error(&format!(
                "AlreadyExistsException(message:Partition already exists: {:?})",
                partition.values.as_deref().unwrap_or_default()
            )));
        }
    }
    catalog
        .add_partitions(database, &name.table, inputs)
        .map_err(|error| hive::task_failed(&error))?;
    Ok(Answer::Nothing)
}

/// Drops the partitions that any of the specs matches; one that matches none is refused before
/// anything is dropped.
fn drop_partitions(
    context: &Context,
    name: &TableName,
    table: &glue::Table,
    specs: &[PartitionSpec],
    if_exists: bool,
) -> Result<Answer> {
    let database = context.database_of(name);
    let catalog = &context.lake.catalog;
    let mut dropped = BTreeSet::new();
    for spec in specs {
        let expression = glue_expression(table, spec)?;
        let matching = catalog
            .partitions(database, &name.table, Some(&expression))
            .map_err(|error| hive::task_failed(&error))?;
        if matching.is_empty() && !if_exists {
            return Err(partition_not_found(spec));
        }
        dropped.extend(
            matching
                .into_iter()
                .filter_map(|partition| partition.values),
        );
    }
    for values in dropped {
        match catalog.delete_partition(database, &name.table, &values) {
            // Somebody else has dropped it in the meantime.
            Ok(()) | Err(lakebed_catalog::Error::NotFound(_)) => {}
            Err(error) => return Err(hive::task_failed(&error)),
        }
    }
    Ok(Answer::Nothing)
}

/// The spec in the language of Glue's `GetPartitions`.
fn glue_expression(table: &glue::Table, spec: &PartitionSpec) -> Result<String> {
    let keys = table.partition_keys.as_deref().unwrap_or_default();
    let mut terms = Vec::with_capacity(spec.0.len());
    for term in &spec.0 {
        let key = keys.iter().find(|key| key.name == term.key);
        let Some(key) = key else {
            return Err(hive::semantic_error(&format!(
                "[Error 10006]: Partition spec {spec} names '{}', which is no partition key",
                term.key
            )));
        };
        let is_number = matches!(
            key.r#type.as_deref(),
            Some("tinyint" | "smallint" | "int" | "bigint")
        ) && term.value.parse::<i64>().is_ok();
        let value = match is_number {
            true => term.value.clone(),
            false => format!("'{}'", term.value.replace('\'', "''")),
        };
        let operator = if term.operator == "!=" {
            "<>"
        } else {
            &term.operator
        };
        terms.push(format!("\"{}\" {operator} {value}", term.key));
    }
    Ok(terms.join(" AND "))
}

fn set_partition_location(
    context: &Context,
    name: &TableName,
    table: &glue::Table,
    spec: &PartitionSpec,
    location: &str,
) -> Result<Answer> {
    let partition = partition_of(context, name, table, spec)?;
    let values = partition.values.clone().unwrap_or_default();
    let mut input = input_of(partition);
    input.storage_descriptor.get_or_insert_default().location = Some(location.to_owned());
    update_partition(context, name, &values, input)
}

/// Gives a partition other values; its files stay where they are.
fn rename_partition(
    context: &Context,
    name: &TableName,
    table: &glue::Table,
    from: &PartitionSpec,
    to: &PartitionSpec,
) -> Result<Answer> {
    let partition = partition_of(context, name, table, from)?;
    let old = partition.values.clone().unwrap_or_default();
    let new = values(table, to)?;
    let input = PartitionInput {
        values: Some(new),
        ..input_of(partition)
    };
    update_partition(context, name, &old, input)
}
