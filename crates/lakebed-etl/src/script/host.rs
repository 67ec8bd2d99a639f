use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use lakebed_storage::Storage;

use super::ScriptEngines;

/// Credentials that a script signs its requests with.
#[derive(Debug, Clone)]
pub struct ScriptCredentials {
    /// The access key.
    pub access_key: String,
    /// Its secret.
    pub secret: String,
    /// The session token of temporary credentials.
    pub token: Option<String>,
}

/// What gives a script credentials: of a role, by name or ARN, for as long as said.
type Credentials = dyn Fn(&str, Duration) -> Result<ScriptCredentials, String> + Send + Sync;

/// What scripts run on and talk to.
#[derive(Clone)]
pub struct ScriptHost {
    /// Where scripts reach S3, Glue and the rest, as a URL.
    pub endpoint: String,
    /// Where the scripts themselves lie.
    pub storage: Storage,
    /// What they run on.
    pub engines: ScriptEngines,
    /// An existing Spark Connect server (`sc://host:port`) that Spark scripts use instead of one
    /// of their own.
    pub spark_remote: Option<String>,
    /// Whose requests they make.
    pub credentials: Arc<Credentials>,
}

impl fmt::Debug for ScriptHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptHost")
            .field("endpoint", &self.endpoint)
            .field("engines", &self.engines)
            .field("spark_remote", &self.spark_remote)
            .finish_non_exhaustive()
    }
}
