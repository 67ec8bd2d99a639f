//! Between dates, times and timestamps. The session's zone is UTC, as on Athena.

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use chrono::Utc;
use datafusion::common::{Result, internal_err};

use super::Family;
use crate::functions::scalar::{Date, Input, Output};
use crate::types::{
    Moment, Own, TimeOfDay, Zone, ZonedMoment, ZonedTime, round_time, timestamp_precision,
};

/// A date or time as far as it says one.
#[derive(Debug, Clone, Copy)]
enum Point {
    Date(i32),
    Time(i64),
    ZonedTime(ZonedTime),
    Moment(Moment),
    Zoned(ZonedMoment),
}

pub(super) fn cast(
    array: &ArrayRef,
    from: Family,
    family: Family,
    to: &DataType,
) -> Result<ArrayRef> {
    match from {
        Family::Date => {
            let dates = Date::column(array)?;
            let point = |row| Date::get(&dates, row).map(|date| Point::Date(date.0));
            convert(array.len(), point, family, to)
        }
        Family::Time => {
            let times = TimeOfDay::column(array)?;
            let point = |row| TimeOfDay::get(&times, row).map(|time| Point::Time(time.0));
            convert(array.len(), point, family, to)
        }
        Family::TimeWithZone => {
            let times = ZonedTime::column(array)?;
            let point = |row| ZonedTime::get(&times, row).map(Point::ZonedTime);
            convert(array.len(), point, family, to)
        }
        Family::Timestamp => {
            let moments = Moment::column(array)?;
            let point = |row| Moment::get(&moments, row).map(Point::Moment);
            convert(array.len(), point, family, to)
        }
        Family::TimestampWithZone => {
            let moments = ZonedMoment::column(array)?;
            let point = |row| ZonedMoment::get(&moments, row).map(Point::Zoned);
            convert(array.len(), point, family, to)
        }
        Family::YearToMonth | Family::DayToSecond => Ok(arrow::compute::cast(array, to)?),
        _ => internal_err!("{} is no date or time", array.data_type()),
    }
}

fn convert(
    rows: usize,
    point: impl Fn(usize) -> Option<Point>,
    family: Family,
    to: &DataType,
) -> Result<ArrayRef> {
    let precision = match Own::of(to) {
        Some(
            Own::Time(precision)
            | Own::TimeWithZone(precision)
            | Own::Timestamp(precision)
            | Own::TimestampWithZone(precision),
        ) => precision,
        _ => timestamp_precision(to).unwrap_or(3),
    };
    match family {
        Family::Date => collect(rows, to, |row| {
            point(row).map(|point| Date(point.local().days()))
        }),
        Family::Time => collect(rows, to, |row| {
            let picos = point(row)?.local().picos_of_day();
            Some(TimeOfDay(round_time(picos, precision)))
        }),
        Family::TimeWithZone => collect(rows, to, |row| {
            let point = point(row)?;
            let picos = round_time(point.local().picos_of_day(), precision);
            Some(ZonedTime::from_local(picos, point.offset()))
        }),
        Family::Timestamp => collect(rows, to, |row| {
            point(row).map(|point| point.local().round(precision))
        }),
        Family::TimestampWithZone => collect(rows, to, |row| {
            let point = point(row)?;
            let zone = point.zone();
            let moment = match point {
                Point::Zoned(zoned) => zoned.moment,
                point => point.local().to_utc(zone),
            };
            Some(ZonedMoment {
                moment: moment.round(precision),
                zone,
            })
        }),
        _ => internal_err!("dates and times are not cast to {to}"),
    }
}

fn collect<R: Output>(
    rows: usize,
    to: &DataType,
    value: impl Fn(usize) -> Option<R>,
) -> Result<ArrayRef> {
    let mut builder = R::builder(rows, to)?;
    for row in 0..rows {
        R::append(value(row), &mut builder);
    }
    Ok(R::finish(builder))
}

impl Point {
    /// What clocks show where it was written; a time is one of today's.
    fn local(self) -> Moment {
        let today = || Moment::from_micros(Utc::now().timestamp_micros()).days();
        match self {
            Self::Date(days) => Moment::from_days(days),
            Self::Time(picos) => Moment::on_day(today(), picos),
            Self::ZonedTime(time) => Moment::on_day(today(), time.local_picos()),
            Self::Moment(moment) => moment,
            Self::Zoned(zoned) => zoned.moment.in_zone(zoned.zone),
        }
    }

    fn zone(self) -> Zone {
        match self {
            Self::Zoned(zoned) => zoned.zone,
            Self::ZonedTime(time) => Zone::from_offset(time.offset).unwrap_or(Zone::UTC),
            _ => Zone::UTC,
        }
    }

    /// In minutes.
    fn offset(self) -> i16 {
        match self {
            Self::Zoned(zoned) => {
                let seconds = zoned.zone.offset_at(zoned.moment.micros);
                i16::try_from(seconds / 60).unwrap_or(0)
            }
            Self::ZonedTime(time) => time.offset,
            _ => 0,
        }
    }
}
