//! From a query's text to an AST that DataFusion plans as Trino would.

mod depth;
mod determinism;
mod foreign;
mod foreign_tokens;
mod frames;
mod grammar;
mod intervals;
mod lambdas;
mod literals;
mod names;
mod outer_joins;
mod parameters;
mod parse;
pub(crate) mod references;
mod relations;
mod row_subqueries;
mod sql_json;
mod tokens;
mod types;
pub(crate) mod wildcards;

pub use determinism::is_deterministic;
pub use parse::{ParsedQuery, parse};
pub use references::{TableReference, tables};
