//! `date_diff(unit, x1, x2) -> bigint`: whole units from the first to the second. Trino manual,
//! "Interval functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("date_diff('day', DATE '2024-02-28', DATE '2024-03-01')"), "2");
//! assert_eq!(evaluate("date_diff('month', DATE '2025-01-31', DATE '2025-02-28')"), "1");
//! assert_eq!(evaluate("date_diff('hour', TIME '10:00:00', TIME '09:01:00')"), "0");
//! ```

use arrow::array::ArrayRef;
use chrono::Datelike;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::temporal::{Temporal, add_months, calendar, temporal_overloads};
use super::unit::{Unit, Units};
use crate::functions::scalar::Kind::{Bigint, Varchar};
use crate::functions::scalar::{Call, Date, scalar};
use crate::types::{Moment, TimeOfDay, ZonedMoment, ZonedTime};

pub(in crate::functions) fn udf() -> ScalarUDF {
    temporal_overloads!(
        scalar("date_diff"), |kind| [Varchar, kind, kind], Bigint, date_diff:
        Date = Date, Time = TimeOfDay, TimeWithZone = ZonedTime, Timestamp = Moment,
        TimestampWithZone = ZonedMoment
    )
    .udf()
}

fn date_diff<T: Temporal>(call: &Call<'_>) -> Result<ArrayRef> {
    let mut units = Units::of(call)?;
    let (from, to) = (call.column::<T>(1)?, call.column::<T>(2)?);
    call.collect(|row| {
        let (Some(unit), Some(from), Some(to)) = (units.get(row)?, from.get(row), to.get(row))
        else {
            return Ok(None);
        };
        T::check(unit)?;
        difference(from, to, unit).map(Some)
    })
}

fn difference<T: Temporal>(from: T, to: T, unit: Unit) -> Result<i64> {
    if let Some(months) = unit.months() {
        return Ok(months_between(from.local(), local_with(from, to))? / months);
    }
    let length = unit.micros().unwrap_or(1);
    let (from, to) = match unit.is_of_time() {
        true => (from.instant(), to.instant()),
        false => (from.local(), local_with(from, to)),
    };
    // The picoseconds may miss a whole unit.
    let micros = to.micros.saturating_sub(from.micros);
    let micros = match () {
        () if micros > 0 && to.picos < from.picos => micros - 1,
        () if micros < 0 && to.picos > from.picos => micros + 1,
        () => micros,
    };
    Ok(micros / length)
}

/// The second on the clocks of the first.
fn local_with<T: Temporal>(from: T, to: T) -> Moment {
    let ahead = from.local().micros - from.instant().micros;
    let instant = to.instant();
    let same_offset = to.local().micros - instant.micros == ahead;
    match same_offset {
        true => to.local(),
        false => Moment {
            micros: instant.micros + ahead,
            ..instant
        },
    }
}

/// Whole months; the last day of a shorter month counts as the day that it does not have.
fn months_between(from: Moment, to: Moment) -> Result<i64> {
    let (first, last) = (calendar(from)?, calendar(to)?);
    let months = (i64::from(last.year()) - i64::from(first.year())) * 12 + i64::from(last.month0())
        - i64::from(first.month0());
    let reached = add_months(from, months)?;
    Ok(match () {
        () if months > 0 && reached > to => months - 1,
        () if months < 0 && reached < to => months + 1,
        () => months,
    })
}
