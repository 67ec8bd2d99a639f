//! `last_day_of_month(x) -> date`. Trino manual, "Date and time functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("last_day_of_month(TIMESTAMP '2024-02-01 09:30:00')"), "2024-02-29");
//! assert_eq!(evaluate("last_day_of_month(CAST(NULL AS date))"), "null");
//! ```

use arrow::array::ArrayRef;
use chrono::Datelike;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::temporal::{Temporal, calendar, out_of_range, temporal_overloads};
use crate::functions::scalar::{Call, Date, Kind, scalar};
use crate::types::{Moment, ZonedMoment};

pub(in crate::functions) fn udf() -> ScalarUDF {
    temporal_overloads!(
        scalar("last_day_of_month"), |kind| [kind], Kind::Date, last_day:
        Date = Date, Timestamp = Moment, TimestampWithZone = ZonedMoment
    )
    .udf()
}

fn last_day<T: Temporal>(call: &Call<'_>) -> Result<ArrayRef> {
    call.try_map1(|value: T| {
        let date = calendar(value.local())?;
        let last = date.with_day(date.num_days_in_month().into());
        Ok(Some(Date(last.ok_or_else(out_of_range)?.to_epoch_days())))
    })
}
