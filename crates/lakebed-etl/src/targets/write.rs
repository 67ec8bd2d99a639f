use datafusion::arrow::datatypes::Fields;
use datafusion::logical_expr::ident;
use datafusion::prelude::DataFrame;
use lakebed_engine::{
    EngineError, Location, PendingWrite, Session, WriteOptions, WriteProgress, WriteReport,
    write_pending,
};
use lakebed_storage::BucketName;
use object_store::ObjectStoreExt;

use super::{Target, catalog};
use crate::columns;
use crate::error::{NodeError, RunFailure};
use crate::lake::Lake;
use crate::runs::RunLog;

/// The files of all targets, written but seen by nobody yet. Dropped, they are gone.
pub(crate) struct Written {
    lake: Lake,
    job: String,
    run_id: String,
    targets: Vec<Pending>,
    /// Why the run fails though its files are good.
    failure: Option<RunFailure>,
}

struct Pending {
    node: String,
    target: Target,
    files: PendingWrite,
    /// The columns that became folders, with their types.
    partition_columns: Fields,
}

impl Written {
    /// Nothing written yet.
    pub(crate) fn nothing(lake: Lake, job: &str, run_id: &str) -> Self {
        Self {
            lake,
            job: job.to_owned(),
            run_id: run_id.to_owned(),
            targets: Vec::new(),
            failure: None,
        }
    }

    /// Computes a target's rows and writes them, unseen.
    ///
    /// # Errors
    /// What computing or writing them meets; nothing of this target is left then.
    pub(crate) async fn write(
        &mut self,
        node: &str,
        target: Target,
        frame: DataFrame,
        progress: WriteProgress,
    ) -> Result<(), NodeError> {
        let (frame, partition_columns) = with_partition_columns_last(frame, &target)?;
        let options = WriteOptions {
            partition_by: partition_columns
                .iter()
                .map(|field| field.name().clone())
                .collect(),
            file_stem: format!("run-{}-{}-part-r", short(&self.run_id), self.targets.len()),
            progress: Some(progress),
            files_per_partition: target.files_per_partition,
            parquet: target.parquet.clone(),
            ..WriteOptions::new(&target.location, target.format.clone())
        };
        let plan = frame.create_physical_plan().await?;
        let files = write_pending(&self.lake.session, plan, &options).await?;
        self.targets.push(Pending {
            node: node.to_owned(),
            target,
            files,
            partition_columns,
        });
        Ok(())
    }

    /// Lets the run fail after its files are visible.
    pub(crate) fn fail_once_published(&mut self, failure: RunFailure) {
        self.failure = Some(failure);
    }

    /// Makes all files visible and tells the catalog.
    ///
    /// # Errors
    /// Names the target that could not be finished; no file of any target is left then.
    pub(crate) async fn publish(self, log: &RunLog) -> Result<(), RunFailure> {
        let mut visible: Vec<WriteReport> = Vec::new();
        for pending in self.targets {
            let node = pending.node.clone();
            let finished = finish(&self.lake, &self.job, &self.run_id, pending, &mut visible).await;
            match finished {
                Ok(message) => log.info(&node, &message),
                Err(error) => {
                    take_back(&self.lake.session, &visible, log).await;
                    return Err(RunFailure::at(&node, error));
                }
            }
        }
        self.failure.map_or(Ok(()), Err)
    }
}

/// Makes one target's files visible, remembers them and tells the catalog.
async fn finish(
    lake: &Lake,
    job: &str,
    run_id: &str,
    pending: Pending,
    visible: &mut Vec<WriteReport>,
) -> Result<String, NodeError> {
    let report = pending.files.commit().await?;
    let mut message = format!(
        "wrote {} rows, {} bytes in {} files under {}",
        report.rows,
        report.bytes,
        report.files.len(),
        pending.target.location
    );
    let update = pending.target.table.as_ref().map(|update| {
        catalog::record(
            &lake.catalog,
            update,
            &pending.target,
            &report,
            &pending.partition_columns,
            &catalog::Author { job, run_id },
        )
    });
    visible.push(report);
    if let Some(recorded) = update.transpose()? {
        message.push_str(&recorded);
    }
    Ok(message)
}

/// Removes files that became visible before another target failed.
async fn take_back(session: &Session, reports: &[WriteReport], log: &RunLog) {
    for file in reports.iter().flat_map(|report| &report.files) {
        if let Err(error) = remove(session, &file.path).await {
            log.error(
                "run",
                &format!("'{}' cannot be removed: {error}", file.path),
            );
        }
    }
}

async fn remove(session: &Session, path: &str) -> Result<(), EngineError> {
    let location = Location::parse(path)?;
    let invalid = || EngineError::InvalidLocation(path.to_owned());
    let bucket: BucketName = location.bucket().parse().map_err(|_| invalid())?;
    let key = object_store::path::Path::parse(location.prefix()).map_err(|_| invalid())?;
    session.storage().object_store(&bucket).delete(&key).await?;
    Ok(())
}

/// The columns that stay in the files, then those that become folders, in the order of the keys.
fn with_partition_columns_last(
    frame: DataFrame,
    target: &Target,
) -> Result<(DataFrame, Fields), NodeError> {
    let fields = frame.schema().fields().clone();
    let mut keys = Vec::with_capacity(target.partition_by.len());
    for key in &target.partition_by {
        let field = columns::field(&fields, key).ok_or_else(|| NodeError::ColumnNotFound {
            column: key.clone(),
            available: columns::names(&fields),
        })?;
        keys.push(field.clone());
    }
    if keys.len() == fields.len() {
        return Err(NodeError::Setting(
            "every column is a partition key, so no column would be left in the files".to_owned(),
        ));
    }
    let stays = |name: &str| keys.iter().all(|key| key.name() != name);
    let mut order: Vec<_> = fields
        .iter()
        .filter(|field| stays(field.name()))
        .map(|field| ident(field.name()))
        .collect();
    order.extend(keys.iter().map(|key| ident(key.name())));
    Ok((frame.select(order)?, Fields::from(keys)))
}

/// Enough of a run's id to tell its files from those of others.
fn short(run_id: &str) -> &str {
    let id = run_id.strip_prefix("jr_").unwrap_or(run_id);
    id.get(..16).unwrap_or(id)
}
