//! Which service is meant, who asks, and what was asked? One HTTP facade on one port for all of
//! Lakebed: it reads requests from the wire, hands them to the service they are for, and writes
//! the answers as AWS does.
//!
//! A request travels like this. The facade gives it an id and finds who says to have signed it
//! (`auth`), then
//! which service it is for (`destination`): the credential scope tells, else `X-Amz-Target`, else
//! the host, and S3 takes the rest. JSON and query requests are read whole and go through the
//! generated dispatch of `lakebed-wire` to the crate that implements the operation
//! (`control_plane`). S3 requests keep their body a stream: it is unwrapped from `aws-chunked`
//! and checked as it flows (`s3::body`), the `s3s` crate reads the protocol, and the adapter
//! hands the operation to `lakebed-storage`. On the way back every answer gets its request id, is
//! counted, logged and published as an event (`facade`).
//!
//! This crate deliberately has no domain rules: what a bucket, a table or a query may be is the
//! business of the crates below. Only STS lives here, since identities are of the wire.

mod answer;
mod auth;
mod authorization;
mod config;
mod control;
mod control_plane;
mod destination;
mod error;
mod facade;
mod leftover;
mod request_ids;
mod s3;
mod server;
mod services;
mod sts;

pub use auth::AuthMode;
pub use config::Config;
pub use error::{IdentitiesError, ServerError};
pub use lakebed_sql::Quotas as AthenaQuotas;
pub use lakebed_storage::LifecycleDay;
pub use server::Server;
pub use services::Services;
