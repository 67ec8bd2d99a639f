//! Crawlers: they look at files and write the tables that read them into the catalog.
//!
//! A crawl runs as a task of its own. Its outcome is judged by pure code (`inference`,
//! `grouping`, `definition`); reading and writing happen in `scan` and `publish`.

mod catalog_tables;
mod configuration;
mod crawl;
mod definition;
mod error;
mod exclusions;
mod grouping;
mod history;
mod incremental;
mod log;
mod operations;
mod partition_keys;
mod path;
mod progress;
mod publish;
mod reconcile;
mod records;
mod runs;
mod scan;
mod schedule;
mod settings;
mod table_names;
mod targets;

use std::collections::HashMap;
use std::sync::Arc;

use lakebed_core::{LogSink, Platform};
use lakebed_storage::Storage;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::progress::Progress;
use self::schedule::Scheduler;
use crate::{Catalog, Error};

/// The crawlers and classifiers of the account. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Crawlers {
    pub(crate) platform: Platform,
    catalog: Catalog,
    storage: Storage,
    logs: Arc<dyn LogSink>,
    /// The crawl of each crawler that runs, by the crawler's name.
    running: Arc<Mutex<HashMap<String, Running>>>,
    tasks: TaskTracker,
    scheduler: Arc<Scheduler>,
}

/// A crawl under way.
#[derive(Debug, Clone, Default)]
struct Running {
    stop: CancellationToken,
    progress: Arc<Progress>,
}

impl Crawlers {
    /// The crawlers kept in the platform's store, whose crawls write to `logs`. A crawl that was
    /// running when the last process ended is recorded as failed.
    ///
    /// # Errors
    /// [`Error::Store`] if the store cannot be read or written.
    pub fn open(
        platform: Platform,
        catalog: Catalog,
        storage: Storage,
        logs: Arc<dyn LogSink>,
    ) -> Result<Self, Error> {
        let crawlers = Self {
            platform,
            catalog,
            storage,
            logs,
            running: Arc::default(),
            tasks: TaskTracker::new(),
            scheduler: Arc::default(),
        };
        crawlers.fail_interrupted_runs()?;
        Ok(crawlers)
    }

    /// Stops what runs.
    pub async fn reset(&self) {
        self.stop_all().await;
        self.tasks.reopen();
        self.scheduler.look_again();
    }

    /// Stops what runs and waits until its end is recorded. Nothing starts by itself any more.
    pub async fn shutdown(&self) {
        self.scheduler.stop().await;
        self.stop_all().await;
    }

    async fn stop_all(&self) {
        for running in self.running.lock().values() {
            running.stop.cancel();
        }
        self.tasks.close();
        self.tasks.wait().await;
    }
}
