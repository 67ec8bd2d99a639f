//! Trino's SQL on DataFusion: same query, same rows, same refusals.
//!
//! A query's text is parsed and rewritten to what DataFusion's planner takes for what Trino means
//! ([`parse`], [`plan`]); Trino's functions are registered with a session ([`register`]); values
//! are written in the text form that Athena answers ([`TextColumn`]); and whatever DataFusion
//! refuses is told in Trino's words ([`TrinoError`]).
//!
//! This crate knows nothing of catalogs, storage, or any service: tables are whatever the session
//! has registered. It does not execute statements other than queries.

mod coercion;
mod culprit;
mod decorrelate;
mod dialect;
mod error;
mod evaluate;
mod functions;
mod plan;
mod products;
mod refusals;
mod row_pattern;
mod session;
mod sql_json;
mod text;
mod ties;
mod types;
mod unnest;

pub use dialect::{ParsedQuery, TableReference, is_deterministic, parse, tables};
pub use error::{ErrorCode, Location, TrinoError};
pub use evaluate::evaluate;
pub use plan::{PlannedQuery, plan};
pub use refusals::find_cause;
pub use session::{configured, register};
pub use text::{ColumnType, TextColumn};
pub use types::type_name;
