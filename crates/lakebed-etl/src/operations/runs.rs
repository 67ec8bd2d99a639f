use lakebed_wire::glue::{
    BatchStopJobRunError, BatchStopJobRunRequest, BatchStopJobRunResponse,
    BatchStopJobRunSuccessfulSubmission, Error, ErrorDetail, GetJobRunRequest, GetJobRunResponse,
    GetJobRunsRequest, GetJobRunsResponse, StartJobRunRequest, StartJobRunResponse,
};

use super::definitions;
use super::paging;
use crate::jobs::internal;
use crate::{Jobs, runs};

/// The most runs one answer holds.
const PAGE: usize = 200;

/// Starts a run, for a trigger or because somebody asked.
///
/// # Errors
/// `EntityNotFoundException` if there is no such job, `ConcurrentRunsExceededException` if as many
/// runs are under way as the job allows, `InvalidInputException` if capacity is given twice.
pub(crate) fn start(
    jobs: &Jobs,
    request: &StartJobRunRequest,
    trigger: Option<&str>,
) -> Result<StartJobRunResponse, Error> {
    let job = definitions::find(jobs, &request.job_name).map_err(|error| match error {
        Error::EntityNotFoundException { .. } => {
            Error::entity_not_found("Failed to start job run due to missing metadata")
        }
        other => other,
    })?;
    if request.max_capacity.is_some()
        && (request.worker_type.is_some() || request.number_of_workers.is_some())
    {
        return Err(Error::invalid_input(
            "Please do not set Max Capacity if using Worker Type and Number of Workers.",
        ));
    }
    Ok(StartJobRunResponse {
        job_run_id: Some(jobs.start(job, request, trigger)?),
    })
}

/// One run.
///
/// # Errors
/// `EntityNotFoundException` if there is none.
pub(super) fn get(jobs: &Jobs, request: &GetJobRunRequest) -> Result<GetJobRunResponse, Error> {
    Ok(GetJobRunResponse {
        job_run: Some(jobs.find_run(&request.job_name, &request.run_id)?),
    })
}

/// The runs of a job, the latest first.
///
/// # Errors
/// `EntityNotFoundException` if there is no such job.
pub(super) fn page(jobs: &Jobs, request: &GetJobRunsRequest) -> Result<GetJobRunsResponse, Error> {
    definitions::find(jobs, &request.job_name)?;
    let mut found = runs::list(&jobs.platform().store, &request.job_name).map_err(internal)?;
    if let Some(token) = &request.next_token {
        let last = paging::read_token(token)?;
        let seen = found
            .iter()
            .position(|run| run.id.as_deref() == Some(last.as_str()))
            .ok_or_else(|| Error::invalid_input(format!("Invalid NextToken: {token}")))?;
        found.drain(..=seen);
    }
    let size = paging::size(request.max_results, PAGE);
    let more = found.len() > size;
    found.truncate(size);
    let next_token = match found.last().and_then(|run| run.id.as_deref()) {
        Some(last) if more => Some(paging::write_token(last)),
        _ => None,
    };
    Ok(GetJobRunsResponse {
        job_runs: Some(found),
        next_token,
    })
}

/// Tells runs to stop; those that are over or unknown are answered one by one.
pub(super) fn stop(
    jobs: &Jobs,
    request: BatchStopJobRunRequest,
) -> Result<BatchStopJobRunResponse, Error> {
    let (mut stopping, mut errors) = (Vec::new(), Vec::new());
    let job = request.job_name;
    for id in request.job_run_ids {
        match jobs.find_run(&job, &id) {
            Ok(run) if !run.job_run_state.is_some_and(runs::is_over) && jobs.stop(&id) => stopping
                .push(BatchStopJobRunSuccessfulSubmission {
                    job_name: Some(job.clone()),
                    job_run_id: Some(id),
                }),
            Ok(run) => {
                let state = run.job_run_state.map_or("over", |state| state.as_str());
                errors.push(refusal(
                    &job,
                    id,
                    "InvalidInputException",
                    format!("The job run is {state} and cannot be stopped"),
                ));
            }
            Err(error @ Error::EntityNotFoundException { .. }) => {
                errors.push(refusal(&job, id, error.code(), error.to_string()));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(BatchStopJobRunResponse {
        successful_submissions: Some(stopping),
        errors: Some(errors),
    })
}

fn refusal(job: &str, id: String, code: &str, message: String) -> BatchStopJobRunError {
    BatchStopJobRunError {
        job_name: Some(job.to_owned()),
        job_run_id: Some(id),
        error_detail: Some(ErrorDetail {
            error_code: Some(code.to_owned()),
            error_message: Some(message),
        }),
    }
}
