use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use lakebed_core::Settings;
use lakebed_sql::Quotas;
use lakebed_storage::LifecycleDay;

use crate::AuthMode;

/// The port local AWS tools look at.
const PORT: u16 = 4566;

/// How a server is to be started.
#[derive(Debug, Clone)]
pub struct Config {
    /// Account, region, data folder, durability.
    pub settings: Settings,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What is asked of callers.
    pub auth: AuthMode,
    /// The file that says which accounts, users and access keys there are.
    pub identities: Option<PathBuf>,
    /// New buckets have ACLs that count and block no public access, as on AWS before April 2023.
    pub s3_acls: bool,
    /// How long a day of lifecycle rules is.
    pub lifecycle_day: LifecycleDay,
    /// How many queries each workgroup of Athena may have under way.
    pub athena_quotas: Quotas,
    /// The folder of what scripts run on; `engines` in the data folder if none is named.
    pub engines_dir: Option<PathBuf>,
    /// An existing Spark Connect server (`sc://host:port`) for Spark scripts.
    pub spark_remote: Option<String>,
}

impl Config {
    /// Everything at its default over `data_dir`: 127.0.0.1, port 4566.
    #[must_use]
    pub fn at(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            settings: Settings::at(data_dir),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)),
            auth: AuthMode::default(),
            identities: None,
            s3_acls: false,
            lifecycle_day: LifecycleDay::default(),
            athena_quotas: Quotas::default(),
            engines_dir: None,
            spark_remote: None,
        }
    }
}
