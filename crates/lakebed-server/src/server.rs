use std::future::{Future, IntoFuture};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use lakebed_etl::ScriptEngines;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::facade::Facade;
use crate::{Config, ServerError, Services};

/// How long running requests may take to finish once the server is to stop.
const GRACE: Duration = Duration::from_secs(30);

/// A Lakebed that has opened its data folder and listens.
#[derive(Debug)]
pub struct Server {
    services: Services,
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Opens the services and starts listening. Needs a multi-threaded Tokio runtime.
    ///
    /// # Errors
    /// If the data folder cannot be used or the address cannot be listened on.
    pub async fn bind(config: Config) -> Result<Self, ServerError> {
        let listen = |source| ServerError::Listen {
            address: config.listen,
            source,
        };
        // The address first: a port that is taken is told before the data folder is touched.
        let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let engines = config
            .engines_dir
            .clone()
            .unwrap_or_else(|| config.settings.data_dir.join("engines"));
        let spark_remote = config.spark_remote.clone();
        let services = Services::open(config)?;
        services.host_scripts(address, ScriptEngines::at(engines), spark_remote);
        Ok(Self {
            services,
            listener,
            address,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The services behind it.
    #[must_use]
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// Serves until `shutdown` is done, then lets running requests finish, for 30 seconds at
    /// most, and stops the services.
    ///
    /// # Errors
    /// If the listener fails.
    pub async fn serve(
        self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServerError> {
        let facade = Arc::new(Facade::new(self.services.clone()));
        let router = Router::new().fallback(Facade::handle).with_state(facade);
        // Without TCP_NODELAY the body of an answer waits for the client to acknowledge its head.
        let listener = self.listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "cannot set TCP_NODELAY");
            }
        });
        let (stopping, stopped) = oneshot::channel();
        let serving = axum::serve(
            listener,
            router.into_make_service_with_connect_info::<SocketAddr>(),
        )
        .with_graceful_shutdown(async move {
            shutdown.await;
            let _ = stopping.send(());
        });
        let out_of_grace = async {
            if stopped.await.is_ok() {
                tokio::time::sleep(GRACE).await;
            } else {
                // Serving has ended by itself.
                std::future::pending::<()>().await;
            }
        };
        let outcome = tokio::select! {
            outcome = serving.into_future() => outcome.map_err(ServerError::Serve),
            () = out_of_grace => {
                tracing::warn!(grace = ?GRACE, "requests still run and are cut off");
                Ok(())
            }
        };
        self.services.shutdown().await;
        outcome
    }
}
