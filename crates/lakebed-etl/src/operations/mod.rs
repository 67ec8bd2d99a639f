//! The operations of Glue's jobs API.

mod bookmarks;
mod definitions;
pub(crate) mod paging;
pub(crate) mod runs;

use lakebed_core::CallContext;
use lakebed_wire::glue::{
    BatchGetJobsRequest, BatchGetJobsResponse, BatchStopJobRunRequest, BatchStopJobRunResponse,
    CreateJobRequest, CreateJobResponse, DeleteJobRequest, DeleteJobResponse, Error,
    GetJobBookmarkRequest, GetJobBookmarkResponse, GetJobRequest, GetJobResponse, GetJobRunRequest,
    GetJobRunResponse, GetJobRunsRequest, GetJobRunsResponse, GetJobsRequest, GetJobsResponse,
    JobOperations, ListJobsRequest, ListJobsResponse, ResetJobBookmarkRequest,
    ResetJobBookmarkResponse, StartJobRunRequest, StartJobRunResponse, UpdateJobRequest,
    UpdateJobResponse,
};

use crate::Jobs;

pub(crate) use definitions::find as find_job;

impl JobOperations for Jobs {
    async fn create_job(
        &self,
        _: &CallContext,
        request: CreateJobRequest,
    ) -> Result<CreateJobResponse, Error> {
        definitions::create(self, &request)
    }

    async fn get_job(
        &self,
        _: &CallContext,
        request: GetJobRequest,
    ) -> Result<GetJobResponse, Error> {
        Ok(GetJobResponse {
            job: Some(definitions::find(self, &request.job_name)?),
        })
    }

    async fn get_jobs(
        &self,
        _: &CallContext,
        request: GetJobsRequest,
    ) -> Result<GetJobsResponse, Error> {
        let page = definitions::page(self, request.next_token.as_deref(), request.max_results)?;
        Ok(GetJobsResponse {
            jobs: Some(page.items.into_iter().map(|(_, job)| job).collect()),
            next_token: page.next,
        })
    }

    async fn list_jobs(
        &self,
        _: &CallContext,
        request: ListJobsRequest,
    ) -> Result<ListJobsResponse, Error> {
        definitions::list_names(self, &request)
    }

    async fn batch_get_jobs(
        &self,
        _: &CallContext,
        request: BatchGetJobsRequest,
    ) -> Result<BatchGetJobsResponse, Error> {
        definitions::batch_get(self, request)
    }

    async fn update_job(
        &self,
        _: &CallContext,
        request: UpdateJobRequest,
    ) -> Result<UpdateJobResponse, Error> {
        definitions::update(self, request)
    }

    async fn delete_job(
        &self,
        _: &CallContext,
        request: DeleteJobRequest,
    ) -> Result<DeleteJobResponse, Error> {
        definitions::delete(self, request)
    }

    async fn start_job_run(
        &self,
        _: &CallContext,
        request: StartJobRunRequest,
    ) -> Result<StartJobRunResponse, Error> {
        runs::start(self, &request, None)
    }

    async fn get_job_run(
        &self,
        _: &CallContext,
        request: GetJobRunRequest,
    ) -> Result<GetJobRunResponse, Error> {
        runs::get(self, &request)
    }

    async fn get_job_runs(
        &self,
        _: &CallContext,
        request: GetJobRunsRequest,
    ) -> Result<GetJobRunsResponse, Error> {
        runs::page(self, &request)
    }

    async fn batch_stop_job_run(
        &self,
        _: &CallContext,
        request: BatchStopJobRunRequest,
    ) -> Result<BatchStopJobRunResponse, Error> {
        runs::stop(self, request)
    }
    async fn get_job_bookmark(
        &self,
        _: &CallContext,
        request: GetJobBookmarkRequest,
    ) -> Result<GetJobBookmarkResponse, Error> {
        bookmarks::get(self, &request)
    }

    async fn reset_job_bookmark(
        &self,
        _: &CallContext,
        request: ResetJobBookmarkRequest,
    ) -> Result<ResetJobBookmarkResponse, Error> {
        bookmarks::reset(self, &request)
    }
}
