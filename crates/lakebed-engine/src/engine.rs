use std::fmt;
use std::io::ErrorKind;
use std::sync::Arc;

use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::SessionConfig;
use lakebed_core::Platform;
use lakebed_storage::Storage;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::EngineError;
use crate::session::Session;

/// How much of the machine queries may use.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    /// The most memory that all operators together hold before they spill, in bytes.
    pub memory_limit_bytes: usize,
    /// The most that all operators together spill to disk, in bytes.
    pub spill_limit_bytes: u64,
    /// Threads that compute.
    pub threads: usize,
}

impl Default for EngineSettings {
    /// All cores, two GiB of memory and 32 GiB of disk: what a laptop can spare.
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            memory_limit_bytes: 2 << 30,
            spill_limit_bytes: 32 << 30,
            threads,
        }
    }
}

/// The threads, memory and spill space that queries share. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    settings: EngineSettings,
    storage: Storage,
    environment: RuntimeEnv,
    /// Taken when the last handle goes.
    runtime: Option<Runtime>,
}

impl Engine {
    /// Starts the engine's threads; spilled data goes to `spill` in the data folder.
    ///
    /// # Errors
    /// [`EngineError::Start`] if threads or the spill folder cannot be made.
    pub fn new(
        platform: &Platform,
        storage: Storage,
        settings: EngineSettings,
    ) -> Result<Self, EngineError> {
        let start = |error: &dyn fmt::Display| EngineError::Start(error.to_string());
        let spill = platform.data_dir().join("spill");
        // What a process that was killed spilled is of no use to this one.
        match std::fs::remove_dir_all(&spill) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(start(&error)),
            _ => std::fs::create_dir_all(&spill).map_err(|error| start(&error))?,
        }
        let environment = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(settings.memory_limit_bytes)))
            .with_disk_manager_builder(
                DiskManagerBuilder::default()
                    .with_mode(DiskManagerMode::Directories(vec![spill]))
                    .with_max_temp_directory_size(settings.spill_limit_bytes),
            )
            .build()?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(settings.threads)
            .thread_name("lakebed-engine")
            .enable_all()
            .build()
            .map_err(|error| start(&error))?;
        Ok(Self {
            shared: Arc::new(Shared {
                settings,
                storage,
                environment,
                runtime: Some(runtime),
            }),
        })
    }

    /// Runs a future on the engine's threads, so that computing never holds up those that answer
    /// requests. Aborting the handle stops the work at its next await.
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        match &self.shared.runtime {
            Some(runtime) => runtime.spawn(future),
            // Only while the last handle is dropped, when nobody can call this any more.
            None => tokio::spawn(future),
        }
    }

    /// Where the bytes are.
    #[must_use]
    pub fn storage(&self) -> &Storage {
        &self.shared.storage
    }

    /// The settings every session starts from.
    #[must_use]
    pub fn session_config(&self) -> SessionConfig {
        let mut config = SessionConfig::new()
            .with_target_partitions(self.shared.settings.threads)
            .with_information_schema(false);
        let options = config.options_mut();
        // Trino puts nulls last whatever the direction.
        options.sql_parser.default_null_ordering = "nulls_last".to_owned();
        options.execution.parquet.pushdown_filters = false;
        // Reading more of a file's end than its metadata would be scanned bytes that nobody needed.
        options.execution.parquet.metadata_size_hint = None;
        // Spark's and Hive's 96-bit timestamps, read as nanoseconds, would end in the year 2262.
        options.execution.parquet.coerce_int96 = Some("ms".to_owned());
        config
    }

    /// A session for one query or one job run.
    #[must_use]
    pub fn session(&self, config: SessionConfig) -> Session {
        Session::new(
            config,
            &self.shared.environment,
            self.shared.storage.clone(),
        )
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("settings", &self.shared.settings)
            .finish_non_exhaustive()
    }
}

impl Drop for Shared {
    /// A runtime must not be dropped where others wait on futures; letting it wind down in the
    /// background is allowed everywhere.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
