//! `date_format(timestamp, format) -> varchar` and `date_parse(text, format) -> timestamp(3)`:
//! MySQL's date patterns. Trino manual, "MySQL date functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("date_format(TIMESTAMP '2025-01-31 09:30:00', '%Y/%m/%d %h:%i %p')"), "2025/01/31 09:30 AM");
//! assert_eq!(evaluate("date_parse('2025-01-31 9:30', '%Y-%m-%d %k:%i')"), "2025-01-31 09:30:00.000");
//! assert_eq!(
//!     evaluate("date_parse('2025', '%Y-%m')"),
//!     "INVALID_FUNCTION_ARGUMENT: Invalid format: \"2025\" is too short"
//! );
//! ```

use arrow::array::ArrayRef;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::mysql_pattern::MysqlPattern;
use super::temporal::{Temporal, from_naive, naive};
use crate::functions::compiled::Compiled;
use crate::functions::scalar::Kind::{Timestamp, TimestampWithZone, Varchar};
use crate::functions::scalar::{Call, scalar};
use crate::types::{Moment, ZonedMoment};

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    [
        scalar("date_format")
            .overload([Timestamp, Varchar], Varchar, date_format::<Moment>)
            .overload(
                [TimestampWithZone, Varchar],
                Varchar,
                date_format::<ZonedMoment>,
            )
            .udf(),
        scalar("date_parse")
            .overload([Varchar, Varchar], Timestamp, date_parse)
            .udf(),
    ]
}

fn date_format<T: Temporal>(call: &Call<'_>) -> Result<ArrayRef> {
    let mut patterns = Compiled::with(MysqlPattern::compile);
    call.try_map2(|value: T, pattern: &str| {
        let mut text = String::new();
        patterns
            .get(pattern)?
            .format(naive(value.local())?, &mut text);
        Ok(Some(text))
    })
}

fn date_parse(call: &Call<'_>) -> Result<ArrayRef> {
    let mut patterns = Compiled::with(MysqlPattern::compile);
    call.try_map2(|text: &str, pattern: &str| {
        Ok(Some(from_naive(patterns.get(pattern)?.parse(text)?)))
    })
}
