//! Amazon Athena: what does this SQL mean, and what does it answer?
//!
//! A statement is parsed (`statement`), executed (`execute`) by the engine over the catalog's
//! tables (`lake`), and its answer written to the output location (`results`) in Athena's text
//! form (`text`). Queries are sqlparser's and DataFusion's, taught Trino's ways (`query`,
//! `functions`). `service` is Athena's API around it: workgroups, the queue, the history. `advisor` tells a
//! finished query what would have made it cheaper.
//!
//! This crate knows nothing of HTTP, reads and writes no bytes but through the engine and
//! storage, and keeps no tables of its own: they are Glue's.

mod advisor;
mod error;
mod execute;
mod functions;
mod lake;
mod query;
mod results;
mod service;
mod statement;
mod text;

pub use advisor::{Advice, AdviceKind, Report};
pub use error::{ErrorKind, Location, QueryError};
pub use results::Column;
pub use service::{Athena, QueryAnswer, Quotas};
pub use text::ColumnType;
