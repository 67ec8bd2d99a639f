use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use lakebed_catalog::Catalog;
use lakebed_core::{FailureClass, LogSink, Platform, StoreError};
use lakebed_engine::Engine;
use lakebed_wire::glue::{Error, Job, JobRun, StartJobRunRequest};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use crate::error::{NodeError, RunFailure};
use crate::graph::Graph;
use crate::lake::Lake;
use crate::runs::{self, Ending, Pipeline, Progress, RunLog, RunProgress};
use crate::script::{self, ScriptHost, ScriptRun};
use crate::targets::Written;

/// Glue jobs and their runs. Cheap to clone: all clones are the same jobs.
#[derive(Debug, Clone)]
pub struct Jobs {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    platform: Platform,
    catalog: Catalog,
    engine: Engine,
    logs: Arc<dyn LogSink>,
    /// Runs under way, by id.
    active: Mutex<HashMap<String, ActiveRun>>,
    tasks: TaskTracker,
    /// What scripts run on; there once a server listens.
    script_host: OnceLock<ScriptHost>,
}

#[derive(Debug)]
struct ActiveRun {
    job: String,
    stop: CancellationToken,
    progress: Arc<Progress>,
}

impl Jobs {
    /// Opens the jobs, whose runs write to `logs`. Runs that were under way when the last process
    /// died become `FAILED`.
    ///
    /// # Errors
    /// If the metadata cannot be read or written.
    pub fn open(
        platform: Platform,
        catalog: Catalog,
        engine: Engine,
        logs: Arc<dyn LogSink>,
    ) -> Result<Self, StoreError> {
        script::clear_work_folders(&platform);
        for run in runs::fail_interrupted(&platform.store, platform.clock.now())? {
            runs::announce(&platform, &run);
        }
        Ok(Self {
            shared: Arc::new(Shared {
                platform,
                catalog,
                engine,
                logs,
                active: Mutex::default(),
                tasks: TaskTracker::new(),
                script_host: OnceLock::new(),
            }),
        })
    }

    /// Lets script jobs run on `host`, once and for all; until then they fail.
    pub fn host_scripts(&self, host: ScriptHost) {
        if self.shared.script_host.set(host).is_err() {
            tracing::warn!("scripts have a host already");
        }
    }

    /// Stops every run. The records and logs are emptied with the metadata store.
    pub async fn reset(&self) {
        self.stop_all().await;
    }

    /// Stops every run and waits until all have ended.
    pub async fn shutdown(&self) {
        self.stop_all().await;
    }

    async fn stop_all(&self) {
        for run in self.shared.active.lock().values() {
            run.stop.cancel();
        }
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
        self.shared.tasks.reopen();
    }

    /// How far a run has come; none once it is over.
    #[must_use]
    pub fn progress(&self, run_id: &str) -> Option<RunProgress> {
        let active = self.shared.active.lock();
        active.get(run_id).map(|run| run.progress.snapshot())
    }

    pub(crate) fn platform(&self) -> &Platform {
        &self.shared.platform
    }

    pub(crate) fn find_run(&self, job_name: &str, run_id: &str) -> Result<JobRun, Error> {
        runs::find(&self.platform().store, job_name, run_id)
            .map_err(internal)?
            .ok_or_else(|| {
                Error::entity_not_found(format!("JobRun {run_id} of job {job_name} not found."))
            })
    }

    /// Starts a run, for a trigger or because somebody asked, and returns its id at once.
    pub(crate) fn start(
        &self,
        job: Job,
        request: &StartJobRunRequest,
        trigger: Option<&str>,
    ) -> Result<String, Error> {
        let mut run = runs::new_run(&job, request, self.platform().clock.now());
        run.trigger_name = trigger.map(str::to_owned);
        if let Some(previous) = &request.job_run_id {
            let previous = self.find_run(&request.job_name, previous)?;
            run.attempt = Some(previous.attempt.unwrap_or(0) + 1);
            run.previous_run_id = previous.id;
        }
        let id = run.id.clone().unwrap_or_default();
        let (stop, progress) = self.admit(&job, &id)?;
        if let Err(error) = runs::save(&self.platform().store, &run) {
            self.shared.active.lock().remove(&id);
            return Err(internal(error));
        }
        runs::announce(self.platform(), &run);
        let jobs = self.clone();
        self.shared
            .tasks
            .spawn(async move { jobs.attend(job, run, stop, progress).await });
        Ok(id)
    }

    /// Takes a place among the job's concurrent runs.
    fn admit(&self, job: &Job, id: &str) -> Result<(CancellationToken, Arc<Progress>), Error> {
        let name = job.name.clone().unwrap_or_default();
        let allowed = job
            .execution_property
            .as_ref()
            .and_then(|property| property.max_concurrent_runs)
            .and_then(|allowed| usize::try_from(allowed).ok())
            .unwrap_or(1);
        let mut active = self.shared.active.lock();
        let running = active
            .iter()
            .filter(|(id, run)| run.job == name && self.is_at_work(&name, id))
            .count();
        if running >= allowed {
            return Err(Error::concurrent_runs_exceeded(format!(
                "Concurrent runs exceeded for {name}"
            )));
        }
        let stop = CancellationToken::new();
        let progress = Arc::new(Progress::default());
        active.insert(
            id.to_owned(),
            ActiveRun {
                job: name,
                stop: stop.clone(),
                progress: Arc::clone(&progress),
            },
        );
        Ok((stop, progress))
    }

    /// Whether a run that holds a place is not over yet: it leaves the place a moment after its
    /// record tells its end, and whoever reads of that end may start the next at once.
    fn is_at_work(&self, job_name: &str, run_id: &str) -> bool {
        let state = self
            .find_run(job_name, run_id)
            .ok()
            .and_then(|run| run.job_run_state);
        state.is_none_or(|state| !runs::is_over(state))
    }

    /// Tells a run to stop; says whether it is under way.
    pub(crate) fn stop(&self, run_id: &str) -> bool {
        let active = self.shared.active.lock();
        match active.get(run_id) {
            Some(run) => {
                run.stop.cancel();
                true
            }
            None => false,
        }
    }

    /// Sees a run through to its end, and its retries.
    async fn attend(
        self,
        job: Job,
        mut run: JobRun,
        stop: CancellationToken,
        progress: Arc<Progress>,
    ) {
        let first_id = run.id.clone().unwrap_or_default();
        loop {
            let id = run.id.clone().unwrap_or_default();
            let ended = self.run_once(&job, &mut run, &stop, &progress).await;
            let attempts = run.attempt.unwrap_or(0);
            match ended {
                Ok(Ending::Failed(_)) if attempts < job.max_retries.unwrap_or(0) => {
                    let next = runs::retry_of(&run, &first_id, self.platform().clock.now());
                    let next_id = next.id.clone().unwrap_or_default();
                    let mut active = self.shared.active.lock();
                    if let Some(entry) = active.remove(&id) {
                        active.insert(next_id, entry);
                    }
                    run = next;
                }
                Ok(_) => break,
                Err(error) => {
                    tracing::error!(%error, run = id, "a job run's record cannot be kept");
                    break;
                }
            }
        }
        self.shared
            .active
            .lock()
            .remove(run.id.as_deref().unwrap_or_default());
    }

    async fn run_once(
        &self,
        job: &Job,
        run: &mut JobRun,
        stop: &CancellationToken,
        progress: &Arc<Progress>,
    ) -> Result<Ending, StoreError> {
        let platform = self.platform();
        let id = run.id.clone().unwrap_or_default();
        let logs = &self.shared.logs;
        let log = Arc::new(RunLog::of_run(logs, &platform.clock, job, &id));
        let work = self.work(
            job.clone(),
            run.clone(),
            Arc::clone(&log),
            Arc::clone(progress),
        );
        runs::supervise(platform, run, &log, stop, work).await
    }

    /// What a run of a job does.
    async fn work(
        &self,
        mut job: Job,
        run: JobRun,
        log: Arc<RunLog>,
        progress: Arc<Progress>,
    ) -> Result<Written, RunFailure> {
        let name = job.name.clone().unwrap_or_default();
        let subject = format!("job '{name}'");
        let run_id = run.id.clone().unwrap_or_default();
        let Some(nodes) = job.code_gen_configuration_nodes.take() else {
            self.work_of_script(job, run, log).await?;
            let lake = Lake::open(&self.shared.catalog, &self.shared.engine);
            return Ok(Written::nothing(lake, &name, &run_id));
        };
        let graph = Graph::parse(&nodes)
            .map_err(|error| RunFailure::at(&subject, NodeError::Setting(error.to_string())))?;
        let pipeline = Pipeline {
            job: name,
            run_id,
            graph,
            platform: self.shared.platform.clone(),
            lake: Lake::open(&self.shared.catalog, &self.shared.engine),
            log,
            progress,
        };
        let computing = self.shared.engine.spawn(pipeline.carry_out());
        match AbortOnDropHandle::new(computing).await {
            Ok(done) => done,
            Err(error) => Err(RunFailure::at(
                &subject,
                NodeError::Service {
                    class: FailureClass::Resource,
                    message: format!("the work ended before its time: {error}"),
                },
            )),
        }
    }

    async fn work_of_script(
        &self,
        job: Job,
        run: JobRun,
        log: Arc<RunLog>,
    ) -> Result<(), RunFailure> {
        let Some(host) = self.shared.script_host.get().cloned() else {
            return Err(RunFailure::Script {
                class: FailureClass::Resource,
                message: "scripts run on a server that listens, and none does yet".to_owned(),
            });
        };
        let platform = self.platform().clone();
        let run = ScriptRun {
            host,
            platform,
            job,
            run,
            log,
        };
        run.carry_out().await
    }
}

#[expect(clippy::needless_pass_by_value, reason = "shaped for map_err")]
pub(crate) fn internal(error: StoreError) -> Error {
    Error::Internal(error.to_string())
}
