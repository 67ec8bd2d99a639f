//! Summaries of many values that answer questions about them nearly, and can be merged. Trino
//! manual, "HyperLogLog functions", "Set Digest functions", "Quantile digest functions" and
//! "T-Digest functions".
//!
//! Their bytes are not those of Trino's library: a sketch that another engine wrote is refused.

mod building;
mod hashing;
mod hyper_log_log;
mod merging;
mod qdigest;
mod set_digest;
mod tdigest;

use datafusion::logical_expr::{AggregateUDF, ScalarUDF};

use super::array::cardinality::cardinality;
use super::scalar::scalar;

pub(super) fn udfs() -> Vec<ScalarUDF> {
    let with_cardinality = set_digest::cardinality(hyper_log_log::cardinality(cardinality()));
    let value = tdigest::value_at_quantile(qdigest::value_at_quantile(scalar("value_at_quantile")));
    let values =
        tdigest::values_at_quantiles(qdigest::values_at_quantiles(scalar("values_at_quantiles")));
    let mut functions = vec![
        hyper_log_log::empty_approx_set(),
        with_cardinality.udf(),
        value.udf(),
        values.udf(),
    ];
    functions.extend(set_digest::udfs());
    functions
}

pub(super) fn udafs() -> [AggregateUDF; 6] {
    [
        hyper_log_log::approx_set(),
        merging::merge(),
        merging::merge_set_digest(),
        qdigest::qdigest_agg(),
        set_digest::make_set_digest(),
        tdigest::tdigest_agg(),
    ]
}
