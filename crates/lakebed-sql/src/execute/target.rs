//! Writes a query's rows as a table's files and tells the catalog.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use futures::StreamExt;
use lakebed_core::hive_path::NULL_PARTITION;
use lakebed_engine::{WriteFormat, WriteOptions, WriteReport, write_partitioned};
use lakebed_wire::glue;

use super::alter_table::{default_location, partition_input};
use super::{Context, hive};
use crate::error::{ErrorKind, QueryError, Result};
use crate::query::query_error;
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
) -> Result<WriteReport> {
    let physical: Arc<dyn ExecutionPlan> = context
        .session
        .context()
        .state()
        .create_physical_plan(&plan)
        .await
        .map_err(|error| query_error(&error))?;
    let options = WriteOptions {
        location: location.to_owned(),
        format,
        partition_by,
        file_stem: context.query_id.clone(),
        max_partitions: Some(MAX_PARTITIONS),
        progress: None,
    };
    Ok(write_partitioned(&context.session, physical, &options).await?)
}

/// Adds the partitions that were written to and are new.
pub(super) fn add_partitions(
    context: &Context,
    database: &str,
    table: &glue::Table,
    report: &WriteReport,
) -> Result<()> {
    if table
        .partition_keys
        .as_deref()
        .unwrap_or_default()
        .is_empty()
    {
        return Ok(());
    }
    let mut inputs = BTreeMap::new();
    for file in &report.files {
        let values: Vec<String> = file
            .partition_values
            .iter()
            .map(|value| value.clone().unwrap_or_else(|| NULL_PARTITION.to_owned()))
            .collect();
        let location = default_location(table, &values);
        inputs
            .entry(values.clone())
            .or_insert_with(|| partition_input(table, values, location));
    }
    context
        .lake
        .catalog
        .add_partitions(database, &table.name, inputs.into_values().collect())
        .map_err(|error| hive::task_failed(&error))?;
    Ok(())
}

/// Takes back files whose table could not be made.
pub(super) async fn remove_files(context: &Context, report: &WriteReport) {
    for file in &report.files {
        let Some(object) = OutputFile::parse(&file.path) else {
            continue;
        };
        let store = context.lake.storage.object_store(&object.bucket);
        if let Err(error) = object_store::ObjectStoreExt::delete(&store, &object.path()).await {
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
