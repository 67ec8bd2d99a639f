//! Spark SQL on DataFusion: its names, its casts and its nulls, as far as a job's SQL needs them.

pub(crate) mod cast;
pub(crate) mod coerce;
mod dialect;
pub(crate) mod functions;
mod names;
mod pattern;
mod planner;
mod query;
mod rewrite;

pub(crate) use query::{Alias, run, run_over};
pub(crate) use rewrite::FILE_NAME_COLUMN;
