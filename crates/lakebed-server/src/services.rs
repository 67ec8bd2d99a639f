use std::sync::Arc;

use lakebed_catalog::Catalog;
use lakebed_core::{Platform, Settings};
use lakebed_storage::Storage;
use tokio::sync::Mutex;

use crate::ServerError;
use crate::sts::Identities;

/// The services of one Lakebed, built on one platform. Cheap to clone: all clones are the same
/// services.
#[derive(Debug, Clone)]
pub struct Services {
    /// The data folder, clock, store and event bus.
    pub platform: Platform,
    /// S3.
    pub storage: Storage,
    /// The Glue Data Catalog.
    pub catalog: Catalog,
    pub(crate) identities: Identities,
    resetting: Arc<Mutex<()>>,
}

impl Services {
    /// Opens the data folder and every service over it.
    ///
    /// # Errors
    /// If the folder cannot be used or holds what cannot be read.
    pub async fn open(settings: Settings) -> Result<Self, ServerError> {
        let platform = Platform::open(settings)?;
        let storage = Storage::open(platform.clone())?;
        let catalog = Catalog::open(platform.clone());
        let identities = Identities::new(platform.clock.clone());
        Ok(Self {
            platform,
            storage,
            catalog,
            identities,
            resetting: Arc::default(),
        })
    }

    /// Empties everything: stops what runs, then drops all metadata and all objects. Requests in
    /// flight meet either the old state or the empty one.
    ///
    /// # Errors
    /// If files or metadata cannot be removed.
    pub async fn reset(&self) -> Result<(), ServerError> {
        let _one_at_a_time = self.resetting.lock().await;
        self.catalog.reset().await;
        self.platform.store.clear()?;
        self.storage.reset().await?;
        Ok(())
    }

    /// Stops what runs, those first that use the others.
    pub async fn shutdown(&self) {
        self.storage.shutdown().await;
    }
}
