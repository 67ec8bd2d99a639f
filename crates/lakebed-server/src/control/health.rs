use std::time::Instant;

use lakebed_core::Platform;
use serde_json::{Value, json};

/// What `/_lakebed/health` tells: that the server runs, what it is and for how long, in seconds.
pub(super) fn report(platform: &Platform, started: Instant) -> Value {
    json!({
        "status": "running",
        "version": env!("CARGO_PKG_VERSION"),
        "account": platform.account().as_str(),
        "region": platform.region().as_str(),
        "services": ["athena", "glue", "logs", "s3", "sts"],
        "uptime_seconds": started.elapsed().as_secs_f64(),
    })
}
