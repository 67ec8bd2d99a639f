//! `date_add(unit, value, x) -> [same as input]`: so many units later. Trino manual, "Interval
//! functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("date_add('month', 1, DATE '2025-01-31')"), "2025-02-28");
//! assert_eq!(evaluate("date_add('hour', -1, TIME '00:30:00')"), "23:30:00");
//! assert_eq!(
//!     evaluate("date_add('day', 1, TIMESTAMP '2024-11-02 12:00:00 America/New_York')"),
//!     "2024-11-03 12:00:00 America/New_York"
//! );
//! ```

use arrow::array::ArrayRef;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::temporal::{Temporal, add_months, out_of_range, same_as, temporal_overloads};
use super::unit::{Unit, Units};
use crate::functions::scalar::Kind::{Bigint, Varchar};
use crate::functions::scalar::{Call, Date, Returns, scalar};
use crate::types::{Moment, TimeOfDay, ZonedMoment, ZonedTime};

pub(in crate::functions) fn udf() -> ScalarUDF {
    temporal_overloads!(
        scalar("date_add"), |kind| [Varchar, Bigint, kind], Returns::Of(same_as::<2>), date_add:
        Date = Date, Time = TimeOfDay, TimeWithZone = ZonedTime, Timestamp = Moment,
        TimestampWithZone = ZonedMoment
    )
    .udf()
}

fn date_add<T: Temporal>(call: &Call<'_>) -> Result<ArrayRef> {
    let mut units = Units::of(call)?;
    let (counts, values) = (call.column::<i64>(1)?, call.column::<T>(2)?);
    call.collect(|row| {
        let (Some(unit), Some(count), Some(value)) =
            (units.get(row)?, counts.get(row), values.get(row))
        else {
            return Ok(None);
        };
        T::check(unit)?;
        add(value, unit, count).map(Some)
    })
}

/// Days are the calendar's, whose clocks then show the same; hours are hours.
fn add<T: Temporal>(value: T, unit: Unit, count: i64) -> Result<T> {
    if let Some(months) = unit.months() {
        let months = months.checked_mul(count).ok_or_else(out_of_range)?;
        return Ok(value.at_local(add_months(value.local(), months)?));
    }
    let micros = unit.micros().and_then(|length| length.checked_mul(count));
    let micros = micros.ok_or_else(out_of_range)?;
    if unit.is_of_time() {
        return value.after(micros).ok_or_else(out_of_range);
    }
    let local = value.local();
    let later = local.micros.checked_add(micros).ok_or_else(out_of_range)?;
    Ok(value.at_local(Moment {
        micros: later,
        ..local
    }))
}
