//! Amazon Athena: what does this SQL mean, and what does it answer?
//!
//! A statement is parsed ([`statement`]), executed ([`execute`]) with the engine over the
//! catalog's tables, and its result written to the output location ([`results`]) in Athena's
//! text form ([`text`]). [`service`] is Athena's API around it: workgroups, the queue, the
//! history of executions.
//!
//! This crate knows nothing of HTTP, reads and writes no bytes but through the engine and
//! storage, and keeps no tables of its own: they are Glue's.

mod error;
mod query;
mod results;
mod statement;
mod text;

pub use error::{ErrorKind, Location, QueryError};
pub use results::Column;
pub use text::ColumnType;
