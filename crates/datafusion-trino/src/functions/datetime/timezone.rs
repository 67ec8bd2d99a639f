//! `at_timezone(timestamp, zone)`: the same moment on other clocks, which is also what `AT TIME
//! ZONE` means; `with_timezone(timestamp, zone)`: what those clocks show. A zone is a name or an
//! interval. `current_timezone() -> varchar`. Trino manual, "Date and time functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(
//!     evaluate("TIMESTAMP '2025-01-01 00:00:00 UTC' AT TIME ZONE 'Asia/Seoul'"),
//!     "2025-01-01 09:00:00 Asia/Seoul"
//! );
//! assert_eq!(
//!     evaluate("with_timezone(TIMESTAMP '2025-01-01 00:00:00', '+09:00')"),
//!     "2025-01-01 00:00:00 +09:00"
//! );
//! assert_eq!(
//!     evaluate("at_timezone(TIMESTAMP '2025-01-01 00:00:00 UTC', 'Nowhere')"),
//!     "INVALID_FUNCTION_ARGUMENT: 'Nowhere' is not a valid time zone"
//! );
//! ```

use std::collections::HashMap;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::temporal::same_as;
use crate::error::TrinoError;
use crate::functions::scalar::Kind::{
    DayToSecond, TimeWithZone, Timestamp, TimestampWithZone, Varchar,
};
use crate::functions::scalar::{Call, Input, Output, Returns, scalar};
use crate::types::{Milliseconds, Moment, Own, Zone, ZonedMoment, ZonedTime, timestamp_precision};

pub(in crate::functions) fn udfs() -> [ScalarUDF; 3] {
    let same = Returns::Of(same_as::<0>);
    let zoned = Returns::Of(with_zone);
    [
        scalar("at_timezone")
            .overload([TimestampWithZone, Varchar], same, |call| {
                named(call, at_zone)
            })
            .overload([TimestampWithZone, DayToSecond], same, |call| {
                offset(call, at_zone)
            })
            .overload([TimeWithZone, Varchar], same, |call| {
                named(call, time_at_zone)
            })
            .overload([TimeWithZone, DayToSecond], same, |call| {
                offset(call, time_at_zone)
            })
            .udf(),
        scalar("with_timezone")
            .overload([Timestamp, Varchar], zoned, |call| named(call, in_zone))
            .overload([Timestamp, DayToSecond], zoned, |call| {
                offset(call, in_zone)
            })
            .udf(),
        scalar("current_timezone")
            .overload([], Varchar, |call| call.collect(|_| Ok(Some("UTC"))))
            .udf(),
    ]
}

fn with_zone(types: &[DataType]) -> Result<DataType> {
    let precision = timestamp_precision(&types[0]).unwrap_or(3);
    Ok(Own::TimestampWithZone(precision).data_type())
}

fn at_zone(value: ZonedMoment, zone: Zone) -> ZonedMoment {
    ZonedMoment { zone, ..value }
}

/// Zones whose offset changes have that of today.
fn time_at_zone(value: ZonedTime, zone: Zone) -> ZonedTime {
    let now = chrono::Utc::now().timestamp_micros();
    let offset = i16::try_from(zone.offset_at(now) / 60).unwrap_or(0);
    ZonedTime { offset, ..value }
}

fn in_zone(local: Moment, zone: Zone) -> ZonedMoment {
    ZonedMoment {
        moment: local.to_utc(zone),
        zone,
    }
}

fn named<'c, T: Input<'c>, R: Output>(
    call: &'c Call<'_>,
    answer: fn(T, Zone) -> R,
) -> Result<ArrayRef> {
    let mut zones: HashMap<&str, Zone> = HashMap::new();
    call.try_map2(|value: T, name: &str| {
        let zone = match zones.get(name) {
            Some(zone) => *zone,
            None => {
                let zone = zone_of(name)?;
                zones.insert(name, zone);
                zone
            }
        };
        Ok(Some(answer(value, zone)))
    })
}

fn offset<'c, T: Input<'c>, R: Output>(
    call: &'c Call<'_>,
    answer: fn(T, Zone) -> R,
) -> Result<ArrayRef> {
    call.try_map2(|value: T, ahead: Milliseconds| {
        let minutes = i16::try_from(ahead.0 / 60_000).ok();
        let zone = minutes.and_then(Zone::from_offset).ok_or_else(|| {
            TrinoError::invalid_argument(format!("Invalid offset minutes {}", ahead.0 / 60_000))
        })?;
        Ok(Some(answer(value, zone)))
    })
}

/// # Errors
/// `INVALID_FUNCTION_ARGUMENT` if there is no zone of that name.
pub(super) fn zone_of(name: &str) -> Result<Zone> {
    Zone::parse(name)
        .ok_or_else(|| TrinoError::invalid_argument(format!("'{name}' is not a valid time zone")))
}
