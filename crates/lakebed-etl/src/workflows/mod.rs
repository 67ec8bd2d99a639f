//! Workflows: triggers, jobs and crawlers that are one undertaking, and its runs.
//!
//! What follows from what is decided by pure code (`run`, `graph`). The runs are carried on here,
//! by the triggers, which see what ends.

mod graph;
mod operations;
mod records;
mod run;

use std::collections::BTreeMap;

use lakebed_core::{StoreError, Timestamp};
use lakebed_wire::glue::{
    Action, Crawl, CrawlState, Error, JobRun, JobRunState, Trigger, WorkflowRunStatus,
};

use crate::jobs::internal;
use crate::triggers::{Ended, Origin, Started, Triggers};
use records::{Failure, RUNS, WORKFLOWS};
use run::{Attempt, Run, Work};

pub(crate) use records::{Failure as WorkflowFailure, clear, find, refused, triggers};
pub(crate) use run::starts;

/// Where crawlers write their log on AWS.
const CRAWLER_LOG_GROUP: &str = "/aws-glue/crawlers";

/// Which run of which workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunKey {
    workflow: String,
    id: String,
}

/// What a run of a workflow begins with.
#[derive(Debug, Default)]
pub(crate) struct Beginning {
    /// What overrides the workflow's default run properties.
    pub(crate) properties: BTreeMap<String, String>,
    /// The ids of the events that begin the run, and for how many seconds the first waited.
    pub(crate) events: Option<(Vec<String>, i32)>,
    /// Whether nobody waits for the answer: a run that is refused then is recorded as one.
    pub(crate) by_itself: bool,
}

impl Triggers {
    /// Starts a run of a workflow with its start trigger; the answer is the run's id.
    ///
    /// # Errors
    /// `EntityNotFoundException` if there is no such workflow, `InvalidInputException` if nothing
    /// starts it, `ConcurrentRunsExceededException` if as many runs are under way as it allows.
    pub(crate) fn begin_run(&self, workflow: &str, beginning: Beginning) -> Result<String, Error> {
        let store = &self.shared.platform.store;
        let mut started = self.shared.started.lock();
        let (definition, triggers) = store.read(|connection| {
            let definition = find(connection, workflow)?;
            Ok::<_, Failure>((definition, records::triggers(connection, workflow)?))
        })?;
        let mut properties = definition.default_run_properties.unwrap_or_default();
        properties.extend(beginning.properties);
        let mut run = Run::begin(workflow, triggers, properties, self.now());
        if let Some((ids, waited)) = beginning.events {
            run.begun_by(&ids, waited);
        }
        let Some(first) = run.start_trigger().cloned() else {
            return Err(Error::invalid_input(format!(
                "Workflow {workflow} has no start trigger."
            )));
        };
        if let Err(error) = self.admit_run(workflow, definition.max_concurrent_runs) {
            if beginning.by_itself {
                self.keep_run(&run.refused(error.to_string()))?;
            }
            return Err(error);
        }
        self.fire_in_run(&mut started, &mut run, &first);
        run.settle(self.now());
        self.keep_run(&run)?;
        Ok(run.id)
    }

    /// # Errors
    /// `ConcurrentRunsExceededException` if as many runs are under way as the workflow allows.
    fn admit_run(&self, workflow: &str, allowed: Option<i32>) -> Result<(), Error> {
        let Some(allowed) = allowed else {
            return Ok(());
        };
        let store = &self.shared.platform.store;
        let runs = store
            .read(|connection| RUNS.list(connection, workflow))
            .map_err(internal)?;
        let under_way = runs.iter().filter(|run| run.is_under_way()).count();
        if under_way >= usize::try_from(allowed).unwrap_or(0) {
            return Err(Error::concurrent_runs_exceeded(format!(
                "Concurrent runs exceeded for workflow: {workflow}."
            )));
        }
        Ok(())
    }

    /// Starts some nodes of a run that is over again, in a new run; the answer is its id.
    ///
    /// # Errors
    /// `EntityNotFoundException`, `IllegalWorkflowStateException` while the run is under way,
    /// `InvalidInputException` for nodes that the run did not start,
    /// `ConcurrentRunsExceededException` if as many runs are under way as the workflow allows.
    fn resume_run(&self, workflow: &str, id: &str, node_ids: &[String]) -> Result<String, Error> {
        let mut started = self.shared.started.lock();
        let store = &self.shared.platform.store;
        let (definition, run) = store.read(|connection| {
            let definition = find(connection, workflow)?;
            Ok::<_, Failure>((definition, records::find_run(connection, workflow, id)?))
        })?;
        if run.is_under_way() {
            return Err(Error::illegal_workflow_state(format!(
                "Workflow run {id} is {} and cannot be resumed.",
                run.status
            )));
        }
        let (mut resumed, again) = run.resume(node_ids, self.now()).map_err(|node| {
            Error::invalid_input(format!("Node {node} has no run attempt in run {id}."))
        })?;
        self.admit_run(workflow, definition.max_concurrent_runs)?;
        for Attempt {
            action, trigger, ..
        } in again
        {
            self.act_in_run(&mut started, &mut resumed, &trigger, &action);
        }
        resumed.settle(self.now());
        self.keep_run(&resumed)?;
        Ok(resumed.id)
    }

    /// Stops what a run has under way; nothing follows it any more.
    ///
    /// # Errors
    /// `EntityNotFoundException`, `IllegalWorkflowStateException` if the run is not running.
    fn stop_run(&self, workflow: &str, id: &str) -> Result<(), Error> {
        let _one_at_a_time = self.shared.started.lock();
        let store = &self.shared.platform.store;
        let mut run = store.read(|connection| records::find_run(connection, workflow, id))?;
        if run.status != WorkflowRunStatus::Running {
            return Err(Error::illegal_workflow_state(format!(
                "Workflow run {id} is {} and cannot be stopped.",
                run.status
            )));
        }
        run.status = WorkflowRunStatus::Stopping;
        self.keep_run(&run)?;
        for attempt in &run.attempts {
            match &attempt.work {
                work if work.is_over() => {}
                Work::Job(first) => {
                    let latest = self.attempts_of(first).into_iter().next_back();
                    let id = latest.and_then(|run| run.id).unwrap_or_default();
                    self.shared.jobs.stop(&id);
                }
                Work::Crawler(name, _) => {
                    if let Err(error) = self.shared.crawlers.stop_crawl(name) {
                        tracing::debug!(crawler = name, %error, "the crawl need not be stopped");
                    }
                }
            }
        }
        Ok(())
    }

    /// Carries a run on when something that it started has ended: a crawl, or the job run whose
    /// first attempt has this id.
    pub(crate) fn carry_on(
        &self,
        origin: &RunKey,
        first_id: Option<&str>,
        ended: &Ended,
        error: Option<&str>,
    ) -> Result<(), Error> {
        let mut started = self.shared.started.lock();
        let RunKey { workflow, id } = origin;
        let store = &self.shared.platform.store;
        let mut run = match store.read(|c| records::find_run(c, workflow, id)) {
            Ok(run) => run,
            // The workflow is gone, with its runs.
            Err(Failure::Refused(_)) => return Ok(()),
            Err(failure) => return Err(failure.into()),
        };
        run.note_end(first_id, ended, error, self.now());
        for trigger in run.takes_note(ended) {
            self.fire_in_run(&mut started, &mut run, &trigger);
        }
        run.settle(self.now());
        self.keep_run(&run)
    }

    fn fire_in_run(&self, started: &mut Started, run: &mut Run, trigger: &Trigger) {
        let name = trigger.name.clone().unwrap_or_default();
        for action in trigger.actions.iter().flatten() {
            self.act_in_run(started, run, &name, action);
        }
    }

    /// Starts what an action says. What cannot be started is an attempt in the state ERROR.
    fn act_in_run(&self, started: &mut Started, run: &mut Run, trigger: &str, action: &Action) {
        let key = RunKey {
            workflow: run.workflow.clone(),
            id: run.id.clone(),
        };
        let now = self.now();
        let work = match (&action.crawler_name, &action.job_name) {
            (Some(crawler), _) => {
                let mut crawl = Crawl {
                    state: Some(CrawlState::Running),
                    started_on: Some(now),
                    log_group: Some(CRAWLER_LOG_GROUP.to_owned()),
                    log_stream: Some(crawler.clone()),
                    ..Crawl::default()
                };
                if let Err(error) = self.shared.crawlers.start_crawl(crawler) {
                    crawl.state = Some(CrawlState::Error);
                    crawl.completed_on = Some(now);
                    crawl.error_message = Some(error.to_string());
                } else {
                    started.crawls.insert(crawler.clone(), Origin::Run(key));
                }
                Work::Crawler(crawler.clone(), crawl)
            }
            (None, job) => {
                let job = job.clone().unwrap_or_default();
                let of_run = [
                    ("--WORKFLOW_NAME", &run.workflow),
                    ("--WORKFLOW_RUN_ID", &run.id),
                ];
                let begun = self
                    .start_job(trigger, action, &of_run)
                    .and_then(|id| self.shared.jobs.find_run(&job, &id));
                let mut record = begun.unwrap_or_else(|error| JobRun {
                    job_name: Some(job),
                    trigger_name: Some(trigger.to_owned()),
                    job_run_state: Some(JobRunState::Error),
                    started_on: Some(now),
                    completed_on: Some(now),
                    error_message: Some(error.to_string()),
                    ..JobRun::default()
                });
                if let Some(id) = &record.id {
                    started.jobs.insert(id.clone(), key);
                    // Its end, if it has ended by now, is still to be heard of.
                    record.job_run_state = Some(JobRunState::Starting);
                }
                Work::Job(Box::new(record))
            }
        };
        run.attempts.push(Attempt {
            action: action.clone(),
            trigger: trigger.to_owned(),
            work,
        });
    }

    /// The attempts of a job run, the first one first.
    fn attempts_of(&self, first: &JobRun) -> Vec<JobRun> {
        let (Some(job), Some(id)) = (&first.job_name, &first.id) else {
            return vec![first.clone()];
        };
        let attempt = format!("{id}_attempt_");
        let mut runs = crate::runs::list(&self.shared.platform.store, job).unwrap_or_default();
        runs.retain(|run| {
            let other = run.id.as_deref().unwrap_or_default();
            other == id || other.starts_with(&attempt)
        });
        runs.sort_by_key(|run| run.attempt);
        runs
    }

    /// Ends the runs that were under way when the process that carried them died: what they had
    /// started has failed by now, and nothing follows. They can be resumed.
    pub(crate) fn end_interrupted_runs(&self) -> Result<(), StoreError> {
        let now = self.now();
        self.shared.platform.store.write(|transaction| {
            for workflow in WORKFLOWS.keys(transaction, "", None, usize::MAX)? {
                for mut run in RUNS.list(transaction, &workflow)? {
                    if !run.is_under_way() {
                        continue;
                    }
                    for attempt in &mut run.attempts {
                        match &mut attempt.work {
                            work if work.is_over() => {}
                            Work::Job(record) => record.job_run_state = Some(JobRunState::Failed),
                            Work::Crawler(_, crawl) => {
                                crawl.state = Some(CrawlState::Failed);
                                crawl.completed_on = Some(now);
                            }
                        }
                    }
                    run.settle(now);
                    RUNS.put(transaction, &workflow, &run.id, &run)?;
                }
            }
            Ok(())
        })
    }

    fn keep_run(&self, run: &Run) -> Result<(), Error> {
        self.shared
            .platform
            .store
            .write(|transaction| {
                // A workflow that was deleted meanwhile takes its runs along.
                find(transaction, &run.workflow)?;
                RUNS.put(transaction, &run.workflow, &run.id, run)?;
                Ok::<_, Failure>(())
            })
            .or_else(|failure| match failure {
                Failure::Refused(_) => Ok(()),
                Failure::Store(error) => Err(internal(error)),
            })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.shared.platform.clock.now()
    }
}
