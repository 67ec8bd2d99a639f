//! `SHOW TABLES`, `SHOW COLUMNS`, `SHOW PARTITIONS`, `SHOW TBLPROPERTIES`.

use lakebed_core::hive_path;
use lakebed_wire::glue;

use super::{Answer, Context, hive};
use crate::error::Result;
use crate::results::Column;
use crate::statement::{ShowTableProperties, ShowTables, TableName};

pub(super) fn tables(context: &Context, show: &ShowTables) -> Result<Answer> {
    let tables = tables_in(context, show)?;
    Ok(Answer::Lines {
        columns: vec![Column::text("tab_name")],
        lines: tables.into_iter().map(|table| table.name).collect(),
    })
}

/// The tables and views that the statement's pattern lets through.
pub(super) fn tables_in(context: &Context, show: &ShowTables) -> Result<Vec<glue::Table>> {
    let database = show.database.as_deref().unwrap_or(&context.database);
    let mut tables = context
        .lake
        .catalog
        .tables(database)
        .map_err(|error| match error {
            lakebed_catalog::Error::NotFound(_) => hive::database_not_found(database),
            other => hive::task_failed(&other),
        })?;
    if let Some(pattern) = &show.pattern {
        let pattern = hive::show_pattern(pattern)?;
        tables.retain(|table| pattern.is_match(&table.name));
    }
    Ok(tables)
}

/// The columns, then the partition keys, which are columns to a query.
pub(super) fn all_columns(table: &glue::Table) -> impl Iterator<Item = &glue::Column> {
    let data = table
        .storage_descriptor
        .iter()
        .flat_map(|storage| storage.columns.iter().flatten());
    data.chain(table.partition_keys.iter().flatten())
}

pub(super) fn columns(context: &Context, name: &TableName) -> Result<Answer> {
    let table = context.table(name)?;
    Ok(Answer::Lines {
        columns: vec![Column::text("field")],
        // Hive pads the names.
        lines: all_columns(&table)
            .map(|column| format!("{:<20}", column.name))
            .collect(),
    })
}

pub(super) fn partitions(context: &Context, name: &TableName) -> Result<Answer> {
    let table = context.table(name)?;
    let keys: Vec<&str> = table
        .partition_keys
        .iter()
        .flatten()
        .map(|key| key.name.as_str())
        .collect();
    if keys.is_empty() {
        return Err(hive::execution_error(&format!(
            "Table {} is not a partitioned table",
            name.table
        )));
    }
    let partitions = context
        .lake
        .catalog
        .partitions(context.database_of(name), &name.table, None)
        .map_err(|error| hive::task_failed(&error))?;
    Ok(Answer::Lines {
        columns: vec![Column::text("partition")],
        lines: partitions
            .iter()
            .map(|partition| partition_path(&keys, partition))
            .collect(),
    })
}

/// `year=2025/month=01`.
pub(super) fn partition_path(keys: &[&str], partition: &glue::Partition) -> String {
    let values: Vec<Option<&str>> = partition
        .values
        .iter()
        .flatten()
        .map(|value| Some(value.as_str()))
        .collect();
    hive_path::write(keys, &values)
}

pub(super) fn table_properties(context: &Context, show: &ShowTableProperties) -> Result<Answer> {
    let table = context.table(&show.name)?;
    let properties = table.parameters.unwrap_or_default();
    let lines = match &show.property {
        Some(name) => vec![properties.get(name).cloned().unwrap_or_else(|| {
            format!(
                "Table {}.{} does not have property: {name}",
                context.database_of(&show.name),
                show.name.table
            )
        })],
        None => properties
            .iter()
            .map(|(key, value)| format!("{key}\t{value}"))
            .collect(),
    };
    Ok(Answer::Lines {
        columns: vec![Column::text("prpt_name"), Column::text("prpt_value")],
        lines,
    })
}
