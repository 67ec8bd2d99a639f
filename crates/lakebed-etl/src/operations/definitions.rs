use lakebed_catalog::{Taggable, Tags};
use lakebed_core::Documents;
use lakebed_wire::glue::{
    BatchGetJobsRequest, BatchGetJobsResponse, CreateJobRequest, CreateJobResponse,
    DeleteJobRequest, DeleteJobResponse, Error, Job, ListJobsRequest, ListJobsResponse,
    UpdateJobRequest, UpdateJobResponse,
};

use super::paging::{self, Page};
use crate::jobs::internal;
use crate::{Jobs, definition};

const JOBS: Documents<Job> = Documents::of("glue.job");

/// The most jobs one answer holds.
const PAGE: usize = 1000;

/// Adds a job.
///
/// # Errors
/// `AlreadyExistsException` if there is one of this name, `InvalidInputException` if its settings
/// contradict each other.
pub(super) fn create(jobs: &Jobs, request: &CreateJobRequest) -> Result<CreateJobResponse, Error> {
    let job = definition::create(request, jobs.platform().clock.now())?;
    jobs.platform().store.write(|transaction| {
        if !JOBS.insert(transaction, "", &request.name, &job)? {
            let message = "Job already exists.".to_owned();
            return Err(lakebed_catalog::Error::AlreadyExists(message));
        }
        Taggable::Job.keep(transaction, &request.name, request.tags.clone())
    })?;
    Ok(CreateJobResponse {
        name: Some(request.name.clone()),
    })
}

/// The job of this name.
///
/// # Errors
/// `EntityNotFoundException` if there is none.
pub(crate) fn find(jobs: &Jobs, name: &str) -> Result<Job, Error> {
    jobs.platform()
        .store
        .read(|connection| JOBS.get(connection, "", name))
        .map_err(internal)?
        .ok_or_else(|| Error::entity_not_found(format!("Job {name} not found.")))
}

/// Jobs in the order of their names.
pub(super) fn page(
    jobs: &Jobs,
    token: Option<&str>,
    asked: Option<i32>,
) -> Result<Page<(String, Job)>, Error> {
    let after = token.map(paging::read_token).transpose()?;
    let size = paging::size(asked, PAGE);
    let mut items = jobs
        .platform()
        .store
        .read(|connection| JOBS.page(connection, "", after.as_deref(), size + 1))
        .map_err(internal)?;
    let more = items.len() > size;
    items.truncate(size);
    let next = match items.last() {
        Some((name, _)) if more => Some(paging::write_token(name)),
        _ => None,
    };
    Ok(Page { items, next })
}

/// The names of jobs, of those that have all the tags asked for.
pub(super) fn list_names(
    jobs: &Jobs,
    request: &ListJobsRequest,
) -> Result<ListJobsResponse, Error> {
    let page = page(jobs, request.next_token.as_deref(), request.max_results)?;
    let mut names = Vec::with_capacity(page.items.len());
    for (name, _) in page.items {
        if has_tags(jobs, &name, request.tags.as_ref())? {
            names.push(name);
        }
    }
    Ok(ListJobsResponse {
        job_names: Some(names),
        next_token: page.next,
    })
}

fn has_tags(jobs: &Jobs, name: &str, wanted: Option<&Tags>) -> Result<bool, Error> {
    let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) else {
        return Ok(true);
    };
    jobs.platform()
        .store
        .read(|connection| Taggable::Job.has(connection, name, wanted))
        .map_err(internal)
}

/// Jobs by name, and which names have none.
pub(super) fn batch_get(
    jobs: &Jobs,
    request: BatchGetJobsRequest,
) -> Result<BatchGetJobsResponse, Error> {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for name in request.job_names {
        match find(jobs, &name) {
            Ok(job) => found.push(job),
            Err(Error::EntityNotFoundException { .. }) => missing.push(name),
            Err(error) => return Err(error),
        }
    }
    Ok(BatchGetJobsResponse {
        jobs: Some(found),
        jobs_not_found: Some(missing),
    })
}

/// Replaces a job's definition; runs under way go on with the old one.
///
/// # Errors
/// `EntityNotFoundException` if there is none, `InvalidInputException` if its settings contradict
/// each other.
pub(super) fn update(jobs: &Jobs, request: UpdateJobRequest) -> Result<UpdateJobResponse, Error> {
    let name = request.job_name;
    let existing = find(jobs, &name)?;
    let job = definition::update(&existing, &request.job_update, jobs.platform().clock.now())?;
    jobs.platform()
        .store
        .write(|transaction| JOBS.put(transaction, "", &name, &job))
        .map_err(internal)?;
    Ok(UpdateJobResponse {
        job_name: Some(name),
    })
}

/// Removes a job; "if the job definition is not found, no exception is thrown", DeleteJob API page.
pub(super) fn delete(jobs: &Jobs, request: DeleteJobRequest) -> Result<DeleteJobResponse, Error> {
    let name = request.job_name;
    jobs.platform()
        .store
        .write(|transaction| {
            Taggable::Job.forget(transaction, &name)?;
            JOBS.delete(transaction, "", &name)
        })
        .map_err(internal)?;
    Ok(DeleteJobResponse {
        job_name: Some(name),
    })
}
