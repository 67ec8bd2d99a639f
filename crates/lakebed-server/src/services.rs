use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use lakebed_catalog::{Catalog, Crawlers};
use lakebed_core::{LogSink, Platform};
use lakebed_engine::{Engine, EngineSettings};
use lakebed_etl::{Jobs, Quality, ScriptEngines, ScriptHost, Triggers};
use lakebed_observe::Logs;
use lakebed_sql::Athena;
use lakebed_storage::{Storage, StorageSettings};
use tokio::sync::Mutex;

use crate::auth::{AuthMode, Authenticator, Identities, Keys, Sessions};
use crate::s3::AccessLog;
use crate::sts::Sts;
use crate::{Config, ServerError};

/// The services of one Lakebed, built on one platform. Cheap to clone: all clones are the same
/// services.
#[derive(Clone)]
pub struct Services {
    /// The data folder, clock, store and event bus.
    pub platform: Platform,
    /// S3.
    pub storage: Storage,
    /// The Glue Data Catalog.
    pub catalog: Catalog,
    /// The Glue crawlers.
    pub crawlers: Crawlers,
    /// Athena.
    pub athena: Athena,
    /// Glue's jobs.
    pub jobs: Jobs,
    /// What starts Glue's jobs and crawlers.
    pub triggers: Triggers,
    /// Glue Data Quality.
    pub quality: Quality,
    /// CloudWatch Logs, which crawls and job runs write to.
    pub logs: Logs,
    pub(crate) sts: Sts,
    pub(crate) auth: Authenticator,
    pub(crate) access_log: AccessLog,
    pub(crate) s3_acls: bool,
    resetting: Arc<Mutex<()>>,
}

impl Services {
    /// Opens the data folder and every service over it. Needs a multi-threaded Tokio runtime.
    ///
    /// # Errors
    /// If the folder cannot be used or holds what cannot be read.
    pub fn open(config: Config) -> Result<Self, ServerError> {
        let identities = match &config.identities {
            Some(path) => Identities::load(path)?,
            None if config.auth == AuthMode::None => Identities::default(),
            None => return Err(ServerError::NoIdentities),
        };
        let platform = Platform::open(config.settings)?;
        let settings = StorageSettings {
            lifecycle_day: config.lifecycle_day,
            kms_keys: identities.kms_keys().to_vec(),
        };
        let storage = Storage::open_with(platform.clone(), settings)?;
        let logs = Logs::open(&platform)?;
        let log_sink: Arc<dyn LogSink> = Arc::new(logs.clone());
        let catalog = Catalog::open(platform.clone());
        let crawlers = Crawlers::open(
            platform.clone(),
            catalog.clone(),
            storage.clone(),
            Arc::clone(&log_sink),
        )?;
        let engine = Engine::new(&platform, storage.clone(), EngineSettings::default())?;
        let athena = Athena::open(
            platform.clone(),
            catalog.clone(),
            engine.clone(),
            storage.clone(),
            config.athena_quotas,
        )?;
        let quality = Quality::open(platform.clone(), catalog.clone(), engine.clone())?;
        let jobs = Jobs::open(platform.clone(), catalog.clone(), engine, log_sink)?;
        let triggers = Triggers::new(platform.clone(), jobs.clone(), crawlers.clone());
        let sessions = Sessions::new(platform.store.clone());
        let keys = Keys::new(platform.account().clone(), identities, sessions);
        let auth = Authenticator::new(config.auth, keys);
        let sts = Sts::new(platform.clock.clone(), auth.clone());
        storage.start_lifecycle();
        crawlers.start_schedules();
        triggers.watch();
        let access_log = AccessLog::start(&platform, storage.clone(), &auth);
        Ok(Self {
            platform,
            storage,
            catalog,
            crawlers,
            athena,
            jobs,
            triggers,
            quality,
            logs,
            sts,
            auth,
            access_log,
            s3_acls: config.s3_acls,
            resetting: Arc::default(),
        })
    }

    /// Lets script jobs run: they are clients of the server that listens at `address`.
    pub(crate) fn host_scripts(
        &self,
        address: SocketAddr,
        engines: ScriptEngines,
        spark_remote: Option<String>,
    ) {
        let reached = match address.ip() {
            ip if ip.is_unspecified() => SocketAddr::from((Ipv4Addr::LOCALHOST, address.port())),
            _ => address,
        };
        let (sts, account) = (self.sts.clone(), self.platform.account().clone());
        self.jobs.host_scripts(ScriptHost {
            endpoint: format!("http://{reached}"),
            storage: self.storage.clone(),
            engines,
            spark_remote,
            credentials: Arc::new(move |role, lifetime| {
                sts.of_job(&account, role, lifetime)
                    .map_err(|error| error.to_string())
            }),
        });
    }

    /// Empties everything: stops what runs, then drops all metadata and all objects. Requests in
    /// flight meet either the old state or the empty one.
    ///
    /// # Errors
    /// If files or metadata cannot be removed.
    pub async fn reset(&self) -> Result<(), ServerError> {
        let _one_at_a_time = self.resetting.lock().await;
        self.triggers.reset()?;
        self.jobs.reset().await;
        self.quality.reset().await;
        self.athena.reset().await;
        self.crawlers.reset().await;
        self.catalog.reset().await;
        self.logs.flush();
        self.platform.clear()?;
        self.storage.reset().await?;
        self.access_log.clear();
        Ok(())
    }

    /// Stops what runs, those first that use the others.
    pub async fn shutdown(&self) {
        self.triggers.shutdown().await;
        self.jobs.shutdown().await;
        self.quality.shutdown().await;
        self.athena.shutdown().await;
        self.crawlers.shutdown().await;
        self.logs.flush();
        self.access_log.shutdown().await;
        self.storage.shutdown().await;
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services")
            .field("platform", &self.platform)
            .finish_non_exhaustive()
    }
}
