//! `MATCH_RECOGNIZE`: runs of rows that a pattern describes. Trino manual, "Pattern matching".
//!
//! The clause is taken out of a query's tokens ([`clause`]) and becomes a subquery whose first
//! item says what the pattern is; [`planner`] plans that subquery as a table which is made while
//! it is scanned ([`execution`]). Patterns are compiled ([`program`]) and matched by
//! backtracking ([`matcher`]), as Trino prefers: leftmost alternatives first.

mod clause;
mod compile;
mod execution;
mod expression;
mod matcher;
mod pattern;
mod planner;
mod program;
mod table;

pub(crate) use clause::rewrite;
pub(crate) use planner::RowPatterns;

/// The function that stands first in the subquery that a clause becomes; its argument tells all
/// that is no expression.
const MARKER: &str = "$match_recognize";

/// Functions that have a meaning within the clause only.
const NAVIGATION: [&str; 7] = [
    "$classifier",
    "$final",
    "$first",
    "$last",
    "$match_number",
    "$next",
    "$prev",
];

/// Whether a function stands for a part of the clause.
pub(crate) fn is_part(name: &str) -> bool {
    name == MARKER || NAVIGATION.contains(&name)
}
