//! `CREATE TABLE AS`: a query's rows as the files of a new table.

use std::collections::BTreeMap;

use datafusion::logical_expr::LogicalPlan;
use lakebed_engine::Buckets;
use lakebed_wire::glue::{self, TableInput};

use super::storage_format::Storage;
use super::table_properties::{folded, number, text, unknown_property};
use super::{Answer, Context, output_columns, select, target};
use crate::error::{ErrorKind, QueryError, Result};
use crate::lake::{CATALOG, catalog_error};
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
    let plan = output_columns::named(&planned, create.name.location)?;
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
    let mut report = target::write(
        context,
        plan,
        &location,
        options.storage.write.clone(),
        options.partitioned_by.clone(),
        options.buckets.clone(),
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
    if let Err(error) = target::add_partitions(context, database, &table, &mut report).await {
        // Nothing is left of a statement that failed.
        if let Err(error) = catalog.delete_table(database, &create.name.table) {
            tracing::warn!(table = create.name.table, %error, "table of a failed statement stays");
        }
        return Err(error);
    }
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
    buckets: Option<Buckets>,
}

impl Options {
    fn read(properties: &[TableProperty]) -> Result<Self> {
        let mut format = "PARQUET".to_owned();
        let mut compression = None;
        let mut delimiter = None;
        let mut external_location = None;
        let mut partitioned_by = Vec::new();
        let mut bucketed_by = None;
        let mut bucket_count = None;
        for property in properties {
            match property.name.as_str() {
                "format" => format = text(property)?,
                "write_compression" | "parquet_compression" | "orc_compression" => {
                    compression = Some(text(property)?);
                }
                "field_delimiter" => delimiter = Some(text(property)?),
                "external_location" => external_location = Some(text(property)?),
                "partitioned_by" => {
                    partitioned_by = folded(property)?;
                }
                "table_type" if text(property)?.eq_ignore_ascii_case("HIVE") => {}
                "is_external" if property.value == PropertyValue::Boolean(true) => {}
                "bucketed_by" => bucketed_by = Some(folded(property)?),
                "bucket_count" => bucket_count = Some(number(property)?),
                "table_type"
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
                _ => return Err(unknown_property(property)),
            }
        }
        Ok(Self {
            storage: Storage::of_new_table(&format, compression.as_deref(), delimiter.as_deref())?,
            external_location,
            partitioned_by,
            buckets: buckets(bucketed_by, bucket_count)?,
        })
    }
}

/// The buckets that two properties ask for together.
fn buckets(columns: Option<Vec<String>>, count: Option<u32>) -> Result<Option<Buckets>> {
    let refused = |message: &str| QueryError::new(ErrorKind::InvalidTableProperty, message);
    match (columns, count) {
        (None, None) => Ok(None),
        (_, Some(0)) => Err(refused("bucket_count must be greater than zero")),
        (Some(columns), Some(count)) if !columns.is_empty() => Ok(Some(Buckets { columns, count })),
        _ => Err(refused(
            "bucketed_by and bucket_count must be specified together",
        )),
    }
}

/// Refuses buckets by columns that are not in the files.
fn refuse_buckets_elsewhere(columns: &[glue::Column], buckets: &Buckets) -> Result<()> {
    let absent: Vec<&str> = buckets
        .columns
        .iter()
        .filter(|name| !columns.iter().any(|column| column.name == **name))
        .map(String::as_str)
        .collect();
    match absent.is_empty() {
        true => Ok(()),
        false => Err(QueryError::new(
            ErrorKind::InvalidTableProperty,
            format!(
                "Bucketing columns [{}] not present in schema",
                absent.join(", ")
            ),
        )),
    }
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

fn table_input(
    context: &Context,
    create: &CreateTableAs,
    options: &Options,
    plan: &LogicalPlan,
    location: &str,
) -> Result<TableInput> {
    let mut columns = output_columns::glue_columns(plan)?;
    let keys = output_columns::split_off_keys(&mut columns, &options.partitioned_by)?;
    let mut descriptor = options.storage.descriptor();
    if let Some(buckets) = &options.buckets {
        refuse_buckets_elsewhere(&columns, buckets)?;
        descriptor.number_of_buckets = i32::try_from(buckets.count).ok();
        descriptor.bucket_columns = Some(buckets.columns.clone());
    }
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
