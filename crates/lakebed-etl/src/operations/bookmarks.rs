use lakebed_wire::glue::{
    Error, GetJobBookmarkRequest, GetJobBookmarkResponse, JobBookmarkEntry,
    ResetJobBookmarkRequest, ResetJobBookmarkResponse,
};

use super::definitions;
use crate::Jobs;
use crate::jobs::internal;
use crate::script::{self, Bookmark};

/// What a job has read so far.
///
/// # Errors
/// `EntityNotFoundException` if there is no such job, or it has committed nothing.
pub(super) fn get(
    jobs: &Jobs,
    request: &GetJobBookmarkRequest,
) -> Result<GetJobBookmarkResponse, Error> {
    let name = &request.job_name;
    definitions::find(jobs, name)?;
    let found = script::load_bookmark(&jobs.platform().store, name)
        .map_err(internal)?
        .ok_or_else(|| none(name))?;
    Ok(GetJobBookmarkResponse {
        job_bookmark_entry: Some(entry(name, found)),
    })
}

/// Lets a job read again: everything, or what it read after a run.
///
/// # Errors
/// `EntityNotFoundException` if there is no such job, or the run has committed nothing.
pub(super) fn reset(
    jobs: &Jobs,
    request: &ResetJobBookmarkRequest,
) -> Result<ResetJobBookmarkResponse, Error> {
    let name = &request.job_name;
    definitions::find(jobs, name)?;
    let left = script::reset_bookmark(&jobs.platform().store, name, request.run_id.as_deref())
        .map_err(internal)?
        .ok_or_else(|| none(name))?;
    Ok(ResetJobBookmarkResponse {
        job_bookmark_entry: Some(entry(name, left)),
    })
}

fn entry(job: &str, bookmark: Bookmark) -> JobBookmarkEntry {
    JobBookmarkEntry {
        job_name: Some(job.to_owned()),
        version: i32::try_from(bookmark.version).ok(),
        run: i32::try_from(bookmark.version).ok(),
        attempt: Some(0),
        previous_run_id: bookmark.previous_run_id,
        run_id: bookmark.run_id,
        job_bookmark: Some(bookmark.state.to_string()),
    }
}

fn none(job: &str) -> Error {
    Error::entity_not_found(format!("Continuation for job {job} not found"))
}
