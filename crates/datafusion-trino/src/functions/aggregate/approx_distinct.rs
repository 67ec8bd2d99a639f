//! `approx_distinct(x[, e]) -> bigint`: about how many different values there are. The standard
//! error `e` that is asked for is not less than the one there is. Trino manual, "Approximate
//! aggregate functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("approx_distinct(x) FROM (VALUES 1.5e0, 2.5e0, 2.5e0, NULL) t(x)"), "2");
//! assert_eq!(evaluate("approx_distinct(x, 0.01) FROM (VALUES 'a', 'b') t(x)"), "2");
//! assert_eq!(evaluate("approx_distinct(x) FROM (VALUES 1) t(x) WHERE false"), "0");
//! ```

use arrow::datatypes::DataType;
use datafusion::functions_aggregate::approx_distinct::approx_distinct_udaf;
use datafusion::logical_expr::AggregateUDF;

use super::convert::{Types, converted};

/// The standard errors that can be asked for.
pub(super) const ERRORS: std::ops::RangeInclusive<f64> = 0.004_062_5..=0.26;

pub(in crate::functions) fn udaf() -> AggregateUDF {
    converted(approx_distinct_udaf(), types)
}

fn types(given: &DataType) -> Option<Types> {
    let counted = match given {
        // The engine counts no floating point numbers.
        DataType::Float32 | DataType::Float64 => DataType::Utf8,
        other => other.clone(),
    };
    let answered = DataType::Int64;
    Some(Types { counted, answered })
}
