//! DataFusion's functions that Trino does not have. They stay registered, since DataFusion's own
//! plans use them, but a query that names one is refused as Trino would refuse it.

use std::collections::HashSet;
use std::sync::LazyLock;

use datafusion::execution::SessionStateDefaults;

use super::{aggregate_functions, higher_order_functions, scalar_functions};

/// DataFusion's functions that Trino has under the same name, and names that are replaced before
/// DataFusion sees them.
const SHARED: &[&str] = &[
    "any_value",
    "array_agg",
    "bool_and",
    "bool_or",
    "coalesce",
    "concat",
    "corr",
    "count",
    "covar_pop",
    "covar_samp",
    "cume_dist",
    "current_date",
    "current_time",
    "current_timestamp",
    "date",
    "dense_rank",
    "first_value",
    "grouping",
    "lag",
    "last_value",
    "lead",
    "map",
    "max",
    "min",
    "now",
    "nth_value",
    "ntile",
    "nullif",
    "percent_rank",
    "rank",
    "regr_intercept",
    "regr_slope",
    "row",
    "row_number",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "var_pop",
    "var_samp",
];

static FOREIGN: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let mut names = HashSet::new();
    let mut add = |name: &str, aliases: &[String]| {
        names.insert(name.to_owned());
        names.extend(aliases.iter().cloned());
    };
    for function in SessionStateDefaults::default_scalar_functions() {
        add(function.name(), function.aliases());
    }
    for function in SessionStateDefaults::default_higher_order_functions() {
        add(function.name(), function.aliases());
    }
    for function in SessionStateDefaults::default_aggregate_functions() {
        add(function.name(), function.aliases());
    }
    for function in SessionStateDefaults::default_window_functions() {
        add(function.name(), function.aliases());
    }
    let scalar = scalar_functions();
    let (higher_order, aggregate) = (higher_order_functions(), aggregate_functions());
    let ours = scalar.iter().map(|function| function.name());
    let ours = ours.chain(higher_order.iter().map(|function| function.name()));
    let ours = ours.chain(aggregate.iter().map(|function| function.name()));
    for name in ours.chain(SHARED.iter().copied()) {
        names.remove(name);
    }
    names
});

/// Whether DataFusion has a function of this name, in small letters, and Trino has none.
pub(crate) fn is_foreign(name: &str) -> bool {
    FOREIGN.contains(name)
}
