use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use lakebed_core::Settings;
use lakebed_server::{AthenaQuotas, AuthMode, Config, LifecycleDay, Server};
use tokio::runtime::Runtime;
use tokio::signal;

use crate::arguments::{Auth, Durability, Switch, UpOptions};
use crate::engines::engines_folder;
use crate::server::default_folder;
use crate::style;

/// Serves until interrupted.
pub(crate) fn run(options: UpOptions) -> Result<(), Box<dyn Error>> {
    let data_dir = options
        .place
        .data_dir
        .unwrap_or_else(|| default_folder("data"));
    let config = Config {
        settings: Settings {
            data_dir: data_dir.clone(),
            account: options.place.account_id,
            region: options.place.region,
            durability: match options.durability {
                Durability::Process => lakebed_core::Durability::Process,
                Durability::Fsync => lakebed_core::Durability::Fsync,
            },
        },
        listen: SocketAddr::new(options.host, options.port),
        auth: match options.auth {
            Auth::None => AuthMode::None,
            Auth::Signed => AuthMode::Signed,
            Auth::Enforce => AuthMode::Enforce,
        },
        identities: options.identities,
        s3_acls: options.s3_acls == Switch::On,
        lifecycle_day: LifecycleDay::of_seconds(options.lifecycle_day),
        athena_quotas: AthenaQuotas {
            running: options.athena_running.get() as usize,
            active_dml: options.athena_active_dml.get() as usize,
            active_ddl: options.athena_active_ddl.get() as usize,
            dml_timeout: Duration::from_secs(options.athena_dml_timeout.get().into()),
            ddl_timeout: Duration::from_secs(options.athena_ddl_timeout.get().into()),
        },
        engines_dir: Some(engines_folder(options.engines)),
        spark_remote: options.spark_remote,
    };
    Runtime::new()?.block_on(async {
        let server = Server::bind(config).await?;
        let endpoint = endpoint_of(server.local_addr());
        if options.json {
            let line = serde_json::json!({ "endpoint": endpoint, "data_dir": data_dir });
            anstream::println!("{line}");
        } else {
            anstream::println!(
                "{} {}",
                style::strong("Lakebed serves"),
                style::strong(&endpoint)
            );
            anstream::println!("data folder   {}", data_dir.display());
            anstream::println!("this shell    eval \"$(lakebed env --endpoint {endpoint})\"");
            anstream::println!("one command   aws --endpoint-url {endpoint} s3 ls");
            anstream::println!("from Python   boto3.client(\"s3\", endpoint_url=\"{endpoint}\")");
            anstream::println!("{}", style::faint("stop with Ctrl-C"));
        }
        server.serve(interrupted()).await?;
        Ok(())
    })
}

/// The address as a client on this machine reaches it.
fn endpoint_of(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://127.0.0.1:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

/// Waits for Ctrl-C or, on Unix, a request to terminate.
async fn interrupted() {
    #[cfg(unix)]
    if let Ok(mut terminate) = signal::unix::signal(signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    let _ = signal::ctrl_c().await;
}
