//! Dates and timestamps of any unit as calendar moments, and back.

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimeUnit};
use chrono::{DateTime, NaiveDateTime};
use datafusion::common::Result;

use crate::error::TrinoError;

/// A column of dates or timestamps.
pub(super) struct Moments {
    ticks: PrimitiveArray<Int64Type>,
    /// Nanoseconds in a tick.
    tick: i64,
}

const DAY: i64 = 86_400_000_000_000;

impl Moments {
    pub(super) fn of(array: &ArrayRef) -> Result<Self> {
        let (array, tick) = match array.data_type() {
            DataType::Date32 => (cast(array, &DataType::Int32)?, DAY),
            DataType::Timestamp(unit, _) => (array.clone(), nanos(*unit)),
            other => {
                return Err(TrinoError::wrong_types(format!(
                    "expected a date or a timestamp, got {other}"
                )));
            }
        };
        Ok(Self {
            ticks: cast(&array, &DataType::Int64)?.as_primitive().clone(),
            tick,
        })
    }

    pub(super) fn get(&self, row: usize) -> Option<NaiveDateTime> {
        if self.ticks.is_null(row) {
            return None;
        }
        let ticks = self.ticks.value(row);
        let per_second = 1_000_000_000 / self.tick.min(1_000_000_000);
        let seconds = match self.tick {
            DAY => ticks.checked_mul(86_400)?,
            _ => ticks.div_euclid(per_second),
        };
        let nanos = match self.tick {
            DAY => 0,
            tick => ticks.rem_euclid(per_second) * tick,
        };
        Some(DateTime::from_timestamp(seconds, u32::try_from(nanos).ok()?)?.naive_utc())
    }
}

fn nanos(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    }
}

/// The moments as a column of `data_type`, a date or a timestamp.
pub(super) fn to_array(
    moments: Vec<Option<NaiveDateTime>>,
    data_type: &DataType,
) -> Result<ArrayRef> {
    let ticks: PrimitiveArray<Int64Type> = match data_type {
        DataType::Timestamp(unit, _) => {
            let per_milli = 1_000_000 / nanos(*unit).min(1_000_000);
            let milli_per_tick = (nanos(*unit) / 1_000_000).max(1);
            moments
                .into_iter()
                .map(|moment| {
                    let moment = moment?.and_utc();
                    let below = i64::from(moment.timestamp_subsec_nanos() % 1_000_000);
                    let millis = moment.timestamp_millis();
                    match per_milli {
                        1 => Some(millis.div_euclid(milli_per_tick)),
                        _ => millis
                            .checked_mul(per_milli)?
                            .checked_add(below / nanos(*unit)),
                    }
                })
                .collect()
        }
        _ => moments
            .into_iter()
            .map(|moment| Some(moment?.and_utc().timestamp().div_euclid(86_400)))
            .collect(),
    };
    let ticks: ArrayRef = match data_type {
        DataType::Date32 => cast(&ticks, &DataType::Int32)?,
        _ => std::sync::Arc::new(ticks),
    };
    Ok(cast(&ticks, data_type)?)
}
