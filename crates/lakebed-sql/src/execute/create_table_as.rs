//! `CREATE TABLE AS`: a query's rows as the files of a new table.

use std::collections::BTreeMap;

use datafusion::logical_expr::LogicalPlan;
use lakebed_engine::Buckets;
use lakebed_wire::glue::{self, TableInput};

use super::storage_format::{FileProperties, Storage};
use super::table_properties::{folded, number, text, unknown_property, zstd_level};
use super::target::{Target, WritePlan};
use super::{Answer, Context, output_columns, select, target};
use crate::error::{ErrorKind, QueryError, Result};
use crate::lake::{CATALOG, catalog_error};
use crate::results::output::OutputFolder;
use crate::statement::{CreateTableAs, PropertyValue, TableProperty};

pub(super) async fn execute(context: &Context, create: &CreateTableAs) -> Result<Answer> {
    let database = context.database_of(&create.name).to_owned();
    let name = create.name.table.clone();
    let catalog = context.lake.catalog.clone();
    if create.if_not_exists && catalog.table(&database, &name).is_ok() {
        return Ok(written(0, Vec::new()));
    }
    let (table, plan) = plan(context, create).await?;
    let location = &plan.target.location;
    let folder = OutputFolder::parse(location).ok_or_else(|| invalid_location(location))?;
    target::refuse_occupied(context, &folder, location, &format!("{database}.{name}")).await?;
    if !create.with_data {
        catalog
            .create_table(&database, table, Some(context.creator.clone()))
            .map_err(|error| catalog_error(&error))?;
        return Ok(written(0, Vec::new()));
    }
    let pending = target::write(context, plan).await?;
    let (lake, creator) = (context.lake.clone(), context.creator.clone());
    let report = target::publish(context, pending, move |report| {
        catalog
            .create_table(&database, table, Some(creator))
            .map_err(|error| catalog_error(&error))?;
        let added = catalog
            .table(&database, &name)
            .map_err(|error| catalog_error(&error))
            .and_then(|table| target::add_partitions(&lake, &database, &table, report));
        if added.is_err()
            && let Err(error) = catalog.delete_table(&database, &name)
        {
            tracing::warn!(table = name, %error, "table of a failed statement stays");
        }
        added
    })
    .await?;
    let files = report.files.into_iter().map(|file| file.path).collect();
    Ok(written(report.rows, files))
}

/// The table to make, and what is to be written for it.
pub(super) async fn plan(
    context: &Context,
    create: &CreateTableAs,
) -> Result<(TableInput, WritePlan)> {
    let database = context.database_of(&create.name);
    let catalog = &context.lake.catalog;
    if catalog.table(database, &create.name.table).is_ok() {
        return Err(QueryError::at(
            ErrorKind::TableAlreadyExists,
            create.name.location,
            format!(
                "Destination table '{CATALOG}.{database}.{}' already exists",
                create.name.table
            ),
        ));
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
    if OutputFolder::parse(&location).is_none() {
        return Err(invalid_location(&location));
    }
    let planned = select::plan(context, &create.query).await?;
    let planned = output_columns::storable(planned)?;
    let rows = output_columns::named(&planned, create.name.location)?;
    let table = table_input(context, create, &options, &rows, &location)?;
    let target = Target {
        partition_by: options.partitioned_by,
        buckets: options.buckets,
        zstd_level: options.storage.zstd_level,
        ..Target::new(location, options.storage.write)
    };
    Ok((table, WritePlan { rows, target }))
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
        let mut files = FileProperties::default();
        let mut external_location = None;
        let mut partitioned_by = Vec::new();
        let mut bucketed_by = None;
        let mut bucket_count = None;
        for property in properties {
            match property.name.as_str() {
                "format" => files.format = Some(text(property)?),
                "write_compression" | "parquet_compression" | "orc_compression" => {
                    files.compression = Some(text(property)?);
                }
                "compression_level" => files.zstd_level = Some(zstd_level(property)?),
                "field_delimiter" => files.field_delimiter = Some(text(property)?),
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
            storage: Storage::of_new_table(&files)?,
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
        (
            "has_encrypted_data".to_owned(),
            context.encryption.is_some().to_string(),
        ),
        ("trino_query_id".to_owned(), context.query_id.clone()),
    ]);
    // What is inserted later is compressed as the table was made.
    if let Some(codec) = options.storage.parquet_codec() {
        parameters.insert("parquet.compression".to_owned(), codec.to_owned());
    }
    if let Some(level) = options.storage.zstd_level {
        parameters.insert("compression_level".to_owned(), level.to_string());
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
