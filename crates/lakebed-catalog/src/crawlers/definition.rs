//! Table and partition definitions as crawlers write them.

use std::collections::BTreeMap;

use lakebed_wire::glue::{Column, PartitionInput, SerDeInfo, StorageDescriptor, TableInput};

use super::grouping::{FileGroup, PartitionGroup, TableGroup};
use super::path::S3Path;
use crate::fold;
use crate::inference::Compression;

/// The parameter that says which crawler wrote a table or partition.
pub(super) const UPDATED_BY: &str = "UPDATED_BY_CRAWLER";

/// The parameter that says which run wrote it.
pub(super) const RUN_ID: &str = "CRAWL_RUN_ID";

/// The parameter that marks what was not found any more.
pub(super) const DEPRECATED_BY: &str = "DEPRECATED_BY_CRAWLER";

/// The parameter that has Athena find partitions by their index.
pub(super) const PARTITION_FILTERING: &str = "partition_filtering.enabled";

/// The parameters that say what kind of files a table reads: where one changes, columns cannot be
/// merged ("Handling schema changes").
pub(super) const FUNDAMENTAL: [&str; 3] = ["classification", "compressionType", "delimiter"];

/// Who writes a definition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Author<'a> {
    pub(super) crawler: &'a str,
    pub(super) run_id: &'a str,
}

/// The definition of a table of this name; `place` is any path in its bucket. Athena asks for
/// partitions by their index where the table is `indexed`.
pub(super) fn table_input(
    name: &str,
    place: &S3Path,
    group: &TableGroup,
    indexed: bool,
    author: Author<'_>,
) -> TableInput {
    let descriptor = storage_descriptor(place, &group.files, author);
    let mut parameters = descriptor.parameters.clone().unwrap_or_default();
    if indexed {
        parameters.insert(PARTITION_FILTERING.to_owned(), "true".to_owned());
    }
    let partition_keys = group
        .partition_keys
        .iter()
        .map(|key| Column {
            name: key.clone(),
            r#type: Some("string".to_owned()),
            comment: None,
            parameters: None,
        })
        .collect();
    TableInput {
        name: name.to_owned(),
        owner: Some("owner".to_owned()),
        retention: Some(0),
        storage_descriptor: Some(descriptor),
        partition_keys: Some(partition_keys),
        table_type: Some("EXTERNAL_TABLE".to_owned()),
        parameters: Some(parameters),
        ..Default::default()
    }
}

/// The definition of a partition; with `inherited` it has its table's columns and SerDe.
pub(super) fn partition_input(
    place: &S3Path,
    group: &PartitionGroup,
    inherited: Option<&StorageDescriptor>,
    author: Author<'_>,
) -> PartitionInput {
    let own = storage_descriptor(place, &group.files, author);
    let descriptor = match inherited {
        Some(table) => StorageDescriptor {
            location: own.location,
            parameters: own.parameters,
            ..table.clone()
        },
        None => own,
    };
    PartitionInput {
        values: Some(group.values.clone()),
        parameters: descriptor.parameters.clone(),
        storage_descriptor: Some(descriptor),
        ..Default::default()
    }
}

fn storage_descriptor(place: &S3Path, files: &FileGroup, author: Author<'_>) -> StorageDescriptor {
    let reader = files.schema.reader();
    let columns = files
        .schema
        .columns
        .iter()
        .map(|(name, kind)| Column {
            name: fold(name),
            r#type: Some(kind.to_string()),
            comment: None,
            parameters: None,
        })
        .collect();
    StorageDescriptor {
        columns: Some(columns),
        location: Some(place.with_key(&files.location).to_string()),
        input_format: Some(reader.input_format.to_owned()),
        output_format: Some(reader.output_format.to_owned()),
        compressed: Some(files.compression != Compression::None),
        number_of_buckets: Some(-1),
        serde_info: Some(SerDeInfo {
            name: None,
            serialization_library: Some(reader.library.to_owned()),
            parameters: Some(reader.serde_parameters),
        }),
        bucket_columns: Some(Vec::new()),
        sort_columns: Some(Vec::new()),
        parameters: Some(parameters(files, reader.table_parameters, author)),
        stored_as_sub_directories: Some(false),
        ..Default::default()
    }
}

/// What tables and partitions say of their files.
pub(super) fn file_parameters(files: &FileGroup, author: Author<'_>) -> BTreeMap<String, String> {
    parameters(files, files.schema.reader().table_parameters, author)
}

fn parameters(
    files: &FileGroup,
    of_format: BTreeMap<String, String>,
    author: Author<'_>,
) -> BTreeMap<String, String> {
    let (records, record_bytes) = record_estimate(files);
    let mut parameters = strings([
        ("CrawlerSchemaDeserializerVersion", "1.0".to_owned()),
        ("CrawlerSchemaSerializerVersion", "1.0".to_owned()),
        (UPDATED_BY, author.crawler.to_owned()),
        (RUN_ID, author.run_id.to_owned()),
        ("averageRecordSize", record_bytes.to_string()),
        (
            "classification",
            files.schema.format.classification().to_owned(),
        ),
        ("compressionType", files.compression.as_str().to_owned()),
        ("objectCount", files.objects.to_string()),
        ("recordCount", records.to_string()),
        ("sizeKey", files.bytes.to_string()),
        ("typeOfData", "file".to_owned()),
    ]);
    parameters.extend(of_format);
    parameters
}

/// How many records there are and how long one is, in bytes: counted where all of the bytes were
/// looked at, projected from the samples otherwise.
fn record_estimate(files: &FileGroup) -> (u64, u64) {
    let schema = &files.schema;
    if schema.sampled_records == 0 {
        return (0, 0);
    }
    let average = (schema.sampled_bytes / schema.sampled_records).max(1);
    let sampled_part = schema.sampled_bytes as f64 / files.bytes.max(1) as f64;
    let whole = schema.format.counts_records()
        || sampled_part >= 0.99
        || files.compression != Compression::None;
    if whole {
        (schema.sampled_records, average)
    } else {
        (files.bytes / average, average)
    }
}

fn strings<const N: usize>(pairs: [(&str, String); N]) -> BTreeMap<String, String> {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
