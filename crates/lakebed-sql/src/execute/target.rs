//! Writes a query's rows as a table's files and tells the catalog.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use futures::StreamExt;
use lakebed_core::hive_path::NULL_PARTITION;
use lakebed_engine::{Buckets, WriteFormat, WriteOptions, WriteReport, write_partitioned};
use lakebed_wire::glue;
use object_store::buffered::BufWriter;
use object_store::{ObjectStore as _, ObjectStoreExt as _};
use tokio::io::AsyncWriteExt as _;

use super::alter_table::{default_location, partition_input};
use super::{Context, hive};
use crate::error::{ErrorKind, QueryError, Result};
use crate::results::output::{OutputFile, OutputFolder};

/// The most partitions one statement may write. Athena user guide, "Use CTAS and INSERT INTO to
/// work around the 100 partition limit".
const MAX_PARTITIONS: usize = 100;

/// Writes what `plan` yields under `location`.
pub(super) async fn write(
    context: &Context,
    plan: LogicalPlan,
    location: &str,
    format: WriteFormat,
    partition_by: Vec<String>,
    buckets: Option<Buckets>,
) -> Result<WriteReport> {
    let physical: Arc<dyn ExecutionPlan> = context
        .session
        .context()
        .state()
        .create_physical_plan(&plan)
        .await
        .map_err(|error| QueryError::from(&error))?;
    let options = WriteOptions {
        location: location.to_owned(),
        format,
        partition_by,
        buckets,
        file_stem: context.query_id.clone(),
        max_partitions: Some(MAX_PARTITIONS),
        progress: None,
    };
    Ok(write_partitioned(&context.session, physical, &options).await?)
}

/// Adds the partitions that were written to and are new. What was written for partitions that lie
/// elsewhere than their values say goes there; when that fails no file stays.
pub(super) async fn add_partitions(
    context: &Context,
    database: &str,
    table: &glue::Table,
    report: &mut WriteReport,
) -> Result<()> {
    if table
        .partition_keys
        .as_deref()
        .unwrap_or_default()
        .is_empty()
    {
        return Ok(());
    }
    let added = try_to_add_partitions(context, database, table, report).await;
    if added.is_err() {
        remove_files(context, report).await;
    }
    added
}

async fn try_to_add_partitions(
    context: &Context,
    database: &str,
    table: &glue::Table,
    report: &mut WriteReport,
) -> Result<()> {
    let mut places: BTreeMap<Vec<String>, String> = BTreeMap::new();
    let mut new = Vec::new();
    for file in &mut report.files {
        let values: Vec<String> = file
            .partition_values
            .iter()
            .map(|value| value.clone().unwrap_or_else(|| NULL_PARTITION.to_owned()))
            .collect();
        let usual = default_location(table, &values);
        let place = match places.get(&values) {
            Some(place) => place,
            None => {
                let known = context.lake.partition_location(database, table, &values)?;
                if known.is_none() {
                    new.push(partition_input(table, values.clone(), usual.clone()));
                }
                let place = known.unwrap_or_else(|| usual.clone());
                places.entry(values).or_insert(place)
            }
        };
        if place.trim_end_matches('/') != usual.trim_end_matches('/') {
            file.path = move_into(context, &file.path, place).await?;
        }
    }
    context
        .lake
        .catalog
        .add_partitions(database, &table.name, new)
        .map_err(|error| hive::task_failed(&error))?;
    Ok(())
}

/// Moves a file into a folder and answers its new path.
async fn move_into(context: &Context, path: &str, folder: &str) -> Result<String> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let moved = format!("{}/{name}", folder.trim_end_matches('/'));
    let (Some(from), Some(to)) = (OutputFile::parse(path), OutputFile::parse(&moved)) else {
        return Err(QueryError::new(
            ErrorKind::HiveFilesystemError,
            format!("the partition's location is not a valid S3 location: {folder}"),
        ));
    };
    let failed = |error: object_store::Error| {
        QueryError::new(ErrorKind::HiveFilesystemError, error.to_string())
    };
    let source = context.lake.storage.object_store(&from.bucket);
    if from.bucket == to.bucket {
        source
            .copy(&from.path(), &to.path())
            .await
            .map_err(failed)?;
    } else {
        let target = context.lake.storage.object_store(&to.bucket);
        let read = source.get(&from.path()).await.map_err(failed)?;
        let mut writer = BufWriter::new(Arc::new(target), to.path());
        let mut chunks = read.into_stream();
        while let Some(chunk) = chunks.next().await {
            writer.put(chunk.map_err(failed)?).await.map_err(failed)?;
        }
        writer
            .shutdown()
            .await
            .map_err(|error| QueryError::new(ErrorKind::HiveFilesystemError, error.to_string()))?;
    }
    source.delete(&from.path()).await.map_err(failed)?;
    Ok(moved)
}

/// Takes back files whose table could not be made.
pub(super) async fn remove_files(context: &Context, report: &WriteReport) {
    for file in &report.files {
        let Some(object) = OutputFile::parse(&file.path) else {
            continue;
        };
        let store = context.lake.storage.object_store(&object.bucket);
        if let Err(error) = store.delete(&object.path()).await {
            tracing::warn!(path = file.path, %error, "file of a failed statement stays");
        }
    }
}

/// Refuses a location where something lies already.
pub(super) async fn refuse_occupied(
    context: &Context,
    folder: &OutputFolder,
    location: &str,
    table: &str,
) -> Result<()> {
    let store = context.lake.storage.object_store(&folder.bucket);
    match store.list(Some(&folder.file("").path())).next().await {
        None => Ok(()),
        Some(Ok(_)) => Err(QueryError::new(
            ErrorKind::HivePathAlreadyExists,
            format!(
                "Target directory for table '{table}' already exists: {location}. You may need to manually clean the data at location '{location}' before retrying. Athena will not delete data in your account."
            ),
        )),
        Some(Err(error)) => Err(QueryError::new(
            ErrorKind::HiveFilesystemError,
            error.to_string(),
        )),
    }
}
