use lakebed_engine::{
    AvroCompression, OrcCompression, ParquetCompression, ParquetLayout, TextCompression,
    WriteFormat,
};
use lakebed_wire::glue::{
    CatalogSchemaChangePolicy, DirectSchemaChangePolicy, ParquetCompressionType, S3DirectTarget,
    S3GlueParquetTarget, Table, TargetFormat, UpdateCatalogBehavior,
};

use crate::error::NodeError;
use crate::graph::NodeKind;
use crate::lake::Lake;

/// What a target node asks for.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// `s3://bucket/prefix/`.
    pub(crate) location: String,
    pub(super) format: WriteFormat,
    /// The columns whose values become folders.
    pub(super) partition_by: Vec<String>,
    /// Over how many files the rows of a partition are spread.
    pub(super) files_per_partition: u32,
    pub(super) parquet: ParquetLayout,
    /// The table that is to know of the files.
    pub(super) table: Option<TableUpdate>,
}

/// Which table a target keeps in the catalog, and how.
#[derive(Debug, Clone)]
pub(super) struct TableUpdate {
    pub(super) database: String,
    pub(super) name: String,
    pub(super) behavior: UpdateCatalogBehavior,
}

/// Reads a target node and checks what can be checked before anything is written.
///
/// # Errors
/// If the format or compression is not one, or the table or database is not in the catalog.
pub(crate) fn settings(kind: &NodeKind, lake: &Lake) -> Result<Target, NodeError> {
    let target = match kind {
        NodeKind::S3DirectTarget(target) => direct(target)?,
        NodeKind::S3GlueParquetTarget(target) => glue_parquet(target)?,
        NodeKind::S3CatalogTarget(target) => {
            let table = lake.catalog.table(&target.database, &target.table)?;
            let keys = target.partition_keys.as_deref();
            let policy = target.schema_change_policy.as_ref();
            into_table(&table, &target.database, keys, policy)?
        }
        NodeKind::CatalogTarget(target) => {
            let table = lake.catalog.table(&target.database, &target.table)?;
            let keys = target.partition_keys.as_deref();
            into_table(&table, &target.database, keys, None)?
        }
        other => {
            return Err(NodeError::Setting(format!(
                "{} is not a target",
                other.as_str()
            )));
        }
    };
    if let Some(update) = &target.table {
        lake.catalog.database(&update.database)?;
    }
    Ok(target)
}

/// What a target asks for and does not get, for the run's log.
pub(crate) fn ignored(kind: &NodeKind) -> Vec<&'static str> {
    let quality = match kind {
        NodeKind::S3DirectTarget(target) => &target.auto_data_quality,
        NodeKind::S3GlueParquetTarget(target) => &target.auto_data_quality,
        NodeKind::S3CatalogTarget(target) => &target.auto_data_quality,
        _ => &None,
    };
    let mut ignored = Vec::new();
    if quality
        .as_ref()
        .is_some_and(|quality| quality.is_enabled == Some(true))
    {
        ignored.push("AutoDataQuality is ignored: data quality is not evaluated here");
    }
    ignored
}

fn direct(target: &S3DirectTarget) -> Result<Target, NodeError> {
    let compression = target.compression.as_deref().unwrap_or_default();
    let compression = compression.to_lowercase();
    Ok(Target {
        location: folder(&target.path),
        format: format(target.format, &compression)?,
        partition_by: top_level(target.partition_keys.as_deref())?,
        files_per_partition: files(target.number_target_partitions.as_deref())?,
        parquet: ParquetLayout::default(),
        table: table_update(target.schema_change_policy.as_ref())?,
    })
}

fn glue_parquet(target: &S3GlueParquetTarget) -> Result<Target, NodeError> {
    let compression = target
        .compression
        .map_or("", ParquetCompressionType::as_str);
    Ok(Target {
        location: folder(&target.path),
        format: format(TargetFormat::Parquet, compression)?,
        partition_by: top_level(target.partition_keys.as_deref())?,
        files_per_partition: files(target.number_target_partitions.as_deref())?,
        parquet: ParquetLayout::default(),
        table: table_update(target.schema_change_policy.as_ref())?,
    })
}

/// Files of a table that is there already, in its place and format.
fn into_table(
    table: &Table,
    database: &str,
    partition_keys: Option<&[Vec<String>]>,
    policy: Option<&CatalogSchemaChangePolicy>,
) -> Result<Target, NodeError> {
    let storage = table.storage_descriptor.as_ref();
    let location = storage
        .and_then(|storage| storage.location.as_deref())
        .filter(|location| !location.is_empty())
        .ok_or_else(|| {
            NodeError::Setting(format!("table {database}.{} has no location", table.name))
        })?;
    let serde = storage
        .and_then(|storage| storage.serde_info.as_ref())
        .and_then(|serde| serde.serialization_library.as_deref())
        .unwrap_or_default()
        .to_lowercase();
    let kind = match serde.as_str() {
        serde if serde.contains("parquet") => TargetFormat::Parquet,
        serde if serde.contains("orc") => TargetFormat::Orc,
        serde if serde.contains("avro") => TargetFormat::Avro,
        serde if serde.contains("json") => TargetFormat::Json,
        serde if serde.contains("lazysimple") || serde.contains("csv") => TargetFormat::Csv,
        _ => {
            return Err(NodeError::Setting(format!(
                "table {database}.{} has the SerDe '{serde}', which cannot be written",
                table.name
            )));
        }
    };
    let mut partition_by = top_level(partition_keys)?;
    if partition_by.is_empty() {
        let keys = table.partition_keys.iter().flatten();
        partition_by = keys.map(|key| key.name.clone()).collect();
    }
    let updates = policy.is_some_and(|policy| policy.enable_update_catalog == Some(true));
    let behavior = policy
        .filter(|_| updates)
        .and_then(|policy| policy.update_behavior);
    Ok(Target {
        location: folder(location),
        format: format(kind, "")?,
        files_per_partition: 1,
        parquet: ParquetLayout::of_table(&table.parameters.clone().unwrap_or_default())?,
        table: updates.then(|| TableUpdate {
            database: database.to_owned(),
            name: table.name.clone(),
            behavior: behavior.unwrap_or(UpdateCatalogBehavior::UpdateInDatabase),
        }),
        partition_by,
    })
}

fn table_update(
    policy: Option<&DirectSchemaChangePolicy>,
) -> Result<Option<TableUpdate>, NodeError> {
    let Some(policy) = policy.filter(|policy| policy.enable_update_catalog == Some(true)) else {
        return Ok(None);
    };
    match (&policy.database, &policy.table) {
        (Some(database), Some(table)) if !database.is_empty() && !table.is_empty() => {
            Ok(Some(TableUpdate {
                database: database.clone(),
                name: table.clone(),
                behavior: policy
                    .update_behavior
                    .unwrap_or(UpdateCatalogBehavior::UpdateInDatabase),
            }))
        }
        _ => Err(NodeError::Setting(
            "updating the catalog needs a database and a table in the schema change policy"
                .to_owned(),
        )),
    }
}

fn folder(path: &str) -> String {
    if path.ends_with('/') {
        path.to_owned()
    } else {
        format!("{path}/")
    }
}

/// Only whole columns can become folders.
fn top_level(keys: Option<&[Vec<String>]>) -> Result<Vec<String>, NodeError> {
    keys.unwrap_or_default()
        .iter()
        .map(|path| match &path[..] {
            [key] => Ok(key.clone()),
            _ => Err(NodeError::Setting(format!(
                "partition key '{}' is inside a struct; flatten it first",
                path.join(".")
            ))),
        })
        .collect()
}

/// As many files as Spark would write after a repartition; zero leaves the number to the engine,
/// which writes one.
fn files(number: Option<&str>) -> Result<u32, NodeError> {
    match number.map(str::trim).unwrap_or_default() {
        "" | "0" => Ok(1),
        number => number.parse().map_err(|_| {
            NodeError::Setting(format!("NumberTargetPartitions cannot be '{number}'"))
        }),
    }
}

fn format(format: TargetFormat, compression: &str) -> Result<WriteFormat, NodeError> {
    let text = match compression {
        "gzip" => Some(TextCompression::Gzip),
        "bzip2" => Some(TextCompression::Bzip2),
        "" | "none" | "uncompressed" => Some(TextCompression::None),
        _ => None,
    };
    let unsupported = || {
        NodeError::Setting(format!(
            "compression '{compression}' is not supported for {format} files"
        ))
    };
    Ok(match format {
        TargetFormat::Parquet => WriteFormat::Parquet(match compression {
            "" | "snappy" => ParquetCompression::Snappy,
            "gzip" => ParquetCompression::Gzip,
            "zstd" => ParquetCompression::Zstd,
            "lz4" => ParquetCompression::Lz4,
            "brotli" => ParquetCompression::Brotli,
            "none" | "uncompressed" => ParquetCompression::None,
            _ => return Err(unsupported()),
        }),
        TargetFormat::Orc => WriteFormat::Orc(match compression {
            "" | "snappy" => OrcCompression::Snappy,
            "zlib" | "gzip" => OrcCompression::Zlib,
            "zstd" => OrcCompression::Zstd,
            "lz4" => OrcCompression::Lz4,
            "none" | "uncompressed" => OrcCompression::None,
            _ => return Err(unsupported()),
        }),
        TargetFormat::Avro => WriteFormat::Avro(match compression {
            "" | "snappy" => AvroCompression::Snappy,
            "deflate" | "gzip" => AvroCompression::Deflate,
            "zstd" => AvroCompression::Zstd,
            "bzip2" => AvroCompression::Bzip2,
            "none" | "uncompressed" => AvroCompression::None,
            _ => return Err(unsupported()),
        }),
        TargetFormat::Csv => WriteFormat::Csv {
            separator: b',',
            header: true,
            compression: text.ok_or_else(unsupported)?,
        },
        TargetFormat::Json => WriteFormat::Json {
            compression: text.ok_or_else(unsupported)?,
        },
        other => {
            return Err(NodeError::Setting(format!(
                "writing {other} files is not supported"
            )));
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn compressions_are_those_the_format_has() {
        let snappy = WriteFormat::Parquet(ParquetCompression::Snappy);
        assert_eq!(format(TargetFormat::Parquet, "").unwrap(), snappy);
        assert_eq!(format(TargetFormat::Parquet, "snappy").unwrap(), snappy);
        assert_eq!(
            format(TargetFormat::Json, "gzip").unwrap(),
            WriteFormat::Json {
                compression: TextCompression::Gzip
            }
        );
        assert_eq!(
            format(TargetFormat::Csv, "snappy").unwrap_err().to_string(),
            "compression 'snappy' is not supported for csv files"
        );
        assert_eq!(
            format(TargetFormat::Hudi, "").unwrap_err().to_string(),
            "writing hudi files is not supported"
        );
        assert_eq!(
            format(TargetFormat::Orc, "zlib").unwrap(),
            WriteFormat::Orc(OrcCompression::Zlib)
        );
    }
}
