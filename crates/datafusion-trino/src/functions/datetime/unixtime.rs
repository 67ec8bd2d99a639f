//! `from_unixtime(seconds) -> timestamp(3) with time zone`, also with a zone's name or an offset
//! in hours and minutes; `from_unixtime_nanos(nanoseconds) -> timestamp(9) with time zone`;
//! `to_unixtime(timestamp) -> double`. Trino manual, "Date and time functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("from_unixtime(1735689600.5)"), "2025-01-01 00:00:00.500 UTC");
//! assert_eq!(evaluate("from_unixtime(0, 'Asia/Seoul')"), "1970-01-01 09:00:00.000 Asia/Seoul");
//! assert_eq!(evaluate("from_unixtime(0, 5, 30)"), "1970-01-01 05:30:00.000 +05:30");
//! assert_eq!(evaluate("from_unixtime_nanos(1)"), "1970-01-01 00:00:00.000000001 UTC");
//! assert_eq!(evaluate("to_unixtime(TIMESTAMP '1970-01-01 00:01:00')"), "60.0");
//! ```

use arrow::array::ArrayRef;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::temporal::{Temporal, out_of_range};
use super::timezone::zone_of;
use crate::error::TrinoError;
use crate::functions::decimal::{divide_rounding, parts, power_of_ten};
use crate::functions::scalar::Kind::{
    Bigint, Decimal, Double, Timestamp, TimestampWithZone, Varchar,
};
use crate::functions::scalar::{Call, Returns, scalar};
use crate::types::{Moment, Own, Zone, ZonedMoment};

pub(in crate::functions) fn udfs() -> [ScalarUDF; 3] {
    let nanos: Returns = Returns::Of(|_| Ok(Own::TimestampWithZone(9).data_type()));
    [
        scalar("from_unixtime")
            .overload([Double], TimestampWithZone, |call| {
                call.try_map1(|seconds: f64| from_seconds(seconds, Zone::UTC).map(Some))
            })
            .overload([Double, Varchar], TimestampWithZone, |call| {
                call.try_map2(|seconds: f64, zone: &str| {
                    from_seconds(seconds, zone_of(zone)?).map(Some)
                })
            })
            .overload([Double, Bigint, Bigint], TimestampWithZone, |call| {
                call.try_map3(|seconds: f64, hours: i64, minutes: i64| {
                    from_seconds(seconds, offset_of(hours, minutes)?).map(Some)
                })
            })
            .udf(),
        scalar("from_unixtime_nanos")
            .overload([Bigint], nanos, |call| {
                call.map1(|nanos: i64| from_nanos(nanos.into()))
            })
            .overload([Decimal], nanos, from_decimal)
            .udf(),
        scalar("to_unixtime")
            .overload([Timestamp], Double, to_seconds::<Moment>)
            .overload([TimestampWithZone], Double, to_seconds::<ZonedMoment>)
            .udf(),
    ]
}

/// To the millisecond.
fn from_seconds(seconds: f64, zone: Zone) -> Result<ZonedMoment> {
    let millis = (seconds * 1_000.0).round();
    if !(-9e15..9e15).contains(&millis) {
        return Err(out_of_range());
    }
    let moment = Moment::from_micros(millis as i64 * 1_000);
    Ok(ZonedMoment { moment, zone })
}

fn offset_of(hours: i64, minutes: i64) -> Result<Zone> {
    let offset = hours
        .checked_mul(60)
        .and_then(|hours| hours.checked_add(minutes));
    offset
        .and_then(|offset| i16::try_from(offset).ok())
        .and_then(Zone::from_offset)
        .ok_or_else(|| {
            TrinoError::invalid_argument(format!(
                "Invalid offset: {hours} hours and {minutes} minutes"
            ))
        })
}

fn from_nanos(nanos: i128) -> ZonedMoment {
    let moment = Moment {
        micros: i64::try_from(nanos.div_euclid(1_000)).unwrap_or(i64::MAX),
        picos: (nanos.rem_euclid(1_000) * 1_000) as i32,
    };
    ZonedMoment {
        moment,
        zone: Zone::UTC,
    }
}

fn from_decimal(call: &Call<'_>) -> Result<ArrayRef> {
    let unit = power_of_ten(parts(call.data_type(0)).1.unsigned_abs().into());
    call.map1(|nanos: i128| from_nanos(divide_rounding(nanos, unit)))
}

fn to_seconds<T: Temporal>(call: &Call<'_>) -> Result<ArrayRef> {
    call.map1(|value: T| {
        let moment = value.instant();
        let micros = moment.micros as f64 / 1e6;
        micros + f64::from(moment.picos) / 1e12
    })
}
