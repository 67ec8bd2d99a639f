//! A crawler's runs: begun, stopped, ended, and recovered after a crash.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use lakebed_core::{EventKind, Timestamp, Transaction};
use lakebed_wire::glue::{
    self, Crawler, CrawlerHistoryState, CrawlerState, LastCrawlInfo, LastCrawlStatus,
};
use uuid::Uuid;

use super::crawl::{Crawl as Work, CrawlFailure};
use super::error::CrawlerError;
use super::history::{self, CRAWLS, Changes, Crawl, LOG_GROUP};
use super::log::CrawlLog;
use super::progress::Progress;
use super::records::{CRAWLERS, Result};
use super::{Crawlers, Running};
use crate::Error;

const INTERRUPTED: &str = "the crawl was interrupted: the process ended while it ran";

impl Crawlers {
    /// Starts a run of a crawler that is idle, for services that start crawlers.
    ///
    /// # Errors
    /// `EntityNotFoundException`, `CrawlerRunningException` while a run is under way.
    pub fn start_crawl(&self, name: &str) -> std::result::Result<(), glue::Error> {
        Ok(self.start(name)?)
    }

    /// Stops the run of a crawler, for services that started it.
    ///
    /// # Errors
    /// `EntityNotFoundException`, `CrawlerNotRunningException`, `CrawlerStoppingException`.
    pub fn stop_crawl(&self, name: &str) -> std::result::Result<(), glue::Error> {
        Ok(self.stop(name)?)
    }

    /// Starts a run of a crawler that is idle.
    ///
    /// # Errors
    /// `EntityNotFoundException`, `CrawlerRunningException` while a run is under way.
    pub(super) fn start(&self, name: &str) -> Result<()> {
        let run = Crawl {
            id: Uuid::new_v4().to_string(),
            crawler: name.to_owned(),
            state: CrawlerHistoryState::Running,
            started: self.platform.clock.now(),
            ended: None,
            error: None,
            changes: Changes::default(),
        };
        // Held until the run is in its place, so that no stop comes in between and finds none.
        let mut all_running = self.running.lock();
        let crawler = self.platform.store.write(|tx| {
            let crawler = to_run(tx, name)?;
            match crawler.state {
                Some(CrawlerState::Running | CrawlerState::Stopping) => {
                    let message = format!("Crawler with name {name} has already started");
                    return Err(CrawlerError::Running(message));
                }
                Some(CrawlerState::Ready) | None => {}
            }
            let running = Crawler {
                state: Some(CrawlerState::Running),
                ..crawler
            };
            CRAWLERS.put(tx, "", name, &running)?;
            CRAWLS.put(tx, name, &run.key(), &run)?;
            Ok(running)
        })?;
        let running = Running::default();
        all_running.insert(name.to_owned(), running.clone());
        drop(all_running);
        self.announce(name, CrawlerState::Running, None);
        self.announce_crawl(&run);
        let crawlers = self.clone();
        self.tasks.spawn(async move {
            crawlers.run(crawler, run, running).await;
        });
        Ok(())
    }

    /// Stops the run of a crawler; it is ready again once the run's end is recorded.
    ///
    /// # Errors
    /// `EntityNotFoundException`, `CrawlerNotRunningException`, `CrawlerStoppingException`.
    pub(super) fn stop(&self, name: &str) -> Result<()> {
        self.platform.store.write(|tx| {
            let crawler = to_run(tx, name)?;
            match crawler.state {
                Some(CrawlerState::Running) => {}
                Some(CrawlerState::Stopping) => {
                    let message = format!("Crawler with name {name} is stopping");
                    return Err(CrawlerError::Stopping(message));
                }
                Some(CrawlerState::Ready) | None => {
                    let message = format!("Crawler with name {name} isn't running");
                    return Err(CrawlerError::NotRunning(message));
                }
            }
            let stopping = Crawler {
                state: Some(CrawlerState::Stopping),
                ..crawler
            };
            Ok(CRAWLERS.put(tx, "", name, &stopping)?)
        })?;
        self.announce(name, CrawlerState::Stopping, None);
        if let Some(running) = self.running.lock().get(name) {
            running.stop.cancel();
        }
        Ok(())
    }

    /// When the crawl that runs began.
    pub(super) fn started(&self, crawler: &Crawler) -> Option<Timestamp> {
        let name = crawler.name.as_deref()?;
        let crawls = self
            .platform
            .store
            .read(|connection| history::crawls(connection, name))
            .ok()?;
        crawls.first().map(|crawl| crawl.started)
    }

    /// What the crawl that runs has done so far.
    pub(super) fn progress(&self, name: &str) -> Option<Arc<Progress>> {
        let running = self.running.lock();
        running
            .get(name)
            .map(|running| Arc::clone(&running.progress))
    }

    async fn run(self, crawler: Crawler, run: Crawl, running: Running) {
        let platform = &self.platform;
        let logs = Arc::clone(&self.logs);
        let log = CrawlLog::of_run(logs, &platform.clock, &run.crawler, &run.id);
        let crawl = Work {
            platform,
            catalog: &self.catalog,
            storage: &self.storage,
            crawler: &crawler,
            run_id: &run.id,
            log: &log,
            progress: &running.progress,
        };
        let outcome = tokio::select! {
            biased;
            () = running.stop.cancelled() => Err(CrawlFailure::Stopped),
            outcome = AssertUnwindSafe(crawl.run()).catch_unwind() => outcome.unwrap_or_else(|_| {
                Err(CrawlFailure::Failed("Internal Service Exception".to_owned()))
            }),
        };
        let (state, error) = match outcome {
            Ok(()) => (CrawlerHistoryState::Completed, None),
            Err(CrawlFailure::Stopped) => (CrawlerHistoryState::Stopped, None),
            Err(CrawlFailure::Failed(message)) => (CrawlerHistoryState::Failed, Some(message)),
        };
        match (&error, state) {
            (Some(error), _) => log.error(error),
            (None, CrawlerHistoryState::Stopped) => log.warn("The crawl was stopped"),
            (None, _) => {}
        }
        let changes = running.progress.changes().clone();
        log.summary(&changes);
        let run = Crawl {
            state,
            ended: Some(self.platform.clock.now()),
            error,
            changes,
            ..run
        };
        log.benchmark("Crawler has finished running and is in state READY");
        self.running.lock().remove(&run.crawler);
        if let Err(error) = self.platform.store.write(|tx| record_end(tx, &run)) {
            tracing::error!(crawler = %run.crawler, %error, "cannot record the end of the crawl");
        }
        self.announce(&run.crawler, CrawlerState::Ready, run.error.clone());
        self.announce_crawl(&run);
    }

    /// Records as failed what an earlier process left running.
    pub(super) fn fail_interrupted_runs(&self) -> std::result::Result<(), Error> {
        let now = self.platform.clock.now();
        self.platform.store.write(|tx| {
            for crawler in CRAWLERS.list(tx, "")? {
                let name = crawler.name.clone().unwrap_or_default();
                if crawler.state == Some(CrawlerState::Ready) {
                    continue;
                }
                for run in history::crawls(tx, &name)? {
                    if run.state == CrawlerHistoryState::Running {
                        let failed = Crawl {
                            state: CrawlerHistoryState::Failed,
                            ended: Some(now),
                            error: Some(INTERRUPTED.to_owned()),
                            ..run
                        };
                        record_end(tx, &failed)?;
                    }
                }
            }
            Ok(())
        })
    }

    fn announce_crawl(&self, run: &Crawl) {
        let state = match run.state {
            CrawlerHistoryState::Running => "Started",
            CrawlerHistoryState::Completed => "Succeeded",
            CrawlerHistoryState::Failed => "Failed",
            CrawlerHistoryState::Stopped => "Stopped",
        };
        let changes = &run.changes;
        self.platform.events.publish(EventKind::CrawlStateChanged {
            crawler: run.crawler.clone(),
            run_id: run.id.clone(),
            state: state.to_owned(),
            error: run.error.clone(),
            tables_created: changes.tables_created.len() as u64,
            tables_updated: changes.tables_updated.len() as u64,
            tables_deleted: changes.tables_deleted.len() as u64,
            partitions_created: changes.partitions_created,
            partitions_updated: changes.partitions_updated,
            partitions_deleted: changes.partitions_deleted,
        });
    }

    fn announce(&self, name: &str, state: CrawlerState, error: Option<String>) {
        self.platform
            .events
            .publish(EventKind::CrawlerStateChanged {
                crawler: name.to_owned(),
                state: state.as_str().to_owned(),
                error,
            });
    }
}

/// The crawler that a run is asked of.
fn to_run(tx: &Transaction<'_>, name: &str) -> Result<Crawler> {
    CRAWLERS
        .get(tx, "", name)?
        .ok_or_else(|| Error::NotFound(format!("Crawler with name {name} does not exist")).into())
}

/// Keeps the end of a run and makes its crawler ready, unless the crawler is gone.
fn record_end(tx: &Transaction<'_>, run: &Crawl) -> std::result::Result<(), Error> {
    let Some(crawler) = CRAWLERS.get(tx, "", &run.crawler)? else {
        return Ok(());
    };
    let status = match run.state {
        CrawlerHistoryState::Completed => LastCrawlStatus::Succeeded,
        CrawlerHistoryState::Stopped => LastCrawlStatus::Cancelled,
        CrawlerHistoryState::Failed | CrawlerHistoryState::Running => LastCrawlStatus::Failed,
    };
    let ready = Crawler {
        state: Some(CrawlerState::Ready),
        last_crawl: Some(LastCrawlInfo {
            status: Some(status),
            error_message: run.error.clone(),
            log_group: Some(LOG_GROUP.to_owned()),
            log_stream: Some(run.crawler.clone()),
            message_prefix: Some(run.id.clone()),
            start_time: Some(run.started),
        }),
        ..crawler
    };
    CRAWLERS.put(tx, "", &run.crawler, &ready)?;
    CRAWLS.put(tx, &run.crawler, &run.key(), run)?;
    history::forget_before(tx, &run.crawler, run.started)?;
    Ok(())
}
