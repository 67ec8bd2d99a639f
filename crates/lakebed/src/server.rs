//! Servers that live inside this process, for commands that need one and have none.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;

use lakebed_server::{Config, Server};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A server on a free loopback port, stopped when it is dropped.
pub(crate) struct OwnServer {
    runtime: Runtime,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<Result<(), lakebed_server::ServerError>>>,
}

impl OwnServer {
    /// Serves the data folder with everything at its default.
    pub(crate) fn start(data_dir: PathBuf) -> Result<Self, Box<dyn Error>> {
        let runtime = Runtime::new()?;
        let config = Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            engines_dir: Some(default_folder("engines")),
            ..Config::at(data_dir)
        };
        let server = runtime.block_on(Server::bind(config))?;
        let address = server.local_addr();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = runtime.spawn(server.serve(async move {
            let _ = stopped.await;
        }));
        Ok(Self {
            runtime,
            address,
            stop: Some(stop),
            serving: Some(serving),
        })
    }

    /// Where it listens.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(serving) = self.serving.take()
            && let Ok(Err(error)) = self.runtime.block_on(serving)
        {
            tracing::warn!(%error, "the server did not stop cleanly");
        }
    }
}

/// The folder data is kept in when none is named: `lakebed/NAME` in the user's data folder.
pub(crate) fn default_folder(name: &str) -> PathBuf {
    let base = dirs::data_local_dir().unwrap_or_else(|| PathBuf::from("."));
    base.join("lakebed").join(name)
}
