use std::io;
use std::net::SocketAddr;

use lakebed_core::{PlatformError, StoreError};

pub use crate::auth::IdentitiesError;

/// The server cannot start, reset or stop.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The file of identities cannot be used.
    #[error(transparent)]
    Identities(#[from] IdentitiesError),
    /// Signatures are to be verified, and nobody has a secret.
    #[error("signatures cannot be verified without --identities: no access key has a secret")]
    NoIdentities,
    /// The data folder cannot be opened.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// The metadata cannot be read or written.
    #[error("the metadata cannot be used")]
    Metadata(#[from] StoreError),
    /// The buckets cannot be opened or emptied.
    #[error("the buckets cannot be used")]
    Storage(#[from] lakebed_storage::Error),
    /// The crawlers cannot be opened.
    #[error("the Data Catalog cannot be used")]
    Catalog(#[from] lakebed_catalog::Error),
    /// The engine that runs queries and jobs cannot start.
    #[error("the engine cannot start")]
    Engine(#[from] lakebed_engine::EngineError),
    /// The address is taken or not this machine's.
    #[error("cannot listen on {address}")]
    Listen {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    /// The listener failed while serving.
    #[error("serving ended early")]
    Serve(#[source] io::Error),
}
