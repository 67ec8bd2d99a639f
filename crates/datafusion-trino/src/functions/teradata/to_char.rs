//! `to_char(timestamp, format) -> varchar`, `to_date(string, format) -> date` and
//! `to_timestamp(string, format) -> timestamp`, by Teradata's formats: `yyyy`, `yy`, `mm`, `dd`,
//! `hh24`, `hh`, `mi`, `ss` and punctuation. Trino manual, "Teradata functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("to_char(TIMESTAMP '1988-04-08 14:15:16', 'yyyy;mm/dd hh24:mi:ss')"),
//!     "1988;04/08 14:15:16");
//! assert_eq!(evaluate("to_date('1988/04/08', 'yyyy/mm/dd')"), "1988-04-08");
//! assert_eq!(evaluate("to_timestamp('1988/04/08;02:03:04', 'yyyy/mm/dd;hh24:mi:ss')"),
//!     "1988-04-08 02:03:04.000");
//! ```

use arrow::array::ArrayRef;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::pattern::TeradataPattern;
use crate::functions::compiled::Compiled;
use crate::functions::scalar::Kind::{Date as DateKind, Timestamp, TimestampWithZone, Varchar};
use crate::functions::scalar::{Call, Date, scalar};
use crate::types::{Moment, ZonedMoment};

pub(in crate::functions) fn udfs() -> [ScalarUDF; 3] {
    [
        scalar("to_char")
            .overload([TimestampWithZone, Varchar], Varchar, to_char)
            .udf(),
        scalar("to_date")
            .overload([Varchar, Varchar], DateKind, |call| {
                let mut patterns = Compiled::with(TeradataPattern::compile);
                call.try_map2(|text: &str, pattern| {
                    let moment = patterns.get(pattern)?.parse(text)?;
                    Ok(Some(Date(moment.days())))
                })
            })
            .udf(),
        scalar("to_timestamp")
            .overload([Varchar, Varchar], Timestamp, |call| {
                let mut patterns = Compiled::with(TeradataPattern::compile);
                call.try_map2(|text: &str, pattern| -> Result<Option<Moment>> {
                    patterns.get(pattern)?.parse(text).map(Some)
                })
            })
            .udf(),
    ]
}

fn to_char(call: &Call<'_>) -> Result<ArrayRef> {
    let mut patterns = Compiled::with(TeradataPattern::compile);
    call.try_map2(|value: ZonedMoment, pattern| {
        let local = value.moment.in_zone(value.zone);
        patterns.get(pattern)?.format(local).map(Some)
    })
}
