//! Queries: from text to a plan, as Trino understands it.

mod depth;
mod determinism;
mod dialect;
mod errors;
pub(crate) mod hidden_columns;
mod lateral_unnest;
mod literals;
mod names;
mod parameters;
mod parse;
mod plan;
mod references;
mod tokens;

pub(crate) use determinism::is_deterministic;
pub(crate) use errors::query_error;
pub(crate) use parse::parse;
pub(crate) use plan::{PlannedQuery, plan};
pub(crate) use references::{TableReference, tables};
