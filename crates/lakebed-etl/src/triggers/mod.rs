//! What starts jobs and crawlers: somebody's word, the clock, events, or how other runs ended.

mod definition;
mod operations;
mod records;
mod watch;

use std::collections::HashMap;
use std::sync::Arc;

use lakebed_catalog::Crawlers;
use lakebed_core::{Platform, StoreError};
use lakebed_wire::glue::{Action, Error, StartJobRunRequest, Trigger, TriggerType};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::Jobs;
use crate::operations::runs;
use crate::workflows::{self, Beginning, RunKey};

pub(crate) use definition::{Ended, takes_note};
pub(crate) use records::TRIGGERS;

/// Glue's triggers, and the workflows made of them. Cheap to clone: all clones are the same triggers.
#[derive(Debug, Clone)]
pub struct Triggers {
    pub(crate) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) platform: Platform,
    pub(crate) jobs: Jobs,
    pub(crate) crawlers: Crawlers,
    /// Held while something is started or a workflow's run changes, so that no end is looked at
    /// before its start is known.
    pub(crate) started: Mutex<Started>,
    /// Told when triggers changed.
    pub(crate) changed: Notify,
    stop: CancellationToken,
    watcher: Mutex<Option<JoinHandle<()>>>,
}

/// What triggers have started and is under way.
#[derive(Debug, Default)]
pub(crate) struct Started {
    /// Crawlers, and for what.
    pub(crate) crawls: HashMap<String, Origin>,
    /// Job runs of workflows, by the id of the first attempt.
    pub(crate) jobs: HashMap<String, RunKey>,
}

/// What a crawl was started for.
#[derive(Debug)]
pub(crate) enum Origin {
    /// A trigger outside workflows.
    Trigger,
    /// A run of a workflow.
    Run(RunKey),
}

impl Triggers {
    /// Triggers of these jobs and crawlers. None fires by itself before [`Triggers::watch`].
    #[must_use]
    pub fn new(platform: Platform, jobs: Jobs, crawlers: Crawlers) -> Self {
        Self {
            shared: Arc::new(Shared {
                platform,
                jobs,
                crawlers,
                started: Mutex::default(),
                changed: Notify::new(),
                stop: CancellationToken::new(),
                watcher: Mutex::default(),
            }),
        }
    }

    /// Begins to fire triggers by the clock and by what ends, until [`Triggers::shutdown`]. Needs a
    /// Tokio runtime.
    pub fn watch(&self) {
        let mut watcher = self.shared.watcher.lock();
        if watcher.is_none() {
            if let Err(error) = self.end_interrupted_runs() {
                tracing::error!(%error, "cannot end the runs of workflows that were interrupted");
            }
            // Taken before the task gets its turn, so that nothing is missed.
            let events = self.shared.platform.events.subscribe();
            let begun = self.shared.platform.clock.now();
            *watcher = Some(tokio::spawn(watch::follow(self.clone(), events, begun)));
        }
    }

    /// Removes all triggers and workflows, before what they watch is stopped: no end may start anything then.
    ///
    /// # Errors
    /// If the metadata cannot be written.
    pub fn reset(&self) -> Result<(), StoreError> {
        *self.shared.started.lock() = Started::default();
        self.shared.platform.store.write(|transaction| {
            workflows::clear(transaction)?;
            records::clear(transaction)
        })?;
        self.shared.changed.notify_one();
        Ok(())
    }

    /// Fires no more triggers.
    pub async fn shutdown(&self) {
        self.shared.stop.cancel();
        let watcher = self.shared.watcher.lock().take();
        if let Some(watcher) = watcher
            && let Err(error) = watcher.await
        {
            tracing::warn!(%error, "the watcher of triggers did not stop cleanly");
        }
    }

    /// Starts what the trigger starts: all that can be started, and then the first error. A trigger
    /// of a workflow starts a run of it.
    fn fire(&self, trigger: &Trigger) -> Result<(), Error> {
        let name = trigger.name.as_deref().unwrap_or_default();
        if let Some(workflow) = &trigger.workflow_name {
            let beginning = Beginning {
                by_itself: trigger.r#type != Some(TriggerType::OnDemand),
                ..Beginning::default()
            };
            let begun = self.begin_run(workflow, beginning);
            return begun.map(|_| ()).inspect_err(|error| {
                tracing::warn!(trigger = name, workflow, %error, "a trigger cannot start a workflow");
            });
        }
        let mut fired = Ok(());
        for action in trigger.actions.iter().flatten() {
            if let Err(error) = self.act(name, action) {
                tracing::warn!(trigger = name, %error, "a trigger cannot start what it should");
                fired = fired.and(Err(error));
            }
        }
        fired
    }

    fn act(&self, trigger: &str, action: &Action) -> Result<(), Error> {
        let mut started = self.shared.started.lock();
        if let Some(crawler) = &action.crawler_name {
            self.shared.crawlers.start_crawl(crawler)?;
            started.crawls.insert(crawler.clone(), Origin::Trigger);
        } else {
            self.start_job(trigger, action, &[])?;
        }
        Ok(())
    }

    /// Starts the job of an action with the action's arguments and these; the answer is the run's
    /// id.
    pub(crate) fn start_job(
        &self,
        trigger: &str,
        action: &Action,
        more: &[(&str, &String)],
    ) -> Result<String, Error> {
        let mut arguments = action.arguments.clone();
        for (name, value) in more {
            let arguments = arguments.get_or_insert_default();
            arguments.insert((*name).to_owned(), (*value).clone());
        }
        let request = StartJobRunRequest {
            job_name: action.job_name.clone().unwrap_or_default(),
            arguments,
            timeout: action.timeout,
            security_configuration: action.security_configuration.clone(),
            notification_property: action.notification_property.clone(),
            ..StartJobRunRequest::default()
        };
        let begun = runs::start(&self.shared.jobs, &request, Some(trigger))?;
        Ok(begun.job_run_id.unwrap_or_default())
    }
}
