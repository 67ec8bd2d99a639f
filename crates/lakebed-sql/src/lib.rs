//! Amazon Athena: what does this SQL mean, and what does it answer?
//!
//! A statement is parsed (`statement`), executed (`execute`) by the engine over the catalog's
//! tables (`lake`), and its answer written to the output location (`results`). What a query means is
//! `datafusion-trino`'s to know. `service` is Athena's API around it: workgroups, the queue, the history. `advisor` tells a
//! finished query what would have made it cheaper.
//!
//! This crate knows nothing of HTTP, reads and writes no bytes but through the engine and
//! storage, and keeps no tables of its own: they are Glue's.

mod advisor;
mod error;
mod execute;
mod lake;
mod results;
mod service;
mod statement;

pub use advisor::{Advice, AdviceKind, Report};
pub use datafusion_trino::{ColumnType, Location};
pub use error::{ErrorKind, QueryError};
pub use results::Column;
pub use service::{Athena, QueryAnswer, Quotas};
