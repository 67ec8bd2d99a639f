//! Aggregates.

mod moments;

use datafusion::logical_expr::AggregateUDF;

pub(crate) use moments::{kurtosis, skewness};

pub(super) fn functions() -> Vec<AggregateUDF> {
    moments::functions()
}
