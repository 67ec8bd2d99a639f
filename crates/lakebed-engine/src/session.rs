use std::sync::Arc;

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::cache::cache_manager::{CacheManager, CacheManagerConfig};
use datafusion::execution::object_store::ObjectStoreRegistry;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::prelude::{SessionConfig, SessionContext};
use lakebed_storage::{BucketName, Storage};
use object_store::ObjectStore;
use url::Url;

use crate::scan_counter::{CountingStore, ScanCounter, ScanRequests};
use crate::scan_log::{ScanLog, TableScan};
use crate::{EngineError, Location};

/// One query or job run.
pub struct Session {
    context: SessionContext,
    counter: ScanCounter,
    scans: ScanLog,
    storage: Storage,
}

impl Session {
    pub(crate) fn new(config: SessionConfig, shared: &RuntimeEnv, storage: Storage) -> Self {
        let counter = ScanCounter::default();
        let environment = RuntimeEnv {
            object_store_registry: Arc::new(Buckets {
                storage: storage.clone(),
                counter: counter.clone(),
            }),
            // DataFusion's caches know objects by path alone, which two buckets can share; one
            // session's life is short enough to start without.
            cache_manager: CacheManager::try_new(&CacheManagerConfig::default())
                .unwrap_or_else(|_| Arc::clone(&shared.cache_manager)),
            ..shared.clone()
        };
        let scans = ScanLog::default();
        let config = config.with_extension(Arc::new(scans.clone()));
        let context = SessionContext::new_with_config_rt(config, Arc::new(environment));
        Self {
            context,
            counter,
            scans,
            storage,
        }
    }

    /// The DataFusion session.
    #[must_use]
    pub fn context(&self) -> &SessionContext {
        &self.context
    }

    /// Bytes this session's scans fetched so far.
    #[must_use]
    pub fn scanned_bytes(&self) -> u64 {
        self.counter.bytes()
    }

    /// What this session's scans asked storage for so far.
    #[must_use]
    pub fn scan_requests(&self) -> ScanRequests {
        self.counter.requests()
    }

    /// The scans of catalog tables that were planned so far.
    #[must_use]
    pub fn scans(&self) -> Vec<TableScan> {
        self.scans.scans()
    }

    /// The counter, for those who outlive the session.
    #[must_use]
    pub fn counter(&self) -> ScanCounter {
        self.counter.clone()
    }

    /// The store of a place, which counts what is read.
    pub(crate) fn store(&self, location: &Location) -> Result<Arc<dyn ObjectStore>, EngineError> {
        store_of(&self.context.runtime_env(), location)
    }

    /// Where the bytes are; what is read or written here is not counted.
    #[must_use]
    pub fn storage(&self) -> &Storage {
        &self.storage
    }
}

/// The store of a place among those of a session, which counts what is read.
pub(crate) fn store_of(
    environment: &RuntimeEnv,
    location: &Location,
) -> Result<Arc<dyn ObjectStore>, EngineError> {
    environment
        .object_store(location.store_url()?)
        .map_err(|_| EngineError::InvalidLocation(location.to_string()))
}

/// Finds the bucket that a URL such as `s3://lake` names.
#[derive(Debug)]
struct Buckets {
    storage: Storage,
    counter: ScanCounter,
}

impl ObjectStoreRegistry for Buckets {
    /// Buckets are all there is: nothing can be registered beside them.
    fn register_store(&self, _: &Url, _: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, url: &Url) -> Result<Arc<dyn ObjectStore>> {
        let bucket = match url.scheme() {
            "s3" | "s3a" | "s3n" => url
                .host_str()
                .and_then(|host| host.parse::<BucketName>().ok()),
            _ => None,
        };
        let bucket = bucket.ok_or_else(|| {
            DataFusionError::Execution(format!("'{url}' is not a bucket: expected s3://bucket"))
        })?;
        let store = self.storage.object_store(&bucket);
        Ok(Arc::new(CountingStore::new(store, self.counter.clone())))
    }
}
