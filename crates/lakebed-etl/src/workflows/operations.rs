//! The operations of Glue's workflows API.

use lakebed_catalog::Taggable;
use lakebed_core::CallContext;
use lakebed_wire::glue::{
    BatchGetWorkflowsRequest, BatchGetWorkflowsResponse, CrawlerNodeDetails, CreateWorkflowRequest,
    CreateWorkflowResponse, DeleteWorkflowRequest, DeleteWorkflowResponse, Error,
    GetWorkflowRequest, GetWorkflowResponse, GetWorkflowRunPropertiesRequest,
    GetWorkflowRunPropertiesResponse, GetWorkflowRunRequest, GetWorkflowRunResponse,
    GetWorkflowRunsRequest, GetWorkflowRunsResponse, JobNodeDetails, ListWorkflowsRequest,
    ListWorkflowsResponse, Node, PutWorkflowRunPropertiesRequest, PutWorkflowRunPropertiesResponse,
    ResumeWorkflowRunRequest, ResumeWorkflowRunResponse, StartWorkflowRunRequest,
    StartWorkflowRunResponse, StopWorkflowRunRequest, StopWorkflowRunResponse,
    UpdateWorkflowRequest, UpdateWorkflowResponse, Workflow, WorkflowOperations, WorkflowRun,
};

use super::Beginning;
use super::graph::{self, Step};
use super::records::{self, Failure, RUNS, WORKFLOWS, refused};
use super::run::{Run, Work};
use crate::jobs::internal;
use crate::operations::paging;
use crate::triggers::{TRIGGERS, Triggers};

/// The most names one answer holds.
const PAGE: usize = 25;

/// The most runs one answer holds.
const RUNS_PAGE: usize = 1000;

impl WorkflowOperations for Triggers {
    async fn create_workflow(
        &self,
        _: &CallContext,
        request: CreateWorkflowRequest,
    ) -> Result<CreateWorkflowResponse, Error> {
        check(request.max_concurrent_runs)?;
        let now = self.now();
        let workflow = Workflow {
            name: Some(request.name.clone()),
            description: request.description,
            default_run_properties: request.default_run_properties,
            max_concurrent_runs: request.max_concurrent_runs,
            created_on: Some(now),
            last_modified_on: Some(now),
            ..Workflow::default()
        };
        self.shared.platform.store.write(|transaction| {
            if !WORKFLOWS.insert(transaction, "", &request.name, &workflow)? {
                return Err(refused(Error::already_exists(format!(
                    "Workflow with name {} already exists",
                    request.name
                ))));
            }
            Ok::<_, Failure>(Taggable::Workflow.keep(transaction, &request.name, request.tags)?)
        })?;
        Ok(CreateWorkflowResponse {
            name: Some(request.name),
        })
    }

    async fn get_workflow(
        &self,
        _: &CallContext,
        request: GetWorkflowRequest,
    ) -> Result<GetWorkflowResponse, Error> {
        let workflow = self.workflow(&request.name, request.include_graph == Some(true))?;
        Ok(GetWorkflowResponse {
            workflow: Some(workflow),
        })
    }

    async fn list_workflows(
        &self,
        _: &CallContext,
        request: ListWorkflowsRequest,
    ) -> Result<ListWorkflowsResponse, Error> {
        let after = request.next_token.as_deref();
        let after = after.map(paging::read_token).transpose()?;
        let size = paging::size(request.max_results, PAGE);
        let store = &self.shared.platform.store;
        let mut names = store
            .read(|connection| WORKFLOWS.keys(connection, "", after.as_deref(), size + 1))
            .map_err(internal)?;
        let more = names.len() > size;
        names.truncate(size);
        let next_token = match names.last() {
            Some(last) if more => Some(paging::write_token(last)),
            _ => None,
        };
        Ok(ListWorkflowsResponse {
            workflows: Some(names),
            next_token,
        })
    }

    async fn batch_get_workflows(
        &self,
        _: &CallContext,
        request: BatchGetWorkflowsRequest,
    ) -> Result<BatchGetWorkflowsResponse, Error> {
        let with_graph = request.include_graph == Some(true);
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for name in request.names {
            match self.workflow(&name, with_graph) {
                Ok(workflow) => found.push(workflow),
                Err(Error::EntityNotFoundException { .. }) => missing.push(name),
                Err(error) => return Err(error),
            }
        }
        Ok(BatchGetWorkflowsResponse {
            workflows: Some(found),
            missing_workflows: Some(missing),
        })
    }

    /// Changes what the request names, and leaves the rest as it is.
    async fn update_workflow(
        &self,
        _: &CallContext,
        request: UpdateWorkflowRequest,
    ) -> Result<UpdateWorkflowResponse, Error> {
        check(request.max_concurrent_runs)?;
        let now = self.now();
        let UpdateWorkflowRequest {
            name,
            description,
            default_run_properties,
            max_concurrent_runs,
        } = request;
        self.shared.platform.store.write(|transaction| {
            let workflow = records::find(transaction, &name)?;
            let workflow = Workflow {
                description: description.or(workflow.description),
                default_run_properties: default_run_properties.or(workflow.default_run_properties),
                max_concurrent_runs: max_concurrent_runs.or(workflow.max_concurrent_runs),
                last_modified_on: Some(now),
                ..workflow
            };
            Ok::<_, Failure>(WORKFLOWS.put(transaction, "", &name, &workflow)?)
        })?;
        Ok(UpdateWorkflowResponse { name: Some(name) })
    }

    /// Deletes a workflow with its triggers and the record of its runs; jobs and crawlers stay, and
    /// what of them runs goes on.
    async fn delete_workflow(
        &self,
        _: &CallContext,
        request: DeleteWorkflowRequest,
    ) -> Result<DeleteWorkflowResponse, Error> {
        let name = request.name;
        self.shared
            .platform
            .store
            .write(|transaction| {
                for trigger in records::triggers(transaction, &name)? {
                    let trigger = trigger.name.unwrap_or_default();
                    Taggable::Trigger.forget(transaction, &trigger)?;
                    TRIGGERS.delete(transaction, "", &trigger)?;
                }
                RUNS.delete_scope(transaction, &name)?;
                Taggable::Workflow.forget(transaction, &name)?;
                WORKFLOWS.delete(transaction, "", &name)
            })
            .map_err(internal)?;
        self.shared.changed.notify_one();
        Ok(DeleteWorkflowResponse { name: Some(name) })
    }

    async fn start_workflow_run(
        &self,
        _: &CallContext,
        request: StartWorkflowRunRequest,
    ) -> Result<StartWorkflowRunResponse, Error> {
        let beginning = Beginning {
            properties: request.run_properties.unwrap_or_default(),
            ..Beginning::default()
        };
        Ok(StartWorkflowRunResponse {
            run_id: Some(self.begin_run(&request.name, beginning)?),
        })
    }

    async fn get_workflow_run(
        &self,
        _: &CallContext,
        request: GetWorkflowRunRequest,
    ) -> Result<GetWorkflowRunResponse, Error> {
        let run = self.run_of_workflow(&request.name, &request.run_id)?;
        Ok(GetWorkflowRunResponse {
            run: Some(self.describe(run, request.include_graph == Some(true))),
        })
    }

    /// The runs of a workflow, the latest first.
    async fn get_workflow_runs(
        &self,
        _: &CallContext,
        request: GetWorkflowRunsRequest,
    ) -> Result<GetWorkflowRunsResponse, Error> {
        let mut found = self.shared.platform.store.read(|connection| {
            records::find(connection, &request.name)?;
            Ok::<_, Failure>(records::runs(connection, &request.name)?)
        })?;
        if let Some(token) = &request.next_token {
            let last = paging::read_token(token)?;
            let seen = found.iter().position(|run| run.id == last);
            let seen =
                seen.ok_or_else(|| Error::invalid_input(format!("Invalid NextToken: {token}")))?;
            found.drain(..=seen);
        }
        let size = paging::size(request.max_results, RUNS_PAGE);
        let more = found.len() > size;
        found.truncate(size);
        let next_token = match found.last() {
            Some(last) if more => Some(paging::write_token(&last.id)),
            _ => None,
        };
        let with_graph = request.include_graph == Some(true);
        let runs = found.into_iter().map(|run| self.describe(run, with_graph));
        Ok(GetWorkflowRunsResponse {
            runs: Some(runs.collect()),
            next_token,
        })
    }

    async fn get_workflow_run_properties(
        &self,
        _: &CallContext,
        request: GetWorkflowRunPropertiesRequest,
    ) -> Result<GetWorkflowRunPropertiesResponse, Error> {
        let run = self.run_of_workflow(&request.name, &request.run_id)?;
        Ok(GetWorkflowRunPropertiesResponse {
            run_properties: Some(run.properties),
        })
    }

    /// Adds properties to a run, and replaces those that are there already.
    async fn put_workflow_run_properties(
        &self,
        _: &CallContext,
        request: PutWorkflowRunPropertiesRequest,
    ) -> Result<PutWorkflowRunPropertiesResponse, Error> {
        let _one_at_a_time = self.shared.started.lock();
        let mut run = self.run_of_workflow(&request.name, &request.run_id)?;
        run.properties.extend(request.run_properties);
        self.keep_run(&run)?;
        Ok(PutWorkflowRunPropertiesResponse {})
    }

    async fn stop_workflow_run(
        &self,
        _: &CallContext,
        request: StopWorkflowRunRequest,
    ) -> Result<StopWorkflowRunResponse, Error> {
        self.stop_run(&request.name, &request.run_id)?;
        Ok(StopWorkflowRunResponse {})
    }

    async fn resume_workflow_run(
        &self,
        _: &CallContext,
        request: ResumeWorkflowRunRequest,
    ) -> Result<ResumeWorkflowRunResponse, Error> {
        let ResumeWorkflowRunRequest {
            name,
            run_id,
            node_ids,
        } = request;
        Ok(ResumeWorkflowRunResponse {
            run_id: Some(self.resume_run(&name, &run_id, &node_ids)?),
            node_ids: Some(node_ids),
        })
    }
}

impl Triggers {
    /// A workflow with its last run.
    fn workflow(&self, name: &str, with_graph: bool) -> Result<Workflow, Error> {
        let (workflow, triggers, runs) = self.shared.platform.store.read(|connection| {
            let workflow = records::find(connection, name)?;
            let triggers = records::triggers(connection, name)?;
            Ok::<_, Failure>((workflow, triggers, records::runs(connection, name)?))
        })?;
        let last_run = runs.into_iter().next();
        Ok(Workflow {
            last_run: last_run.map(|run| self.describe(run, with_graph)),
            graph: with_graph.then(|| graph::draw(name, &triggers, |_, node| node)),
            ..workflow
        })
    }

    fn run_of_workflow(&self, name: &str, id: &str) -> Result<Run, Error> {
        let store = &self.shared.platform.store;
        Ok(store.read(|connection| {
            records::find(connection, name)?;
            records::find_run(connection, name, id)
        })?)
    }

    /// A run as Glue shows it.
    fn describe(&self, run: Run, with_graph: bool) -> WorkflowRun {
        let graph = with_graph.then(|| {
            graph::draw(&run.workflow, &run.triggers, |step, node| {
                self.detail(&run, step, node)
            })
        });
        WorkflowRun {
            graph,
            statistics: Some(run.statistics()),
            name: Some(run.workflow),
            workflow_run_id: Some(run.id),
            previous_run_id: run.previous,
            workflow_run_properties: Some(run.properties),
            started_on: Some(run.started),
            completed_on: run.completed,
            status: Some(run.status),
            error_message: run.error,
            starting_event_batch_condition: run.events,
        }
    }

    /// The node of a step with what the run did there.
    fn detail(&self, run: &Run, step: &Step, node: Node) -> Node {
        let works = run.attempts.iter().map(|attempt| &attempt.work);
        let works = works.filter(|work| work.step() == *step);
        match step {
            Step::Job(_) => {
                let runs: Vec<_> = works
                    .flat_map(|work| match work {
                        Work::Job(first) => self.attempts_of(first),
                        Work::Crawler(..) => Vec::new(),
                    })
                    .collect();
                Node {
                    job_details: Some(JobNodeDetails {
                        job_runs: Some(runs),
                    }),
                    ..node
                }
            }
            Step::Crawler(_) => {
                let crawls: Vec<_> = works
                    .filter_map(|work| match work {
                        Work::Crawler(_, crawl) => Some(crawl.clone()),
                        Work::Job(_) => None,
                    })
                    .collect();
                Node {
                    crawler_details: Some(CrawlerNodeDetails {
                        crawls: Some(crawls),
                    }),
                    ..node
                }
            }
        }
    }
}

fn check(max_concurrent_runs: Option<i32>) -> Result<(), Error> {
    match max_concurrent_runs {
        Some(runs) if runs < 1 => Err(Error::invalid_input(format!(
            "MaxConcurrentRuns must be at least 1, got {runs}"
        ))),
        _ => Ok(()),
    }
}
