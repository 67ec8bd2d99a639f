//! From a query's text to an AST that DataFusion plans as Trino would.

mod depth;
mod determinism;
mod grammar;
mod intervals;
mod lambdas;
pub(crate) mod lateral_unnest;
mod literals;
mod names;
mod parameters;
mod parse;
pub(crate) mod references;
mod sql_json;
mod tokens;
mod types;

pub use determinism::is_deterministic;
pub use parse::{ParsedQuery, parse};
pub use references::{TableReference, tables};
