//! `CREATE EXTERNAL TABLE`: a description of files that lie there, or will.

use std::collections::{BTreeMap, HashSet};

use lakebed_wire::glue::{self, Order, SerDeInfo, StorageDescriptor, TableInput};

use super::storage_format::{self, LAZY_SIMPLE, StorageClasses};
use super::{Answer, Context, hive};
use crate::error::Result;
use crate::results::output::OutputFolder;
use crate::statement::{ColumnDefinition, CreateTable, Delimiters, RowFormat, StorageFormat};

/// The table property that a table's `COMMENT` becomes, as in Hive.
pub(super) const COMMENT: &str = "comment";

pub(super) fn execute(context: &Context, create: &CreateTable) -> Result<Answer> {
    refuse_repeated_columns(create)?;
    let database = context.database_of(&create.name);
    let input = table_input(create)?;
    let made = context
        .lake
        .catalog
        .create_table(database, input, Some(context.creator.clone()));
    match made {
        Ok(()) => Ok(Answer::Nothing),
        Err(lakebed_catalog::Error::AlreadyExists(_)) if create.if_not_exists => {
            Ok(Answer::Nothing)
        }
        Err(lakebed_catalog::Error::NotFound(_)) => Err(hive::database_not_found(database)),
        Err(error) => Err(hive::task_failed(&error)),
    }
}

fn refuse_repeated_columns(create: &CreateTable) -> Result<()> {
    let mut seen = HashSet::new();
    for column in &create.columns {
        if !seen.insert(column.name.as_str()) {
            return Err(hive::semantic_error(&format!(
                "[Error 10036]: Duplicate column name: {}",
                column.name
            )));
        }
    }
    match create
        .partition_keys
        .iter()
        .any(|key| !seen.insert(key.name.as_str()))
    {
        true => Err(hive::semantic_error(
            "[Error 10035]: Column repeated in partitioning columns",
        )),
        false => Ok(()),
    }
}

fn table_input(create: &CreateTable) -> Result<TableInput> {
    let location = create.location.clone().ok_or_else(|| {
        hive::execution_error(
            "MetaException(message:No location was specified for table. An S3 location must be specified)",
        )
    })?;
    if OutputFolder::parse(&location).is_none() {
        return Err(hive::execution_error(&format!(
            "MetaException(message:'{location}' is not a valid S3 location)"
        )));
    }
    let mut parameters: BTreeMap<String, String> = create.properties.iter().cloned().collect();
    parameters.insert("EXTERNAL".to_owned(), "TRUE".to_owned());
    if let Some(comment) = &create.comment {
        parameters.insert(COMMENT.to_owned(), comment.clone());
    }
    let (classes, serde_parameters) = storage(create)?;
    let mut descriptor = StorageDescriptor {
        columns: Some(create.columns.iter().map(glue_column).collect()),
        location: Some(location),
        input_format: Some(classes.input),
        output_format: Some(classes.output),
        compressed: Some(false),
        number_of_buckets: Some(-1),
        serde_info: Some(SerDeInfo {
            serialization_library: Some(classes.serde),
            parameters: Some(serde_parameters),
            ..SerDeInfo::default()
        }),
        ..StorageDescriptor::default()
    };
    if let Some(buckets) = &create.buckets {
        descriptor.number_of_buckets = i32::try_from(buckets.count).ok();
        descriptor.bucket_columns = Some(buckets.columns.clone());
        let orders = buckets.sorted_by.iter().map(|(column, ascends)| Order {
            column: column.clone(),
            sort_order: i32::from(*ascends),
        });
        descriptor.sort_columns = Some(orders.collect());
    }
    Ok(TableInput {
        name: create.name.table.clone(),
        description: create.comment.clone(),
        owner: Some("hadoop".to_owned()),
        table_type: Some("EXTERNAL_TABLE".to_owned()),
        partition_keys: Some(create.partition_keys.iter().map(glue_column).collect()),
        parameters: Some(parameters),
        storage_descriptor: Some(descriptor),
        ..TableInput::default()
    })
}

pub(super) fn glue_column(column: &ColumnDefinition) -> glue::Column {
    glue::Column {
        name: column.name.clone(),
        r#type: Some(column.kind.clone()),
        comment: column.comment.clone(),
        ..glue::Column::default()
    }
}

struct Classes {
    input: String,
    output: String,
    serde: String,
}

impl From<StorageClasses> for Classes {
    fn from(classes: StorageClasses) -> Self {
        Self {
            input: classes.input.to_owned(),
            output: classes.output.to_owned(),
            serde: classes.serde.to_owned(),
        }
    }
}

/// The classes and SerDe parameters that the row format and the storage format make together.
fn storage(create: &CreateTable) -> Result<(Classes, BTreeMap<String, String>)> {
    let mut classes: Classes = match &create.storage {
        Some(StorageFormat::Named(name)) => storage_format::named(name)?.into(),
        Some(StorageFormat::Classes { input, output }) => Classes {
            input: input.clone(),
            output: output.clone(),
            serde: LAZY_SIMPLE.to_owned(),
        },
        Some(StorageFormat::Handler(class)) => {
            return Err(hive::semantic_error(&format!(
                "Cannot find class '{class}': storage handlers are not supported"
            )));
        }
        None => storage_format::TEXT.into(),
    };
    let parameters = match &create.row_format {
        Some(RowFormat::Delimited(delimiters)) => delimiter_parameters(delimiters),
        Some(RowFormat::SerDe { class, properties }) => {
            classes.serde.clone_from(class);
            properties.iter().cloned().collect()
        }
        None => BTreeMap::from([("serialization.format".to_owned(), "1".to_owned())]),
    };
    Ok((classes, parameters))
}

/// LazySimpleSerDe's parameters; the misspelling is Hive's.
fn delimiter_parameters(delimiters: &Delimiters) -> BTreeMap<String, String> {
    [
        ("field.delim", &delimiters.field),
        ("serialization.format", &delimiters.field),
        ("escape.delim", &delimiters.escape),
        ("colelction.delim", &delimiters.collection),
        ("mapkey.delim", &delimiters.map_key),
        ("line.delim", &delimiters.line),
        ("serialization.null.format", &delimiters.null),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)))
    .collect()
}
