use std::collections::HashMap;
use std::sync::Arc;

use lakebed_catalog::Catalog;
use lakebed_core::{Platform, StoreError};
use lakebed_engine::Engine;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{recommendations, runs};
use crate::lake::Lake;

/// Glue Data Quality over the catalog's tables. Cheap to clone: all clones are the same.
#[derive(Debug, Clone)]
pub struct Quality {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    platform: Platform,
    catalog: Catalog,
    engine: Engine,
    /// How to stop the runs under way, by id.
    active: Mutex<HashMap<String, CancellationToken>>,
    tasks: TaskTracker,
}

impl Quality {
    /// Opens the service. Runs that were under way when the last process died become `FAILED`.
    ///
    /// # Errors
    /// If the metadata cannot be read or written.
    pub fn open(platform: Platform, catalog: Catalog, engine: Engine) -> Result<Self, StoreError> {
        runs::RUNS.fail_interrupted(&platform)?;
        recommendations::RUNS.fail_interrupted(&platform)?;
        Ok(Self {
            shared: Arc::new(Shared {
                platform,
                catalog,
                engine,
                active: Mutex::default(),
                tasks: TaskTracker::new(),
            }),
        })
    }

    /// Stops every run. The records are emptied with the metadata store.
    pub async fn reset(&self) {
        self.stop_all().await;
    }

    /// Stops every run and waits until all have ended.
    pub async fn shutdown(&self) {
        self.stop_all().await;
    }

    async fn stop_all(&self) {
        for stop in self.shared.active.lock().values() {
            stop.cancel();
        }
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
        self.shared.tasks.reopen();
    }

    pub(super) fn platform(&self) -> &Platform {
        &self.shared.platform
    }

    pub(super) fn catalog(&self) -> &Catalog {
        &self.shared.catalog
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.shared.engine
    }

    /// A fresh session over the lake.
    pub(super) fn lake(&self) -> Lake {
        Lake::open(&self.shared.catalog, &self.shared.engine)
    }

    /// Runs a task that can be stopped by its id.
    pub(super) fn start<F>(&self, id: String, task: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stop = CancellationToken::new();
        self.shared.active.lock().insert(id.clone(), stop.clone());
        let task = task(stop);
        let quality = self.clone();
        self.shared.tasks.spawn(async move {
            task.await;
            quality.shared.active.lock().remove(&id);
        });
    }

    /// Tells a run to stop; says whether it is under way.
    pub(super) fn stop(&self, id: &str) -> bool {
        let active = self.shared.active.lock();
        active.get(id).map(CancellationToken::cancel).is_some()
    }
}
