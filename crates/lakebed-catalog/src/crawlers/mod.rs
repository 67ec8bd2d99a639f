//! Crawlers: they look at files and write the tables that read them into the catalog.
//!
//! A crawl runs as a task of its own. Its outcome is judged by pure code (`inference`,
//! `grouping`, `definition`); reading and writing happen in `scan` and `publish`.

mod crawl;
mod definition;
mod error;
mod exclusions;
mod grouping;
mod history;
mod operations;
mod path;
mod publish;
mod records;
mod runs;
mod scan;
mod settings;
mod table_names;

use std::collections::HashMap;
use std::sync::Arc;

use lakebed_core::Platform;
use lakebed_storage::Storage;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{Catalog, Error};

/// The crawlers and classifiers of the account. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Crawlers {
    pub(crate) platform: Platform,
    catalog: Catalog,
    storage: Storage,
    /// What stops the crawl of each crawler that runs, by the crawler's name.
    stops: Arc<Mutex<HashMap<String, CancellationToken>>>,
    tasks: TaskTracker,
}

impl Crawlers {
    /// The crawlers kept in the platform's store. A crawl that was running when the last process
    /// ended is recorded as failed.
    ///
    /// # Errors
    /// [`Error::Store`] if the store cannot be read or written.
    pub fn open(platform: Platform, catalog: Catalog, storage: Storage) -> Result<Self, Error> {
        let crawlers = Self {
            platform,
            catalog,
            storage,
            stops: Arc::default(),
            tasks: TaskTracker::new(),
        };
        crawlers.fail_interrupted_runs()?;
        Ok(crawlers)
    }

    /// Stops what runs.
    pub async fn reset(&self) {
        self.shutdown().await;
        self.tasks.reopen();
    }

    /// Stops what runs and waits until its end is recorded.
    pub async fn shutdown(&self) {
        for stop in self.stops.lock().values() {
            stop.cancel();
        }
        self.tasks.close();
        self.tasks.wait().await;
    }
}
