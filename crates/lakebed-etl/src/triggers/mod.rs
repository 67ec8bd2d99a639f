//! What starts jobs and crawlers: somebody's word, the clock, or how other runs ended.

mod definition;
mod operations;
mod records;
mod watch;

use std::collections::HashMap;
use std::sync::Arc;

use lakebed_catalog::Crawlers;
use lakebed_core::{Platform, StoreError};
use lakebed_wire::glue::{Action, Error, StartJobRunRequest, Trigger};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::Jobs;
use crate::operations::runs;

/// Glue's triggers. Cheap to clone: all clones are the same triggers.
#[derive(Debug, Clone)]
pub struct Triggers {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    platform: Platform,
    jobs: Jobs,
    crawlers: Crawlers,
    /// Crawlers under way that a trigger started, and which.
    crawls: Mutex<HashMap<String, String>>,
    /// Told when triggers changed.
    changed: Notify,
    stop: CancellationToken,
    watcher: Mutex<Option<JoinHandle<()>>>,
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
                crawls: Mutex::default(),
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
            // Taken before the task gets its turn, so that nothing is missed.
            let events = self.shared.platform.events.subscribe();
            let begun = self.shared.platform.clock.now();
            *watcher = Some(tokio::spawn(watch::follow(self.clone(), events, begun)));
        }
    }

    /// Removes all triggers, before what they watch is stopped: no end may start anything then.
    ///
    /// # Errors
    /// If the metadata cannot be written.
    pub fn reset(&self) -> Result<(), StoreError> {
        records::clear(&self.shared.platform.store)?;
        self.shared.crawls.lock().clear();
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

    /// Starts what the trigger starts: all that can be started, and then the first error.
    fn fire(&self, trigger: &Trigger) -> Result<(), Error> {
        let name = trigger.name.as_deref().unwrap_or_default();
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
        if let Some(crawler) = &action.crawler_name {
            // Held until the crawl is under way, so that its end is not looked at before.
            let mut crawls = self.shared.crawls.lock();
            self.shared.crawlers.start_crawl(crawler)?;
            crawls.insert(crawler.clone(), trigger.to_owned());
            return Ok(());
        }
        let request = StartJobRunRequest {
            job_name: action.job_name.clone().unwrap_or_default(),
            arguments: action.arguments.clone(),
            timeout: action.timeout,
            security_configuration: action.security_configuration.clone(),
            notification_property: action.notification_property.clone(),
            ..StartJobRunRequest::default()
        };
        runs::start(&self.shared.jobs, &request, Some(trigger))?;
        Ok(())
    }
}
