//! `merge(HyperLogLog)`, `merge(tdigest)`, `merge(qdigest(T))` and `merge_set_digest(setdigest)`: one
//! sketch of all the values that several summarize.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! let sets = "(SELECT approx_set(x) s FROM (VALUES 1, 2) t(x) UNION ALL SELECT approx_set(2))";
//! assert_eq!(evaluate(&format!("cardinality(merge(s)) FROM {sets}")), "2");
//! ```

use datafusion::logical_expr::AggregateUDF;

use super::building::{Building, merge_column};
use super::hyper_log_log::HyperLogLog;
use super::qdigest::QDigest;
use super::set_digest::{self, SetDigest};
use super::tdigest::TDigest;
use crate::functions::aggregate::aggregate;
use crate::functions::scalar::Kind;
use crate::types::Sketch;

pub(super) fn merge() -> AggregateUDF {
    let [sets, tdigests] = [Sketch::HyperLogLog, Sketch::TDigest].map(Kind::Sketch);
    let mut function = aggregate("merge")
        .overload([sets], sets, Building(merge_column::<HyperLogLog>))
        .overload([tdigests], tdigests, Building(merge_column::<TDigest>));
    for sketch in [
        Sketch::QDigestBigint,
        Sketch::QDigestReal,
        Sketch::QDigestDouble,
    ] {
        let kind = Kind::Sketch(sketch);
        function = function.overload([kind], kind, Building(merge_column::<QDigest>));
    }
    function.udaf()
}

pub(super) fn merge_set_digest() -> AggregateUDF {
    let kind = set_digest::KIND;
    aggregate("merge_set_digest")
        .overload([kind], kind, Building(merge_column::<SetDigest>))
        .udaf()
}
