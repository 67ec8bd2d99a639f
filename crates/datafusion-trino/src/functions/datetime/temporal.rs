//! What dates, times and timestamps have in common.

use arrow::datatypes::DataType;
use chrono::{DateTime, Datelike, NaiveDate};
use datafusion::common::Result;

use super::unit::Unit;
use crate::error::{ErrorCode, TrinoError};
use crate::functions::scalar::{Date, Input, Output};
use crate::types::{Moment, TimeOfDay, ZonedMoment, ZonedTime};

/// A date, a time or a timestamp.
pub(in crate::functions) trait Temporal:
    for<'a> Input<'a> + Output + Copy
{
    /// What it is called where a unit does not fit it.
    const NAME: &'static str;

    /// Whether it has such units.
    fn has(unit: Unit) -> bool {
        let _ = unit;
        true
    }

    /// What clocks show there; a time is one of the first day.
    fn local(self) -> Moment;

    /// The same where clocks show something else.
    fn at_local(self, local: Moment) -> Self;

    /// As a moment to measure time from: in UTC if it has a zone.
    fn instant(self) -> Moment {
        self.local()
    }

    /// The same so much later.
    fn after(self, micros: i64) -> Option<Self> {
        let local = self.local();
        let micros = local.micros.checked_add(micros)?;
        Some(self.at_local(Moment { micros, ..local }))
    }

    /// # Errors
    /// `INVALID_FUNCTION_ARGUMENT` for a unit it does not have.
    fn check(unit: Unit) -> Result<()> {
        match Self::has(unit) {
            true => Ok(()),
            false => Err(TrinoError::invalid_argument(format!(
                "'{}' is not a valid {} field",
                unit.name(),
                Self::NAME
            ))),
        }
    }
}

impl Temporal for Date {
    const NAME: &'static str = "DATE";

    fn has(unit: Unit) -> bool {
        !unit.is_of_time()
    }

    fn local(self) -> Moment {
        Moment::from_days(self.0)
    }

    fn at_local(self, local: Moment) -> Self {
        Self(local.days())
    }
}

impl Temporal for TimeOfDay {
    const NAME: &'static str = "TIME";

    fn has(unit: Unit) -> bool {
        unit.is_of_time()
    }

    fn local(self) -> Moment {
        Moment::on_day(0, self.0)
    }

    fn at_local(self, local: Moment) -> Self {
        Self(local.picos_of_day())
    }
}

impl Temporal for ZonedTime {
    const NAME: &'static str = "TIME WITH TIME ZONE";

    fn has(unit: Unit) -> bool {
        unit.is_of_time()
    }

    fn local(self) -> Moment {
        Moment::on_day(0, self.local_picos())
    }

    fn at_local(self, local: Moment) -> Self {
        Self::from_local(local.picos_of_day(), self.offset)
    }

    fn instant(self) -> Moment {
        Moment::on_day(0, self.utc_picos)
    }
}

impl Temporal for Moment {
    const NAME: &'static str = "TIMESTAMP";

    fn local(self) -> Moment {
        self
    }

    fn at_local(self, local: Moment) -> Self {
        local
    }
}

impl Temporal for ZonedMoment {
    const NAME: &'static str = "TIMESTAMP WITH TIME ZONE";

    fn local(self) -> Moment {
        self.moment.in_zone(self.zone)
    }

    fn at_local(self, local: Moment) -> Self {
        Self {
            moment: local.to_utc(self.zone),
            ..self
        }
    }

    fn instant(self) -> Moment {
        self.moment
    }

    /// Hours pass alike in all zones, whatever clocks do meanwhile.
    fn after(self, micros: i64) -> Option<Self> {
        let micros = self.moment.micros.checked_add(micros)?;
        let moment = Moment {
            micros,
            ..self.moment
        };
        Some(Self { moment, ..self })
    }
}

/// The calendar day of a moment.
pub(super) fn calendar(local: Moment) -> Result<NaiveDate> {
    NaiveDate::from_epoch_days(local.days()).ok_or_else(out_of_range)
}

/// The beginning of a calendar day.
pub(super) fn midnight(date: NaiveDate) -> Moment {
    Moment::from_days(date.to_epoch_days())
}

/// The same time so many months later; the last day of the month where it has fewer.
pub(in crate::functions) fn add_months(local: Moment, months: i64) -> Result<Moment> {
    let date = calendar(local)?;
    let months = i64::from(date.year()) * 12 + i64::from(date.month0()) + months;
    let year = i32::try_from(months.div_euclid(12)).map_err(|_| out_of_range())?;
    let month = months.rem_euclid(12) as u32 + 1;
    let day = (1..=date.day())
        .rev()
        .find_map(|day| NaiveDate::from_ymd_opt(year, month, day));
    let day = day.ok_or_else(out_of_range)?;
    Ok(Moment {
        micros: midnight(day).micros + local.micros.rem_euclid(super::unit::DAY),
        ..local
    })
}

pub(in crate::functions) fn out_of_range() -> datafusion::error::DataFusionError {
    TrinoError::new(
        ErrorCode::NumericValueOutOfRange,
        "date or timestamp out of range",
    )
    .into()
}

/// A moment with chrono's fields, for patterns; to the nanosecond.
pub(super) fn naive(local: Moment) -> Result<chrono::NaiveDateTime> {
    let nanos =
        (local.micros.rem_euclid(1_000_000) * 1_000) as u32 + local.picos.unsigned_abs() / 1_000;
    let moment = DateTime::from_timestamp(local.micros.div_euclid(1_000_000), nanos);
    Ok(moment.ok_or_else(out_of_range)?.naive_utc())
}

pub(super) fn from_naive(moment: chrono::NaiveDateTime) -> Moment {
    let moment = moment.and_utc();
    Moment {
        micros: moment.timestamp_micros(),
        picos: (moment.timestamp_subsec_nanos() % 1_000 * 1_000).cast_signed(),
    }
}

/// The type of the argument at a place, as the answer's.
pub(super) fn same_as<const ARGUMENT: usize>(types: &[DataType]) -> Result<DataType> {
    Ok(types[ARGUMENT].clone())
}

/// Declares an overload for each kind of date and time, whose kernel is generic in the value's
/// type.
macro_rules! temporal_overloads {
    ($function:expr, |$kind:ident| $parameters:expr, $returns:expr, $kernel:ident: $($name:ident = $value:ty),*) => {{
        let mut function = $function;
        $({
            let $kind = $crate::functions::scalar::Kind::$name;
            function = function.overload($parameters, $returns, |call| $kernel::<$value>(call));
        })*
        function
    }};
}

pub(super) use temporal_overloads;
