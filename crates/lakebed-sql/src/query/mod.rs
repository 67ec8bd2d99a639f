//! Queries: from text to a plan, as Trino understands it.

mod dialect;
mod names;
mod parse;
mod tokens;

pub(crate) use parse::{ParsedQuery, parse};
