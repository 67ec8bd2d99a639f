//! `sum(x) -> [same as x]`, of integers a bigint, of decimals one with 38 digits. Null without any.
//! Trino manual, "Aggregate functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("sum(x) FROM (VALUES 1, 2, NULL) t(x)"), "3");
//! assert_eq!(evaluate("typeof(sum(x)) FROM (VALUES 1.5) t(x)"), "decimal(38,1)");
//! assert_eq!(evaluate("typeof(sum(x)) FROM (VALUES REAL '1.5') t(x)"), "real");
//! assert_eq!(evaluate("sum(x) FROM (VALUES INTERVAL '8' MONTH, INTERVAL '7' MONTH) t(x)"), "1-3");
//! assert_eq!(
//!     evaluate("sum(x) FROM (VALUES DECIMAL '99999999999999999999999999999999999999', 1) t(x)"),
//!     "NUMERIC_VALUE_OUT_OF_RANGE: Decimal overflow"
//! );
//! assert_eq!(
//!     evaluate("sum(x) FROM (VALUES 9223372036854775807, 1) t(x)"),
//!     "NUMERIC_VALUE_OUT_OF_RANGE: bigint addition overflow"
//! );
//! ```

use arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use datafusion::functions_aggregate::sum::sum_udaf;
use datafusion::logical_expr::AggregateUDF;

use super::convert::{Types, converted};
use crate::functions::decimal::MAX_PRECISION;

pub(in crate::functions) fn udaf() -> AggregateUDF {
    converted(sum_udaf(), types)
}

fn types(given: &DataType) -> Option<Types> {
    let (counted, answered) = match given {
        // The engine's sums of bigints would begin again from the least.
        DataType::Int64 => (DataType::Decimal128(MAX_PRECISION, 0), DataType::Int64),
        DataType::Decimal128(_, scale) => {
            let sum = DataType::Decimal128(MAX_PRECISION, *scale);
            (sum.clone(), sum)
        }
        DataType::Float64 => (DataType::Float64, DataType::Float64),
        DataType::Float32 => (DataType::Float64, DataType::Float32),
        DataType::Duration(_) => {
            let millis = DataType::Duration(TimeUnit::Millisecond);
            (millis.clone(), millis)
        }
        months @ DataType::Interval(IntervalUnit::YearMonth) => (DataType::Int64, months.clone()),
        DataType::Null => (DataType::Int64, DataType::Int64),
        number if number.is_integer() => (DataType::Int64, DataType::Int64),
        _ => return None,
    };
    Some(Types { counted, answered })
}
