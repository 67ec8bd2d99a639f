//! `CREATE TABLE AS`: a query's rows as the files of a new table.

use std::collections::{BTreeMap, HashSet};

use datafusion::common::Column;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use lakebed_engine::types;
use lakebed_wire::glue::{self, TableInput};

use super::storage_format::Storage;
use super::{Answer, Context, select, target};
use crate::error::{ErrorKind, QueryError, Result};
use crate::lake::{CATALOG, catalog_error};
use crate::query::{PlannedQuery, query_error};
use crate::results::output::OutputFolder;
use crate::statement::{CreateTableAs, PropertyValue, TableProperty};

pub(super) async fn execute(context: &Context, create: &CreateTableAs) -> Result<Answer> {
    let database = context.database_of(&create.name);
    let catalog = &context.lake.catalog;
    if catalog.table(database, &create.name.table).is_ok() {
        return match create.if_not_exists {
            true => Ok(written(0, Vec::new())),
            false => Err(QueryError::at(
                ErrorKind::TableAlreadyExists,
                create.name.location,
                format!(
                    "Destination table '{CATALOG}.{database}.{}' already exists",
                    create.name.table
                ),
            )),
        };
    }
    if catalog.database(database).is_err() {
        return Err(QueryError::at(
            ErrorKind::SchemaNotFound,
            create.name.location,
            format!("Schema '{database}' does not exist"),
        ));
    }
    let options = Options::read(&create.properties)?;
    let location = location(context, &options)?;
    let planned = select::plan(context, &create.query).await?;
    let plan = named_columns(&planned, create)?;
    let table = table_input(context, create, &options, &plan, &location)?;
    let folder = OutputFolder::parse(&location).ok_or_else(|| invalid_location(&location))?;
    let name = format!("{database}.{}", create.name.table);
    target::refuse_occupied(context, &folder, &location, &name).await?;
    if !create.with_data {
        catalog
            .create_table(database, table, Some(context.creator.clone()))
            .map_err(|error| catalog_error(&error))?;
        return Ok(written(0, Vec::new()));
    }
    let report = target::write(
        context,
        plan,
        &location,
        options.storage.write,
        options.partitioned_by.clone(),
    )
    .await?;
    let made = catalog
        .create_table(database, table, Some(context.creator.clone()))
        .and_then(|()| catalog.table(database, &create.name.table));
    let table = match made {
        Ok(table) => table,
        Err(error) => {
            target::remove_files(context, &report).await;
            return Err(catalog_error(&error));
        }
    };
    target::add_partitions(context, database, &table, &report)?;
    let files = report.files.into_iter().map(|file| file.path).collect();
    Ok(written(report.rows, files))
}

fn written(rows: u64, files: Vec<String>) -> Answer {
    Answer::Written {
        kind: "CREATE TABLE",
        rows,
        files,
    }
}

/// What the `WITH` clause asks for.
struct Options {
    storage: Storage,
    external_location: Option<String>,
    partitioned_by: Vec<String>,
}

impl Options {
    fn read(properties: &[TableProperty]) -> Result<Self> {
        let mut format = "PARQUET".to_owned();
        let mut compression = None;
        let mut delimiter = None;
        let mut external_location = None;
        let mut partitioned_by = Vec::new();
        for property in properties {
            match property.name.as_str() {
                "format" => format = text(property)?,
                "write_compression" | "parquet_compression" | "orc_compression" => {
                    compression = Some(text(property)?);
                }
                "field_delimiter" => delimiter = Some(text(property)?),
                "external_location" => external_location = Some(text(property)?),
                "partitioned_by" => {
                    partitioned_by = texts(property)?
                        .iter()
                        .map(|name| name.to_lowercase())
                        .collect();
                }
                "table_type" if text(property)?.eq_ignore_ascii_case("HIVE") => {}
                "is_external" if property.value == PropertyValue::Boolean(true) => {}
                "bucketed_by"
                | "bucket_count"
                | "table_type"
                | "is_external"
                | "location"
                | "partitioning"
                | "vacuum_min_snapshots_to_keep" => {
                    return Err(QueryError::unsupported(&format!(
                        "CREATE TABLE AS with {}",
                        property.name
                    ))
                    .or_at(property.location));
                }
                unknown => {
                    return Err(QueryError::at(
                        ErrorKind::InvalidTableProperty,
                        property.location,
                        format!("Catalog '{CATALOG}' table property '{unknown}' does not exist"),
                    ));
                }
            }
        }
        Ok(Self {
            storage: Storage::of_new_table(&format, compression.as_deref(), delimiter.as_deref())?,
            external_location,
            partitioned_by,
        })
    }
}

fn text(property: &TableProperty) -> Result<String> {
    match &property.value {
        PropertyValue::Text(text) => Ok(text.clone()),
        _ => Err(wrong_value(property, "a varchar")),
    }
}

fn texts(property: &TableProperty) -> Result<Vec<String>> {
    match &property.value {
        PropertyValue::Texts(texts) => Ok(texts.clone()),
        _ => Err(wrong_value(property, "an array(varchar)")),
    }
}

fn wrong_value(property: &TableProperty, expected: &str) -> QueryError {
    QueryError::at(
        ErrorKind::InvalidTableProperty,
        property.location,
        format!(
            "Invalid value for catalog '{CATALOG}' table property '{}': expected {expected}",
            property.name
        ),
    )
}

fn invalid_location(location: &str) -> QueryError {
    QueryError::new(
        ErrorKind::InvalidTableProperty,
        format!("External location is not a valid file system URI: {location}"),
    )
}

/// The table's folder: the one given, or one of its own in the output location.
fn location(context: &Context, options: &Options) -> Result<String> {
    if let Some(location) = &options.external_location {
        return Ok(format!("{}/", location.trim_end_matches('/')));
    }
    match &context.output {
        Some(output) => Ok(format!(
            "{}/",
            output.file(&format!("tables/{}", context.query_id)).uri()
        )),
        None => Err(QueryError::new(
            ErrorKind::InvalidTableProperty,
            "a table without external_location needs an output location",
        )),
    }
}

/// The plan with the columns called as the table's columns are; each must have a name of its own.
fn named_columns(planned: &PlannedQuery, create: &CreateTableAs) -> Result<LogicalPlan> {
    let schema = planned.plan.schema();
    let mut seen = HashSet::new();
    let mut columns = Vec::with_capacity(planned.names.len());
    for (position, name) in planned.names.iter().enumerate() {
        let name = name.to_lowercase();
        if name == format!("_col{position}") {
            return Err(QueryError::at(
                ErrorKind::MissingColumnName,
                create.name.location,
                format!("Column name not specified at position {}", position + 1),
            ));
        }
        if !seen.insert(name.clone()) {
            return Err(QueryError::at(
                ErrorKind::DuplicateColumnName,
                create.name.location,
                format!("Column name '{name}' specified more than once"),
            ));
        }
        let (qualifier, field) = schema.qualified_field(position);
        columns.push(Expr::Column(Column::from((qualifier, field))).alias(name));
    }
    LogicalPlanBuilder::from(planned.plan.clone())
        .project(columns)
        .and_then(LogicalPlanBuilder::build)
        .map_err(|error| query_error(&error))
}

fn table_input(
    context: &Context,
    create: &CreateTableAs,
    options: &Options,
    plan: &LogicalPlan,
    location: &str,
) -> Result<TableInput> {
    let mut columns = Vec::new();
    for field in plan.schema().fields() {
        if field.data_type().is_null() {
            return Err(QueryError::new(
                ErrorKind::NotSupported,
                format!(
                    "Unsupported Hive type: unknown, of column '{}'",
                    field.name()
                ),
            ));
        }
        columns.push(glue::Column {
            name: field.name().clone(),
            r#type: Some(types::hive_type(field.data_type())),
            ..glue::Column::default()
        });
    }
    let data = columns.len().saturating_sub(options.partitioned_by.len());
    let keys = columns.split_off(data);
    let key_names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
    if key_names != options.partitioned_by || columns.is_empty() {
        return Err(QueryError::new(
            ErrorKind::Named("HIVE_COLUMN_ORDER_MISMATCH".to_owned()),
            format!(
                "Partition keys must be the last columns in the table and in the same order as the table properties: [{}]",
                options.partitioned_by.join(", ")
            ),
        ));
    }
    let mut descriptor = options.storage.descriptor();
    descriptor.columns = Some(columns);
    descriptor.location = Some(location.to_owned());
    let mut parameters = BTreeMap::from([
        ("EXTERNAL".to_owned(), "TRUE".to_owned()),
        ("has_encrypted_data".to_owned(), "false".to_owned()),
        ("trino_query_id".to_owned(), context.query_id.clone()),
    ]);
    // What is inserted later is compressed as the table was made.
    if let Some(codec) = options.storage.parquet_codec() {
        parameters.insert("parquet.compression".to_owned(), codec.to_owned());
    }
    Ok(TableInput {
        name: create.name.table.clone(),
        owner: Some("hadoop".to_owned()),
        table_type: Some("EXTERNAL_TABLE".to_owned()),
        partition_keys: Some(keys),
        parameters: Some(parameters),
        storage_descriptor: Some(descriptor),
        ..TableInput::default()
    })
}
