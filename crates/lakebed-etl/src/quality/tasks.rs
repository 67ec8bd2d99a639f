//! One run from its start to its end.

use std::time::Duration;

use lakebed_core::{Platform, StoreError};
use lakebed_wire::glue::{Error, TaskStatusType};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::Quality;
use super::records::{Run, Runs, is_over};
use crate::error::NodeError;
use crate::jobs::internal;

/// `dqrun-` and 32 hexadecimal digits.
pub(super) fn new_id() -> String {
    format!("dqrun-{}", Uuid::new_v4().simple())
}

/// Records a run and starts its work, which adds to the record what it found.
pub(super) fn begin<R: Run, F>(
    quality: &Quality,
    runs: &'static Runs<R>,
    run: R,
    work: impl FnOnce(R) -> F + Send + 'static,
) -> Result<String, Error>
where
    F: Future<Output = Result<R, NodeError>> + Send + 'static,
{
    let platform = quality.platform().clone();
    runs.save(&platform.store, &run).map_err(internal)?;
    let id = run.id().to_owned();
    let engine = quality.engine().clone();
    quality.start(id.clone(), |stop| async move {
        let work = AbortOnDropHandle::new(engine.spawn(work(run.clone())));
        let work = async {
            work.await.unwrap_or_else(|error| {
                Err(NodeError::Setting(format!(
                    "the work ended before its time: {error}"
                )))
            })
        };
        if let Err(error) = attend(&platform, runs, run, &stop, work).await {
            tracing::error!(%error, "the record of a data quality run cannot be kept");
        }
    });
    Ok(id)
}

async fn attend<R: Run>(
    platform: &Platform,
    runs: &Runs<R>,
    mut run: R,
    stop: &CancellationToken,
    work: impl Future<Output = Result<R, NodeError>>,
) -> Result<(), StoreError> {
    run.enter(TaskStatusType::Running, None, platform.clock.now());
    runs.save(&platform.store, &run)?;
    let minutes = u64::try_from(run.timeout_minutes().unwrap_or(0)).unwrap_or(0);
    let started = platform.clock.now();
    let deadline = started.plus(Duration::from_secs(minutes.saturating_mul(60)));
    let (status, error) = tokio::select! {
        biased;
        () = stop.cancelled() => (TaskStatusType::Stopped, None),
        done = work => match done {
            Ok(done) => {
                run = done;
                (TaskStatusType::Succeeded, None)
            }
            Err(error) => (TaskStatusType::Failed, Some(error.to_string())),
        },
        () = platform.clock.sleep_until(deadline) => (TaskStatusType::Timeout, None),
    };
    run.enter(status, error, platform.clock.now());
    runs.save(&platform.store, &run)
}

/// Tells a run to stop.
///
/// # Errors
/// `EntityNotFoundException` if there is none of that id, `InvalidInputException` if it is over.
pub(super) fn cancel<R: Run>(quality: &Quality, runs: &Runs<R>, id: &str) -> Result<(), Error> {
    let run = runs.find(&quality.platform().store, id)?;
    if run.status().is_some_and(is_over) || !quality.stop(id) {
        let status = run.status().map_or("over", |status| status.as_str());
        return Err(Error::invalid_input(format!(
            "The {} {id} is {status} and cannot be cancelled.",
            R::KIND
        )));
    }
    Ok(())
}
