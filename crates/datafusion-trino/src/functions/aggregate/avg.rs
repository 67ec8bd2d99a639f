//! `avg(x) -> [same as x]` of decimals, reals and intervals, `-> double` of other numbers. Decimals
//! are rounded half away from zero. Null without any. Trino manual, "Aggregate functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("avg(x) FROM (VALUES 1.00, 2.00, 2.00) t(x)"), "1.67");
//! assert_eq!(evaluate("avg(x) FROM (VALUES 1, 2, NULL) t(x)"), "1.5");
//! assert_eq!(evaluate("typeof(avg(x)) FROM (VALUES REAL '1') t(x)"), "real");
//! assert_eq!(evaluate("avg(x) FROM (VALUES INTERVAL '1' DAY, INTERVAL '2' DAY) t(x)"), "1 12:00:00.000");
//! ```

use arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use datafusion::functions_aggregate::average::avg_udaf;
use datafusion::logical_expr::AggregateUDF;

use super::convert::{Types, converted};

pub(in crate::functions) fn udaf() -> AggregateUDF {
    converted(avg_udaf(), types)
}

fn types(given: &DataType) -> Option<Types> {
    let (counted, answered) = match given {
        DataType::Decimal128(..) | DataType::Float64 => (given.clone(), given.clone()),
        DataType::Float32 => (DataType::Float64, DataType::Float32),
        DataType::Duration(_) => {
            let millis = DataType::Duration(TimeUnit::Millisecond);
            (millis.clone(), millis)
        }
        months @ DataType::Interval(IntervalUnit::YearMonth) => (DataType::Float64, months.clone()),
        DataType::Null => (DataType::Float64, DataType::Float64),
        number if number.is_integer() => (DataType::Float64, DataType::Float64),
        _ => return None,
    };
    Some(Types { counted, answered })
}
