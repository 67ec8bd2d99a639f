//! `information_schema`: the catalog as tables. Trino manual, "SQL statement support".

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion_trino::type_name;
use lakebed_catalog::Catalog;
use lakebed_engine::types;
use lakebed_wire::glue;

use super::view::{ViewDefinition, is_view};
use super::{CATALOG, catalog_error};
use crate::error::{ErrorKind, QueryError, Result};

/// The table called `name`.
pub(super) fn table(catalog: &Catalog, name: &str) -> Result<Arc<dyn TableProvider>> {
    let batch = match name {
        "schemata" => schemata(catalog)?,
        "tables" => tables(catalog)?,
        "columns" => columns(catalog)?,
        "views" => views(catalog)?,
        _ => {
            return Err(QueryError::new(
                ErrorKind::TableNotFound,
                format!("Table '{CATALOG}.information_schema.{name}' does not exist"),
            ));
        }
    };
    let table = MemTable::try_new(batch.schema(), vec![vec![batch]])
        .map_err(|error| QueryError::from(&error))?;
    Ok(Arc::new(table))
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch> {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, values)| Field::new(*name, values.data_type().clone(), true))
        .collect();
    let values = columns.into_iter().map(|(_, values)| values).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), values)
        .map_err(|error| QueryError::new(ErrorKind::GenericInternalError, error.to_string()))
}

fn texts(values: impl Iterator<Item = String>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn schemata(catalog: &Catalog) -> Result<RecordBatch> {
    let databases = catalog.databases().map_err(|error| catalog_error(&error))?;
    batch(vec![
        (
            "catalog_name",
            texts(databases.iter().map(|_| CATALOG.to_owned())),
        ),
        (
            "schema_name",
            texts(databases.iter().map(|database| database.name.clone())),
        ),
    ])
}

/// All tables with their databases.
fn all_tables(catalog: &Catalog) -> Result<Vec<(String, glue::Table)>> {
    let mut all = Vec::new();
    for database in catalog.databases().map_err(|error| catalog_error(&error))? {
        let tables = catalog
            .tables(&database.name)
            .map_err(|error| catalog_error(&error))?;
        all.extend(
            tables
                .into_iter()
                .map(|table| (database.name.clone(), table)),
        );
    }
    Ok(all)
}

fn tables(catalog: &Catalog) -> Result<RecordBatch> {
    let all = all_tables(catalog)?;
    let kind = |table: &glue::Table| match is_view(table) {
        true => "VIEW".to_owned(),
        false => "BASE TABLE".to_owned(),
    };
    batch(vec![
        (
            "table_catalog",
            texts(all.iter().map(|_| CATALOG.to_owned())),
        ),
        (
            "table_schema",
            texts(all.iter().map(|(database, _)| database.clone())),
        ),
        (
            "table_name",
            texts(all.iter().map(|(_, table)| table.name.clone())),
        ),
        (
            "table_type",
            texts(all.iter().map(|(_, table)| kind(table))),
        ),
    ])
}

/// The views; those that other engines made in their own form are left out.
fn views(catalog: &Catalog) -> Result<RecordBatch> {
    let mut all = Vec::new();
    for (database, table) in all_tables(catalog)? {
        if is_view(&table)
            && let Ok(view) = ViewDefinition::of(&table)
        {
            all.push((database, table.name, view.original_sql));
        }
    }
    batch(vec![
        (
            "table_catalog",
            texts(all.iter().map(|_| CATALOG.to_owned())),
        ),
        (
            "table_schema",
            texts(all.iter().map(|(database, ..)| database.clone())),
        ),
        (
            "table_name",
            texts(all.iter().map(|(_, name, _)| name.clone())),
        ),
        (
            "view_definition",
            texts(all.iter().map(|(.., definition)| definition.clone())),
        ),
    ])
}

struct ColumnRow {
    database: String,
    table: String,
    name: String,
    position: i64,
    kind: String,
    extra: Option<String>,
    comment: Option<String>,
}

fn columns(catalog: &Catalog) -> Result<RecordBatch> {
    let mut rows = Vec::new();
    for (database, table) in all_tables(catalog)? {
        let data = table
            .storage_descriptor
            .iter()
            .flat_map(|storage| storage.columns.iter().flatten())
            .map(|column| (column, None));
        let keys = table
            .partition_keys
            .iter()
            .flatten()
            .map(|column| (column, Some("partition key".to_owned())));
        for (position, (column, extra)) in data.chain(keys).enumerate() {
            rows.push(ColumnRow {
                database: database.clone(),
                table: table.name.clone(),
                name: column.name.clone(),
                position: position as i64 + 1,
                kind: trino_type(column.r#type.as_deref().unwrap_or("string")),
                extra,
                comment: column.comment.clone(),
            });
        }
    }
    let optional =
        |values: Vec<Option<String>>| -> ArrayRef { Arc::new(StringArray::from(values)) };
    let positions = Int64Array::from_iter_values(rows.iter().map(|row| row.position));
    batch(vec![
        (
            "table_catalog",
            texts(rows.iter().map(|_| CATALOG.to_owned())),
        ),
        (
            "table_schema",
            texts(rows.iter().map(|row| row.database.clone())),
        ),
        (
            "table_name",
            texts(rows.iter().map(|row| row.table.clone())),
        ),
        (
            "column_name",
            texts(rows.iter().map(|row| row.name.clone())),
        ),
        ("ordinal_position", Arc::new(positions)),
        (
            "column_default",
            arrow::array::new_null_array(&DataType::Utf8, rows.len()),
        ),
        ("is_nullable", texts(rows.iter().map(|_| "YES".to_owned()))),
        ("data_type", texts(rows.iter().map(|row| row.kind.clone()))),
        (
            "comment",
            optional(rows.iter().map(|row| row.comment.clone()).collect()),
        ),
        (
            "extra_info",
            optional(rows.iter().map(|row| row.extra.clone()).collect()),
        ),
    ])
}

/// A Hive type as Trino names it; a type the engine does not know stays as it is.
fn trino_type(hive: &str) -> String {
    match types::arrow_type(hive) {
        Ok(known) => type_name(&known),
        Err(_) => hive.to_owned(),
    }
}
