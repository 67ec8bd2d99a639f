//! Writes a query's rows as a table's files and tells the catalog.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use futures::StreamExt;
use lakebed_core::hive_path::NULL_PARTITION;
use lakebed_engine::{
    Buckets, EngineError, ParquetLayout, PartitionPlaces, PendingWrite, WriteFormat, WriteOptions,
    WriteReport, write_pending,
};
use lakebed_storage::Storage;
use lakebed_wire::glue;
use object_store::{ObjectStore as _, ObjectStoreExt as _};

use super::alter_table::{default_location, partition_input};
use super::{Context, hive};
use crate::error::{ErrorKind, QueryError, Result};
use crate::lake::Lake;
use crate::results::output::{OutputFile, OutputFolder};

/// The most partitions one statement may write. Athena user guide, "Use CTAS and INSERT INTO to
/// work around the 100 partition limit".
const MAX_PARTITIONS: usize = 100;

/// What a statement writes, and how.
pub(super) struct Target {
    pub(super) location: String,
    pub(super) format: WriteFormat,
    pub(super) partition_by: Vec<String>,
    pub(super) buckets: Option<Buckets>,
    pub(super) zstd_level: Option<i32>,
    /// Where partitions lie that do not lie where their values say.
    pub(super) places: Option<PartitionPlaces>,
    pub(super) parquet: ParquetLayout,
}

impl Target {
    /// One file of all rows.
    pub(super) fn new(location: String, format: WriteFormat) -> Self {
        Self {
            location,
            format,
            partition_by: Vec::new(),
            buckets: None,
            zstd_level: None,
            places: None,
            parquet: ParquetLayout::default(),
        }
    }
}

/// Rows and where they go.
pub(super) struct WritePlan {
    pub(super) rows: LogicalPlan,
    pub(super) target: Target,
}

/// Writes the rows; nothing of them is in sight before [`publish`].
pub(super) async fn write(context: &Context, plan: WritePlan) -> Result<PendingWrite> {
    let WritePlan { rows, target } = plan;
    let physical: Arc<dyn ExecutionPlan> = context
        .session
        .context()
        .state()
        .create_physical_plan(&rows)
        .await
        .map_err(|error| QueryError::from(&error))?;
    context.executed.keep(&physical);
    let options = WriteOptions {
        partition_by: target.partition_by,
        buckets: target.buckets,
        file_stem: context.query_id.clone(),
        max_partitions: Some(MAX_PARTITIONS),
        places: target.places,
        encryption: context.encryption.clone(),
        zstd_level: target.zstd_level,
        parquet: target.parquet,
        ..WriteOptions::new(&target.location, target.format)
    };
    Ok(write_pending(&context.session, physical, &options).await?)
}

/// Brings the files into sight and tells the catalog of them: both, or neither. What stops the
/// query from here on stops none of that.
///
/// # Errors
/// Those of storage and of `tell_catalog`; no file stays then.
pub(super) async fn publish(
    context: &Context,
    pending: PendingWrite,
    tell_catalog: impl FnOnce(&WriteReport) -> Result<()> + Send + 'static,
) -> Result<WriteReport> {
    if context.is_cut_off() {
        pending.abort().await;
        return Err(QueryError::new(
            ErrorKind::ExceededScanLimit,
            "Bytes scanned limit was exceeded",
        ));
    }
    let storage = context.lake.storage.clone();
    let published = tokio::spawn(async move {
        let report = pending.commit().await?;
        if let Err(error) = tell_catalog(&report) {
            remove_files(&storage, &report).await;
            return Err(error);
        }
        Ok(report)
    });
    published.await.map_err(|error| {
        QueryError::new(
            ErrorKind::GenericInternalError,
            format!("the files could not be brought into sight: {error}"),
        )
    })?
}

/// Where the partitions of a table lie that its catalog knows of.
pub(super) fn known_places(
    context: &Context,
    database: &str,
    table: &glue::Table,
) -> PartitionPlaces {
    let (lake, database, table) = (context.lake.clone(), database.to_owned(), table.clone());
    PartitionPlaces::new(move |values| {
        lake.partition_location(&database, &table, &spelt(values))
            .map_err(|error| EngineError::Partitions {
                table: table.name.clone(),
                source: error.to_string().into(),
            })
    })
}

/// Partition values as the catalog spells them.
fn spelt(values: &[Option<String>]) -> Vec<String> {
    let spelt = values
        .iter()
        .map(|value| value.as_deref().unwrap_or(NULL_PARTITION).to_owned());
    spelt.collect()
}

/// Adds the partitions that were written to and that the catalog does not know.
pub(super) fn add_partitions(
    lake: &Lake,
    database: &str,
    table: &glue::Table,
    report: &WriteReport,
) -> Result<()> {
    let has_keys = table
        .partition_keys
        .as_ref()
        .is_some_and(|keys| !keys.is_empty());
    if !has_keys {
        return Ok(());
    }
    let written: BTreeSet<Vec<String>> = report
        .files
        .iter()
        .map(|file| spelt(&file.partition_values))
        .collect();
    let mut new = Vec::new();
    for values in written {
        if lake.partition_location(database, table, &values)?.is_none() {
            let location = default_location(table, &values);
            new.push(partition_input(table, values, location));
        }
    }
    lake.catalog
        .add_partitions(database, &table.name, new)
        .map_err(|error| hive::task_failed(&error))?;
    Ok(())
}

/// Takes back the files of a statement that failed.
async fn remove_files(storage: &Storage, report: &WriteReport) {
    for file in &report.files {
        let Some(object) = OutputFile::parse(&file.path) else {
            continue;
        };
        let store = storage.object_store(&object.bucket);
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
