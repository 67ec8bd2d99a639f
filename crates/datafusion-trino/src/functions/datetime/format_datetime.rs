//! `format_datetime(timestamp, format) -> varchar` and `parse_datetime(text, format) ->
//! timestamp(3) with time zone`: Joda's patterns. Trino manual, "Java date functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(
//!     evaluate("format_datetime(TIMESTAMP '2025-01-31 15:04:05.678', 'EEE d MMM yyyy, h:mm a')"),
//!     "Fri 31 Jan 2025, 3:04 PM"
//! );
//! assert_eq!(
//!     evaluate("parse_datetime('2025-01-31 15:04 +0900', 'yyyy-MM-dd HH:mm Z')"),
//!     "2025-01-31 15:04:00.000 +09:00"
//! );
//! ```

use arrow::array::ArrayRef;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::joda_pattern::JodaPattern;
use super::temporal::naive;
use crate::functions::compiled::Compiled;
use crate::functions::scalar::Kind::{Timestamp, TimestampWithZone, Varchar};
use crate::functions::scalar::{Call, scalar};
use crate::types::{Moment, Zone, ZonedMoment};

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    [
        scalar("format_datetime")
            .overload([Timestamp, Varchar], Varchar, |call| {
                let mut patterns = Compiled::with(JodaPattern::compile);
                call.try_map2(|moment: Moment, pattern: &str| {
                    let zoned = ZonedMoment {
                        moment,
                        zone: Zone::UTC,
                    };
                    format(patterns.get(pattern)?, zoned).map(Some)
                })
            })
            .overload([TimestampWithZone, Varchar], Varchar, |call| {
                let mut patterns = Compiled::with(JodaPattern::compile);
                call.try_map2(|zoned: ZonedMoment, pattern: &str| {
                    format(patterns.get(pattern)?, zoned).map(Some)
                })
            })
            .udf(),
        scalar("parse_datetime")
            .overload([Varchar, Varchar], TimestampWithZone, parse)
            .udf(),
    ]
}

fn format(pattern: &JodaPattern, zoned: ZonedMoment) -> Result<String> {
    let mut text = String::new();
    let local = naive(zoned.moment.in_zone(zoned.zone))?;
    pattern.format(local, zoned, &mut text);
    Ok(text)
}

fn parse(call: &Call<'_>) -> Result<ArrayRef> {
    let mut patterns = Compiled::with(JodaPattern::compile);
    call.try_map2(|text: &str, pattern: &str| patterns.get(pattern)?.parse(text).map(Some))
}
