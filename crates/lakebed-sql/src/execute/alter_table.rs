//! `ALTER TABLE`: partitions, location, properties and columns.

use std::collections::BTreeMap;

use lakebed_catalog::TableUpdate;
use lakebed_wire::glue::{self, PartitionInput, StorageDescriptor, TableInput};

use super::create_table::glue_column;
use super::{Answer, Context, hive, show};
use crate::error::{QueryError, Result};
use crate::statement::{AlterTable, NewPartition, PartitionSpec, TableChange, TableName};

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
        TableChange::AddColumns(columns) => {
            let taken = columns
                .iter()
                .find(|new| show::all_columns(&table).any(|column| column.name == new.name));
            if let Some(column) = taken {
                return Err(hive::execution_error(&format!(
                    "Duplicate column name: {}",
                    column.name
                )));
            }
            update(context, &alter.name, table, |input| {
                let storage = input.storage_descriptor.get_or_insert_default();
                let all = storage.columns.get_or_insert_default();
                all.extend(columns.iter().map(glue_column));
            })
        }
        TableChange::ReplaceColumns(columns) => update(context, &alter.name, table, |input| {
            let storage = input.storage_descriptor.get_or_insert_default();
            storage.columns = Some(columns.iter().map(glue_column).collect());
        }),
        TableChange::Unsupported(form) => Err(QueryError::unsupported(form)),
    }
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
            return Err(QueryError::unsupported(
                "PARTITION with comparisons other than =",
            ));
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
        _ => Err(hive::semantic_error(
            "[Error 10006]: partition spec does not name the table's partition keys",
        )),
    }
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

fn drop_partitions(
    context: &Context,
    name: &TableName,
    table: &glue::Table,
    partitions: &[PartitionSpec],
    if_exists: bool,
) -> Result<Answer> {
    for spec in partitions {
        let values = values(table, spec)?;
        let dropped =
            context
                .lake
                .catalog
                .delete_partition(context.database_of(name), &name.table, &values);
        match dropped {
            Err(lakebed_catalog::Error::NotFound(_)) if if_exists => {}
            other => other.map_err(|error| hive::task_failed(&error))?,
        }
    }
    Ok(Answer::Nothing)
}

fn set_partition_location(
    context: &Context,
    name: &TableName,
    table: &glue::Table,
    spec: &PartitionSpec,
    location: &str,
) -> Result<Answer> {
    let values = values(table, spec)?;
    let input = partition_input(table, values.clone(), location.to_owned());
    context
        .lake
        .catalog
        .update_partition(context.database_of(name), &name.table, &values, input)
        .map_err(|error| hive::task_failed(&error))?;
    Ok(Answer::Nothing)
}
