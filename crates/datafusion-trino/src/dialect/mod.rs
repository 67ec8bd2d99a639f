//! From a query's text to an AST that DataFusion plans as Trino would.

pub(crate) mod aggregations;
pub(crate) mod aliases;
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
pub(crate) mod shown;
mod sql_json;
pub(crate) mod tokens;
mod types;
pub(crate) mod values;
pub(crate) mod wildcards;

pub use determinism::is_deterministic;
pub use parse::{ParsedQuery, parse};
pub(crate) use parse::{location, tokens_of};
pub use references::{TableReference, tables};
