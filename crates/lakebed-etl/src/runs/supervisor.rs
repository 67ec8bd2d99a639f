//! One run from its start to its end.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use lakebed_core::{EventKind, Platform, StoreError};
use lakebed_wire::glue::{JobRun, JobRunState};
use tokio_util::sync::CancellationToken;

use super::RunLog;
use super::records::save;
use crate::error::RunFailure;
use crate::targets::Written;

/// How a run ended.
#[derive(Debug)]
pub(crate) enum Ending {
    Succeeded,
    Failed(String),
    Stopped,
    TimedOut,
}

/// Runs `work` until it ends, is told to stop or takes too long, keeping the record true.
///
/// When the run stops or times out `work` is dropped, which ends what it does and leaves nothing.
/// What it made is published after it, and that is not interrupted: a run's output is there whole
/// or not at all.
pub(crate) async fn supervise(
    platform: &Platform,
    run: &mut JobRun,
    log: &Arc<RunLog>,
    stop: &CancellationToken,
    work: impl Future<Output = Result<Written, RunFailure>> + Send,
) -> Result<Ending, StoreError> {
    let started = platform.clock.now();
    run.started_on = Some(started);
    enter(platform, run, JobRunState::Running)?;
    log.info("run", "started");
    let minutes = u64::try_from(run.timeout.unwrap_or(i32::MAX)).unwrap_or(0);
    let deadline = started.plus(Duration::from_secs(minutes.saturating_mul(60)));
    let ending = tokio::select! {
        biased;
        () = stop.cancelled() => Ending::Stopped,
        made = work => {
            let published = match made {
                Ok(written) => written.publish(log).await,
                Err(failure) => Err(failure),
            };
            match published {
                Ok(()) => Ending::Succeeded,
                Err(failure) => {
                    let class = failure.class();
                    log.error("run", &format!("failed ({class}): {failure}"));
                    Ending::Failed(failure.to_string())
                }
            }
        }
        () = platform.clock.sleep_until(deadline) => Ending::TimedOut,
    };
    if matches!(ending, Ending::Stopped) {
        enter(platform, run, JobRunState::Stopping)?;
    }
    finish(platform, run, log, &ending)?;
    Ok(ending)
}

fn finish(
    platform: &Platform,
    run: &mut JobRun,
    log: &RunLog,
    ending: &Ending,
) -> Result<(), StoreError> {
    let now = platform.clock.now();
    let lasted = run
        .started_on
        .map_or(Duration::ZERO, |started| now.since(started));
    run.completed_on = Some(now);
    run.execution_time = i32::try_from(lasted.as_secs()).ok();
    run.dpu_seconds = run
        .max_capacity
        .map(|capacity| capacity * lasted.as_secs_f64());
    let state = match ending {
        Ending::Succeeded => JobRunState::Succeeded,
        Ending::Failed(message) => {
            run.error_message = Some(message.clone());
            JobRunState::Failed
        }
        Ending::Stopped => JobRunState::Stopped,
        Ending::TimedOut => {
            run.error_message = Some("Job has timed out".to_owned());
            JobRunState::Timeout
        }
    };
    log.info(
        "run",
        &format!("{state} after {:.3} s", lasted.as_secs_f64()),
    );
    enter(platform, run, state)
}

/// Moves a run to a state: in the record first, then for those who listen.
fn enter(platform: &Platform, run: &mut JobRun, state: JobRunState) -> Result<(), StoreError> {
    run.job_run_state = Some(state);
    run.last_modified_on = Some(platform.clock.now());
    save(&platform.store, run)?;
    announce(platform, run);
    Ok(())
}

/// Tells those who listen which state a run is in.
pub(crate) fn announce(platform: &Platform, run: &JobRun) {
    platform.events.publish(EventKind::JobRunStateChanged {
        job: run.job_name.clone().unwrap_or_default(),
        run_id: run.id.clone().unwrap_or_default(),
        state: run
            .job_run_state
            .map_or_else(String::new, |state| state.to_string()),
        error: run.error_message.clone(),
    });
}
