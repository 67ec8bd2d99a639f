//! What Glue's sink writes into the catalog: the table if there is none, new columns, partitions.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::arrow::datatypes::Fields;
use lakebed_catalog::{Catalog, Error, TableUpdate as CatalogUpdate};
use lakebed_core::hive_path::{self, NULL_PARTITION};
use lakebed_engine::types::hive_type;
use lakebed_engine::{HiveDelimiters, WriteFormat, WriteReport};
use lakebed_wire::glue::{
    Column, PartitionInput, SerDeInfo, StorageDescriptor, Table, TableInput, UpdateCatalogBehavior,
};

use super::Target;
use super::settings::TableUpdate;
use crate::error::NodeError;

/// Who writes.
pub(super) struct Author<'a> {
    pub(super) job: &'a str,
    pub(super) run_id: &'a str,
}

/// Makes or updates the table and adds the partitions that were written; says what it did.
///
/// # Errors
/// If the table that is there has other partition keys, or the catalog refuses.
pub(super) fn record(
    catalog: &Catalog,
    update: &TableUpdate,
    target: &Target,
    report: &WriteReport,
    partition_columns: &Fields,
    author: &Author<'_>,
) -> Result<String, NodeError> {
    let columns = columns_of(report.schema.fields());
    let keys = columns_of(partition_columns);
    let existing = match catalog.table(&update.database, &update.name) {
        Ok(table) => Some(table),
        Err(Error::NotFound(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let storage = match existing {
        None => {
            let storage = storage_of(target, columns);
            let table = new_table(update, target, storage.clone(), keys.clone(), author);
            catalog.create_table(&update.database, table, None)?;
            storage
        }
        Some(table) => extend(catalog, update, table, columns, &keys)?,
    };
    let added = add_partitions(catalog, update, target, report, &keys, &storage)?;
    let table = format!("{}.{}", update.database, update.name);
    Ok(if keys.is_empty() {
        format!("; table {table}")
    } else {
        format!("; table {table}, {added} new partitions")
    })
}

/// Brings a table that is there up to date; answers its storage.
fn extend(
    catalog: &Catalog,
    update: &TableUpdate,
    table: Table,
    columns: Vec<Column>,
    keys: &[Column],
) -> Result<StorageDescriptor, NodeError> {
    let names = |columns: &[Column]| -> Vec<String> {
        columns.iter().map(|column| column.name.clone()).collect()
    };
    let existing_keys = names(table.partition_keys.as_deref().unwrap_or_default());
    if existing_keys != names(keys) {
        return Err(NodeError::Setting(format!(
            "table {}.{} has the partition keys ({}), the target writes ({})",
            update.database,
            update.name,
            existing_keys.join(", "),
            names(keys).join(", ")
        )));
    }
    let mut storage = table.storage_descriptor.clone().unwrap_or_default();
    if update.behavior == UpdateCatalogBehavior::Log {
        return Ok(storage);
    }
    let merged = merge(storage.columns.clone().unwrap_or_default(), columns);
    if storage.columns.as_ref() != Some(&merged) {
        storage.columns = Some(merged);
        let input = TableInput {
            storage_descriptor: Some(storage.clone()),
            ..input_of(table)
        };
        catalog.update_table(&update.database, input, &CatalogUpdate::default())?;
    }
    Ok(storage)
}

/// The columns there were, with the types they have now, then the new ones.
fn merge(mut existing: Vec<Column>, written: Vec<Column>) -> Vec<Column> {
    for column in written {
        match existing.iter_mut().find(|known| known.name == column.name) {
            Some(known) => known.r#type = column.r#type,
            None => existing.push(column),
        }
    }
    existing
}

fn input_of(table: Table) -> TableInput {
    TableInput {
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
        target_table: table.target_table,
        ..TableInput::default()
    }
}

fn add_partitions(
    catalog: &Catalog,
    update: &TableUpdate,
    target: &Target,
    report: &WriteReport,
    keys: &[Column],
    storage: &StorageDescriptor,
) -> Result<usize, NodeError> {
    if keys.is_empty() {
        return Ok(0);
    }
    let names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
    let written: BTreeSet<&Vec<Option<String>>> = report
        .files
        .iter()
        .map(|file| &file.partition_values)
        .collect();
    let mut partitions = Vec::with_capacity(written.len());
    for values in written {
        let folders: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
        let mut storage = storage.clone();
        storage.location = Some(format!(
            "{}{}/",
            target.location,
            hive_path::write(&names, &folders)
        ));
        partitions.push(PartitionInput {
            values: Some(
                folders
                    .iter()
                    .map(|value| value.unwrap_or(NULL_PARTITION).to_owned())
                    .collect(),
            ),
            storage_descriptor: Some(storage),
            ..PartitionInput::default()
        });
    }
    let count = partitions.len();
    let known = catalog.add_partitions(&update.database, &update.name, partitions)?;
    Ok(count - known.len())
}

/// The catalog keeps names in lower case.
fn columns_of(fields: &Fields) -> Vec<Column> {
    fields
        .iter()
        .map(|field| Column {
            name: field.name().to_lowercase(),
            r#type: Some(hive_type(field.data_type())),
            ..Column::default()
        })
        .collect()
}

fn new_table(
    update: &TableUpdate,
    target: &Target,
    storage: StorageDescriptor,
    keys: Vec<Column>,
    author: &Author<'_>,
) -> TableInput {
    let mut parameters = BTreeMap::from([
        (
            "classification".to_owned(),
            classification(&target.format).to_owned(),
        ),
        ("CreatedByJob".to_owned(), author.job.to_owned()),
        ("CreatedByJobRun".to_owned(), author.run_id.to_owned()),
    ]);
    if let WriteFormat::Csv { header: true, .. } = target.format {
        parameters.insert("skip.header.line.count".to_owned(), "1".to_owned());
    }
    TableInput {
        name: update.name.clone(),
        storage_descriptor: Some(storage),
        partition_keys: Some(keys),
        table_type: Some("EXTERNAL_TABLE".to_owned()),
        parameters: Some(parameters),
        ..TableInput::default()
    }
}

fn classification(format: &WriteFormat) -> &'static str {
    match format {
        WriteFormat::Parquet(_) => "parquet",
        WriteFormat::Orc(_) => "orc",
        WriteFormat::Avro(_) => "avro",
        WriteFormat::Csv { .. } | WriteFormat::HiveText { .. } => "csv",
        WriteFormat::Json { .. } => "json",
    }
}

fn storage_of(target: &Target, columns: Vec<Column>) -> StorageDescriptor {
    const TEXT_OUTPUT: &str = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat";
    const TEXT_INPUT: &str = "org.apache.hadoop.mapred.TextInputFormat";
    let (input, output, serde, parameter) = match &target.format {
        WriteFormat::Orc(_) => (
            "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
            "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
            "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
            ("serialization.format", "1".to_owned()),
        ),
        WriteFormat::Avro(_) => (
            "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
            "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat",
            "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
            ("serialization.format", "1".to_owned()),
        ),
        WriteFormat::Parquet(_) => (
            "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
            ("serialization.format", "1".to_owned()),
        ),
        WriteFormat::Json { .. } => {
            let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            (
                TEXT_INPUT,
                TEXT_OUTPUT,
                "org.openx.data.jsonserde.JsonSerDe",
                ("paths", names.join(",")),
            )
        }
        WriteFormat::Csv { separator, .. }
        | WriteFormat::HiveText {
            delimiters: HiveDelimiters {
                field: separator, ..
            },
            ..
        } => (
            TEXT_INPUT,
            TEXT_OUTPUT,
            "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
            ("field.delim", char::from(*separator).to_string()),
        ),
    };
    let (key, value) = parameter;
    StorageDescriptor {
        columns: Some(columns),
        location: Some(target.location.clone()),
        input_format: Some(input.to_owned()),
        output_format: Some(output.to_owned()),
        compressed: Some(false),
        number_of_buckets: Some(-1),
        serde_info: Some(SerDeInfo {
            serialization_library: Some(serde.to_owned()),
            parameters: Some(BTreeMap::from([(key.to_owned(), value)])),
            ..SerDeInfo::default()
        }),
        stored_as_sub_directories: Some(false),
        ..StorageDescriptor::default()
    }
}
