//! The records of runs, one document each under its job's name.

use lakebed_core::{Documents, MetadataStore, StoreError, Timestamp};
use lakebed_wire::glue::{Job, JobRun, JobRunState, StartJobRunRequest};
use uuid::Uuid;

use super::log_group;
use crate::definition::dpu_of;

const RUNS: Documents<JobRun> = Documents::of("glue.job_run");
/// Names of the jobs that have runs: runs outlive their job's definition.
const JOBS_WITH_RUNS: Documents<()> = Documents::of("glue.job_with_runs");

/// Whether a run of this state has come to its end.
pub(crate) fn is_over(state: JobRunState) -> bool {
    !matches!(
        state,
        JobRunState::Starting | JobRunState::Running | JobRunState::Stopping | JobRunState::Waiting
    )
}

/// The record of a run that is about to start.
pub(crate) fn new_run(job: &Job, request: &StartJobRunRequest, now: Timestamp) -> JobRun {
    let asked_capacity = request
        .max_capacity
        .or(request.allocated_capacity.map(f64::from));
    let (worker_type, number_of_workers) = match asked_capacity {
        Some(_) => (None, None),
        None => (
            request.worker_type.or(job.worker_type),
            request.number_of_workers.or(job.number_of_workers),
        ),
    };
    let capacity = match (worker_type, number_of_workers) {
        (Some(worker), Some(workers)) => Some(f64::from(workers) * dpu_of(worker)),
        _ => asked_capacity.or(job.max_capacity),
    };
    JobRun {
        id: Some(new_run_id()),
        attempt: Some(0),
        job_name: job.name.clone(),
        job_mode: job.job_mode,
        started_on: Some(now),
        last_modified_on: Some(now),
        job_run_state: Some(JobRunState::Starting),
        arguments: request.arguments.clone(),
        predecessor_runs: Some(Vec::new()),
        allocated_capacity: capacity.map(|capacity| capacity as i32),
        execution_time: Some(0),
        timeout: request.timeout.or(job.timeout),
        max_capacity: capacity,
        worker_type,
        number_of_workers,
        security_configuration: request
            .security_configuration
            .clone()
            .or_else(|| job.security_configuration.clone()),
        log_group_name: Some(log_group(job).to_owned()),
        glue_version: job.glue_version.clone(),
        execution_class: request.execution_class.or(job.execution_class),
        ..JobRun::default()
    }
}

/// The record of the next attempt of a run that failed.
///
/// Its id is that of the first attempt with `_attempt_` and the number, as Glue names retries.
pub(crate) fn retry_of(failed: &JobRun, first_id: &str, now: Timestamp) -> JobRun {
    let attempt = failed.attempt.unwrap_or(0) + 1;
    JobRun {
        id: Some(format!("{first_id}_attempt_{attempt}")),
        attempt: Some(attempt),
        previous_run_id: failed.id.clone(),
        started_on: Some(now),
        last_modified_on: Some(now),
        completed_on: None,
        job_run_state: Some(JobRunState::Starting),
        error_message: None,
        execution_time: Some(0),
        dpu_seconds: None,
        ..failed.clone()
    }
}

/// `jr_` and 64 hexadecimal digits.
fn new_run_id() -> String {
    format!("jr_{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

pub(crate) fn save(store: &MetadataStore, run: &JobRun) -> Result<(), StoreError> {
    let (job, id) = (
        run.job_name.as_deref().unwrap_or_default(),
        run.id.as_deref().unwrap_or_default(),
    );
    store.write(|transaction| {
        JOBS_WITH_RUNS.put(transaction, "", job, &())?;
        RUNS.put(transaction, job, id, run)
    })
}

pub(crate) fn find(
    store: &MetadataStore,
    job: &str,
    id: &str,
) -> Result<Option<JobRun>, StoreError> {
    store.read(|connection| RUNS.get(connection, job, id))
}

/// The runs of a job, the latest first.
pub(crate) fn list(store: &MetadataStore, job: &str) -> Result<Vec<JobRun>, StoreError> {
    let mut runs = store.read(|connection| RUNS.list(connection, job))?;
    runs.sort_by(|one, other| (other.started_on, &other.id).cmp(&(one.started_on, &one.id)));
    Ok(runs)
}

/// Ends the runs that were under way when the process that ran them died; says which.
pub(crate) fn fail_interrupted(
    store: &MetadataStore,
    now: Timestamp,
) -> Result<Vec<JobRun>, StoreError> {
    let jobs = store.read(|connection| JOBS_WITH_RUNS.page(connection, "", None, usize::MAX))?;
    let mut interrupted = Vec::new();
    for (job, ()) in jobs {
        for mut run in list(store, &job)? {
            if run.job_run_state.is_none_or(is_over) {
                continue;
            }
            run.job_run_state = Some(JobRunState::Failed);
            run.error_message =
                Some("lakebed ended while the run was under way; start it again".to_owned());
            run.completed_on = Some(now);
            run.last_modified_on = Some(now);
            save(store, &run)?;
            interrupted.push(run);
        }
    }
    Ok(interrupted)
}
