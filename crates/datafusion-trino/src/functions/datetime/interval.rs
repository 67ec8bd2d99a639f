//! `+`, `-`, `*` and `/` where an interval is one of the two, and differences of dates and times.
//! Trino manual, "Date and time functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("DATE '2025-01-31' + INTERVAL '1' MONTH"), "2025-02-28");
//! assert_eq!(evaluate("TIME '23:30:00' + INTERVAL '1' HOUR"), "00:30:00.000");
//! assert_eq!(evaluate("TIMESTAMP '2025-01-02 00:00:00' - TIMESTAMP '2025-01-01 12:00:00'"), "0 12:00:00.000");
//! assert_eq!(evaluate("INTERVAL '1' YEAR * 2.5"), "2-6");
//! assert_eq!(
//!     evaluate("DATE '2025-01-31' + INTERVAL '1' HOUR"),
//!     "INVALID_FUNCTION_ARGUMENT: Cannot add hour, minutes or seconds to a date"
//! );
//! ```

use std::sync::LazyLock;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, IntervalUnit};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::temporal::{Temporal, add_months, out_of_range};
use super::unit::DAY;
use crate::error::{ErrorCode, TrinoError};
use crate::functions::scalar::Kind::{
    self, Bigint, DayToSecond, Double, Time, TimeWithZone, Timestamp, TimestampWithZone,
    YearToMonth,
};
use crate::functions::scalar::{Call, Date, Returns, Scalar, scalar};
use crate::types::{
    Milliseconds, Moment, Months, Own, TimeOfDay, ZonedMoment, ZonedTime, timestamp_precision,
};

/// The constructors that interval literals become.
pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    [
        scalar("$months")
            .overload([Bigint], YearToMonth, |call| {
                call.try_map1(|months: i64| months_of(months).map(Some))
            })
            .udf(),
        scalar("$milliseconds")
            .overload([Bigint], DayToSecond, |call| call.map1(Milliseconds))
            .udf(),
    ]
}

/// The function that an operator is between these types; none if it has nothing to do with
/// intervals.
pub(crate) fn operation(
    operator: &BinaryOperator,
    types: [&DataType; 2],
) -> Option<&'static ScalarUDF> {
    let has_interval = types.iter().any(|data_type| is_interval(data_type));
    let are_moments = types.iter().all(|data_type| is_temporal(data_type));
    match operator {
        BinaryOperator::Plus if has_interval => Some(&PLUS),
        BinaryOperator::Minus if has_interval || are_moments => Some(&MINUS),
        BinaryOperator::Multiply if has_interval => Some(&TIMES),
        BinaryOperator::Divide if has_interval => Some(&OVER),
        _ => None,
    }
}

pub(crate) fn is_interval(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Interval(IntervalUnit::YearMonth) | DataType::Duration(_)
    )
}

fn is_temporal(data_type: &DataType) -> bool {
    let is_own = matches!(
        Own::of(data_type),
        Some(Own::Time(_) | Own::TimeWithZone(_) | Own::TimestampWithZone(_))
    );
    is_own || *data_type == DataType::Date32 || timestamp_precision(data_type).is_some()
}

static PLUS: LazyLock<ScalarUDF> = LazyLock::new(|| {
    let first = Returns::Of(|types| moved(types, 0));
    let second = Returns::Of(|types| moved(types, 1));
    macro_rules! both_ways {
        ($function:expr, $($kind:path = $value:ty, $interval:ident = $kernel:ident;)*) => {{
            let function = $function;
            $(let function = function
                .overload([$kind, $interval], first, |call| $kernel::<$value>(call, 0, 1))
                .overload([$interval, $kind], second, |call| $kernel::<$value>(call, 1, 1));)*
            function
        }};
    }
    let function = both_ways!(
        operator("$plus_interval", "+"),
        Kind::Date = Date, YearToMonth = move_months;
        Kind::Date = Date, DayToSecond = move_days;
        Time = TimeOfDay, DayToSecond = move_time;
        TimeWithZone = ZonedTime, DayToSecond = move_time;
        Timestamp = Moment, YearToMonth = move_months;
        Timestamp = Moment, DayToSecond = move_time;
        TimestampWithZone = ZonedMoment, YearToMonth = move_months;
        TimestampWithZone = ZonedMoment, DayToSecond = move_time;
    );
    function
        .overload([YearToMonth, YearToMonth], YearToMonth, |call| {
            call.try_map2(|a: Months, b: Months| {
                months_of(i64::from(a.0) + i64::from(b.0)).map(Some)
            })
        })
        .overload([DayToSecond, DayToSecond], DayToSecond, |call| {
            call.try_map2(|a: Milliseconds, b: Milliseconds| millis_of(a.0.checked_add(b.0)))
        })
        .udf()
});

static MINUS: LazyLock<ScalarUDF> = LazyLock::new(|| {
    let first = Returns::Of(|types| moved(types, 0));
    operator("$minus_interval", "-")
        .overload([Kind::Date, YearToMonth], first, |call| {
            move_months::<Date>(call, 0, -1)
        })
        .overload([Kind::Date, DayToSecond], first, |call| {
            move_days::<Date>(call, 0, -1)
        })
        .overload([Time, DayToSecond], first, |call| {
            move_time::<TimeOfDay>(call, 0, -1)
        })
        .overload([TimeWithZone, DayToSecond], first, |call| {
            move_time::<ZonedTime>(call, 0, -1)
        })
        .overload([Timestamp, YearToMonth], first, |call| {
            move_months::<Moment>(call, 0, -1)
        })
        .overload([Timestamp, DayToSecond], first, |call| {
            move_time::<Moment>(call, 0, -1)
        })
        .overload([TimestampWithZone, YearToMonth], first, |call| {
            move_months::<ZonedMoment>(call, 0, -1)
        })
        .overload([TimestampWithZone, DayToSecond], first, |call| {
            move_time::<ZonedMoment>(call, 0, -1)
        })
        .overload([Kind::Date, Kind::Date], DayToSecond, difference::<Date>)
        .overload([Time, Time], DayToSecond, difference::<TimeOfDay>)
        .overload(
            [TimeWithZone, TimeWithZone],
            DayToSecond,
            difference::<ZonedTime>,
        )
        .overload([Timestamp, Timestamp], DayToSecond, difference::<Moment>)
        .overload(
            [TimestampWithZone, TimestampWithZone],
            DayToSecond,
            difference::<ZonedMoment>,
        )
        .overload([YearToMonth, YearToMonth], YearToMonth, |call| {
            call.try_map2(|a: Months, b: Months| {
                months_of(i64::from(a.0) - i64::from(b.0)).map(Some)
            })
        })
        .overload([DayToSecond, DayToSecond], DayToSecond, |call| {
            call.try_map2(|a: Milliseconds, b: Milliseconds| millis_of(a.0.checked_sub(b.0)))
        })
        .udf()
});

static TIMES: LazyLock<ScalarUDF> = LazyLock::new(|| {
    operator("$times_interval", "*")
        .overload([YearToMonth, Bigint], YearToMonth, |call| {
            call.try_map2(|interval: Months, times: i64| times_months(interval, times).map(Some))
        })
        .overload([Bigint, YearToMonth], YearToMonth, |call| {
            call.try_map2(|times: i64, interval: Months| times_months(interval, times).map(Some))
        })
        .overload([DayToSecond, Bigint], DayToSecond, |call| {
            call.try_map2(|interval: Milliseconds, times: i64| {
                millis_of(interval.0.checked_mul(times))
            })
        })
        .overload([Bigint, DayToSecond], DayToSecond, |call| {
            call.try_map2(|times: i64, interval: Milliseconds| {
                millis_of(interval.0.checked_mul(times))
            })
        })
        .overload([YearToMonth, Double], YearToMonth, |call| {
            call.try_map2(|interval: Months, times: f64| scale_months(interval, times).map(Some))
        })
        .overload([Double, YearToMonth], YearToMonth, |call| {
            call.try_map2(|times: f64, interval: Months| scale_months(interval, times).map(Some))
        })
        .overload([DayToSecond, Double], DayToSecond, |call| {
            call.try_map2(|interval: Milliseconds, times: f64| {
                scale_millis(interval, times).map(Some)
            })
        })
        .overload([Double, DayToSecond], DayToSecond, |call| {
            call.try_map2(|times: f64, interval: Milliseconds| {
                scale_millis(interval, times).map(Some)
            })
        })
        .udf()
});

static OVER: LazyLock<ScalarUDF> = LazyLock::new(|| {
    operator("$over_interval", "/")
        .overload([YearToMonth, Double], YearToMonth, |call| {
            call.try_map2(|interval: Months, by: f64| {
                scale_months(interval, 1.0 / not_zero(by)?).map(Some)
            })
        })
        .overload([DayToSecond, Double], DayToSecond, |call| {
            call.try_map2(|interval: Milliseconds, by: f64| {
                let millis = interval.0 as f64 / not_zero(by)?;
                scale_millis(Milliseconds(1), millis).map(Some)
            })
        })
        .udf()
});

fn operator(name: &'static str, sign: &'static str) -> Scalar {
    scalar(name).sign(sign)
}

/// The type of the moved date or time: milliseconds are added to what has fewer digits.
fn moved(types: &[DataType], place: usize) -> Result<DataType> {
    let moved = types[place].clone();
    let by_millis = matches!(types[1 - place], DataType::Duration(_));
    if !by_millis {
        return Ok(moved);
    }
    let own = match Own::of(&moved) {
        Some(Own::Time(precision)) => Own::Time(precision.max(3)),
        Some(Own::TimeWithZone(precision)) => Own::TimeWithZone(precision.max(3)),
        Some(Own::Timestamp(precision)) => Own::Timestamp(precision.max(3)),
        Some(Own::TimestampWithZone(precision)) => Own::TimestampWithZone(precision.max(3)),
        _ => match timestamp_precision(&moved) {
            Some(precision) => Own::Timestamp(precision.max(3)),
            None => return Ok(moved),
        },
    };
    Ok(own.data_type())
}

/// The argument at `place` moved by the other one, which is an interval, in a direction.
fn move_months<T: Temporal>(call: &Call<'_>, place: usize, sign: i64) -> Result<ArrayRef> {
    let (values, intervals) = (call.column::<T>(place)?, call.column::<Months>(1 - place)?);
    call.collect(|row| {
        let Some((value, interval)) = values.get(row).zip(intervals.get(row)) else {
            return Ok(None);
        };
        let local = add_months(value.local(), sign * i64::from(interval.0))?;
        Ok(Some(value.at_local(local)))
    })
}

fn move_time<T: Temporal>(call: &Call<'_>, place: usize, sign: i64) -> Result<ArrayRef> {
    let (values, intervals) = (
        call.column::<T>(place)?,
        call.column::<Milliseconds>(1 - place)?,
    );
    call.collect(|row| {
        let Some((value, interval)) = values.get(row).zip(intervals.get(row)) else {
            return Ok(None);
        };
        let micros = interval.0.checked_mul(sign * 1_000);
        let moved = micros.and_then(|micros| value.after(micros));
        moved.map(Some).ok_or_else(out_of_range)
    })
}

fn move_days<T: Temporal>(call: &Call<'_>, place: usize, sign: i64) -> Result<ArrayRef> {
    let intervals = call.column::<Milliseconds>(1 - place)?;
    for row in 0..call.rows() {
        if intervals
            .get(row)
            .is_some_and(|interval| interval.0 % (DAY / 1_000) != 0)
        {
            return Err(TrinoError::invalid_argument(
                "Cannot add hour, minutes or seconds to a date",
            ));
        }
    }
    move_time::<T>(call, place, sign)
}

fn difference<T: Temporal>(call: &Call<'_>) -> Result<ArrayRef> {
    call.map2(|a: T, b: T| {
        let (a, b) = (a.instant(), b.instant());
        Milliseconds(a.micros.div_euclid(1_000) - b.micros.div_euclid(1_000))
    })
}

fn overflow() -> datafusion::error::DataFusionError {
    TrinoError::new(ErrorCode::NumericValueOutOfRange, "interval out of range").into()
}

fn months_of(months: i64) -> Result<Months> {
    match i32::try_from(months) {
        Ok(months) => Ok(Months(months)),
        Err(_) => Err(overflow()),
    }
}

fn millis_of(millis: Option<i64>) -> Result<Option<Milliseconds>> {
    match millis {
        Some(millis) => Ok(Some(Milliseconds(millis))),
        None => Err(overflow()),
    }
}

fn times_months(interval: Months, times: i64) -> Result<Months> {
    let months = i64::from(interval.0).checked_mul(times);
    months_of(months.ok_or_else(overflow)?)
}

fn scale_months(interval: Months, times: f64) -> Result<Months> {
    check_number(times)?;
    months_of((f64::from(interval.0) * times) as i64)
}

fn scale_millis(interval: Milliseconds, times: f64) -> Result<Milliseconds> {
    check_number(times)?;
    Ok(Milliseconds((interval.0 as f64 * times) as i64))
}

fn check_number(times: f64) -> Result<()> {
    match times.is_nan() {
        true => Err(TrinoError::invalid_argument(
            "Cannot multiply by double NaN",
        )),
        false => Ok(()),
    }
}

fn not_zero(by: f64) -> Result<f64> {
    match by {
        by if by.is_nan() => Err(TrinoError::invalid_argument("Cannot divide by double NaN")),
        0.0 => Err(TrinoError::new(ErrorCode::DivisionByZero, "Division by zero").into()),
        by => Ok(by),
    }
}
