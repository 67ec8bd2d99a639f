//! `date_trunc(unit, x) -> [same as input]`: the beginning of the unit. Trino manual, "Date and
//! time functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("date_trunc('month', DATE '2025-01-31')"), "2025-01-01");
//! assert_eq!(evaluate("date_trunc('week', TIMESTAMP '2025-01-31 09:30:00')"), "2025-01-27 00:00:00");
//! assert_eq!(evaluate("date_trunc('minute', TIME '09:30:59')"), "09:30:00");
//! assert_eq!(
//!     evaluate("date_trunc('hour', DATE '2025-01-31')"),
//!     "INVALID_FUNCTION_ARGUMENT: 'hour' is not a valid DATE field"
//! );
//! ```

use arrow::array::ArrayRef;
use chrono::{Datelike, NaiveDate};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::temporal::{Temporal, calendar, midnight, out_of_range, same_as, temporal_overloads};
use super::unit::{Unit, Units};
use crate::functions::scalar::Kind::Varchar;
use crate::functions::scalar::{Call, Date, Returns, scalar};
use crate::types::{Moment, TimeOfDay, ZonedMoment, ZonedTime};

pub(in crate::functions) fn udf() -> ScalarUDF {
    temporal_overloads!(
        scalar("date_trunc"), |kind| [Varchar, kind], Returns::Of(same_as::<1>), date_trunc:
        Date = Date, Time = TimeOfDay, TimeWithZone = ZonedTime, Timestamp = Moment,
        TimestampWithZone = ZonedMoment
    )
    .udf()
}

fn date_trunc<T: Temporal>(call: &Call<'_>) -> Result<ArrayRef> {
    let mut units = Units::of(call)?;
    let values = call.column::<T>(1)?;
    call.collect(|row| {
        let (Some(unit), Some(value)) = (units.get(row)?, values.get(row)) else {
            return Ok(None);
        };
        T::check(unit)?;
        let local = value.local();
        let begin = match unit {
            Unit::Week | Unit::Month | Unit::Quarter | Unit::Year => first_day(local, unit)?,
            unit => {
                let length = unit.micros().unwrap_or(1);
                Moment::from_micros(local.micros.div_euclid(length) * length)
            }
        };
        Ok(Some(value.at_local(begin)))
    })
}

/// Weeks begin on Monday.
fn first_day(local: Moment, unit: Unit) -> Result<Moment> {
    let date = calendar(local)?;
    let month = match unit {
        Unit::Week => {
            let days = i64::from(date.weekday().num_days_from_monday());
            let monday = date.checked_sub_days(chrono::Days::new(days.unsigned_abs()));
            return Ok(midnight(monday.ok_or_else(out_of_range)?));
        }
        Unit::Year => 1,
        Unit::Quarter => date.month0() / 3 * 3 + 1,
        _ => date.month(),
    };
    let first = NaiveDate::from_ymd_opt(date.year(), month, 1);
    Ok(midnight(first.ok_or_else(out_of_range)?))
}
