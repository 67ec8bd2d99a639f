//! What is formatted.

use std::fmt;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int64Type};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use datafusion::common::Result;

use crate::error::TrinoError;
use crate::functions::conversion::cast::{cast_array, has_cast};
use crate::functions::scalar::Input;
use crate::text::write_float;
use crate::types::json::write_decimal;
use crate::types::{Moment, Own, TimeOfDay, Zone, ZonedMoment, type_name};

/// A value as Java has it.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Boolean(bool),
    Long(i64),
    Float(f32),
    Double(f64),
    Decimal(i128, usize),
    Text(String),
    Date(NaiveDate),
    Time(NaiveTime),
    Timestamp(NaiveDateTime),
    Zoned(NaiveDateTime, Zone, i64),
}

/// A column of arguments.
pub(super) enum Column {
    Null,
    Boolean(BooleanArray),
    Long(PrimitiveArray<Int64Type>),
    Float(PrimitiveArray<Float32Type>),
    Double(PrimitiveArray<Float64Type>),
    Decimal(PrimitiveArray<Decimal128Type>),
    Date(PrimitiveArray<Date32Type>),
    Time(ArrayRef),
    Timestamp(ArrayRef),
    Zoned(ArrayRef),
    Text(ArrayRef),
}

fn primitive<T: ArrowPrimitiveType>(array: &ArrayRef) -> Result<PrimitiveArray<T>> {
    Ok(cast(array, &T::DATA_TYPE)?.as_primitive().clone())
}

impl Column {
    /// # Errors
    /// `TYPE_MISMATCH` for values that have no text.
    pub(super) fn of(array: &ArrayRef) -> Result<Self> {
        let whole = ArrayRef::clone(array);
        if !has_cast(array.data_type(), &DataType::Utf8) {
            return Err(TrinoError::wrong_types(format!(
                "Cannot cast {} to varchar",
                type_name(array.data_type())
            )));
        }
        Ok(match Own::of(array.data_type()) {
            Some(Own::Time(_)) => Self::Time(whole),
            Some(Own::Timestamp(_)) => Self::Timestamp(whole),
            Some(Own::TimestampWithZone(_)) => Self::Zoned(whole),
            Some(_) => Self::Text(cast_array(array, &DataType::Utf8)?),
            None => match array.data_type() {
                DataType::Null => Self::Null,
                DataType::Boolean => Self::Boolean(array.as_boolean().clone()),
                DataType::Float32 => Self::Float(primitive(array)?),
                DataType::Float64 => Self::Double(primitive(array)?),
                DataType::Decimal128(..) => Self::Decimal(array.as_primitive().clone()),
                DataType::Date32 => Self::Date(primitive(array)?),
                DataType::Timestamp(_, None) => Self::Timestamp(whole),
                other if other.is_integer() => Self::Long(primitive(array)?),
                _ => Self::Text(cast_array(array, &DataType::Utf8)?),
            },
        })
    }

    /// # Errors
    /// `INVALID_FUNCTION_ARGUMENT` for a year far beyond all calendars.
    pub(super) fn value(&self, row: usize) -> Result<Value> {
        let value = match self {
            Self::Null => None,
            Self::Boolean(values) => values
                .is_valid(row)
                .then(|| Value::Boolean(values.value(row))),
            Self::Long(values) => values.is_valid(row).then(|| Value::Long(values.value(row))),
            Self::Float(values) => values
                .is_valid(row)
                .then(|| Value::Float(values.value(row))),
            Self::Double(values) => values
                .is_valid(row)
                .then(|| Value::Double(values.value(row))),
            Self::Decimal(values) => values.is_valid(row).then(|| {
                let scale = usize::from(values.scale().unsigned_abs());
                Value::Decimal(values.value(row), scale)
            }),
            Self::Date(values) => match values.is_valid(row) {
                true => Some(Value::Date(
                    naive(Moment::from_days(values.value(row)))?.date(),
                )),
                false => None,
            },
            Self::Time(values) => read::<TimeOfDay>(values, row)?.map(|TimeOfDay(picos)| {
                let nanos = picos.unsigned_abs() / 1_000;
                let (seconds, nanos) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
                // A time of day has fewer seconds than a day.
                let time = NaiveTime::from_num_seconds_from_midnight_opt(
                    u32::try_from(seconds).unwrap_or_default(),
                    u32::try_from(nanos).unwrap_or_default(),
                );
                Value::Time(time.unwrap_or_default())
            }),
            Self::Timestamp(values) => match read::<Moment>(values, row)? {
                Some(moment) => Some(Value::Timestamp(naive(moment)?)),
                None => None,
            },
            Self::Zoned(values) => match read::<ZonedMoment>(values, row)? {
                Some(ZonedMoment { moment, zone }) => {
                    let local = naive(moment.in_zone(zone))?;
                    Some(Value::Zoned(local, zone, zone.offset_at(moment.micros)))
                }
                None => None,
            },
            Self::Text(values) => {
                read::<&str>(values, row)?.map(|text| Value::Text(text.to_owned()))
            }
        };
        Ok(value.unwrap_or(Value::Null))
    }
}

fn read<'a, T: Input<'a>>(array: &'a ArrayRef, row: usize) -> Result<Option<T>> {
    Ok(T::get(&T::column(array)?, row))
}

fn naive(moment: Moment) -> Result<NaiveDateTime> {
    chrono::DateTime::from_timestamp_micros(moment.micros)
        .map(|utc| utc.naive_utc())
        .and_then(|local| {
            let nanos = local.nanosecond() + u32::try_from(moment.picos / 1_000).ok()?;
            local.with_nanosecond(nanos)
        })
        .ok_or_else(|| TrinoError::invalid_argument("timestamp is out of range"))
}

impl Value {
    /// The name in Java's messages.
    pub(super) fn java_class(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "java.lang.Boolean",
            Self::Long(_) => "java.lang.Long",
            Self::Float(_) => "java.lang.Float",
            Self::Double(_) => "java.lang.Double",
            Self::Decimal(..) => "java.math.BigDecimal",
            Self::Text(_) => "java.lang.String",
            Self::Date(_) => "java.time.LocalDate",
            Self::Time(_) => "java.time.LocalTime",
            Self::Timestamp(_) => "java.time.LocalDateTime",
            Self::Zoned(..) => "java.time.ZonedDateTime",
        }
    }

    /// Java's hash code, of the types whose hash code is documented.
    pub(super) fn hash(&self) -> Option<i32> {
        // The halves of 64 bits.
        let fold = |bits: u64| ((bits ^ (bits >> 32)) & 0xFFFF_FFFF) as u32 as i32;
        Some(match self {
            Self::Boolean(true) => 1231,
            Self::Boolean(false) => 1237,
            Self::Long(value) => fold(value.cast_unsigned()),
            Self::Double(value) => fold(value.to_bits()),
            Self::Float(value) => value.to_bits().cast_signed(),
            Self::Text(text) => text.encode_utf16().fold(0, |hash: i32, unit| {
                hash.wrapping_mul(31).wrapping_add(i32::from(unit))
            }),
            _ => return None,
        })
    }
}

/// Java's `toString`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        match self {
            Self::Null => out.push_str("null"),
            Self::Boolean(value) => return write!(f, "{value}"),
            Self::Long(value) => return write!(f, "{value}"),
            Self::Float(value) => write_float(*value, &mut out),
            Self::Double(value) => write_float(*value, &mut out),
            Self::Decimal(unscaled, scale) => write_decimal(*unscaled, *scale, &mut out),
            Self::Text(text) => return f.write_str(text),
            Self::Date(date) => return write_date(*date, f),
            Self::Time(time) => return write_time(*time, f),
            Self::Timestamp(local) => return write_local(*local, f),
            Self::Zoned(local, zone, offset) => {
                write_local(*local, f)?;
                let (sign, offset) = (if *offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
                let (hours, minutes, seconds) = (offset / 3600, offset / 60 % 60, offset % 60);
                match (offset, seconds) {
                    (0, _) => f.write_str("Z")?,
                    (_, 0) => write!(f, "{sign}{hours:02}:{minutes:02}")?,
                    _ => write!(f, "{sign}{hours:02}:{minutes:02}:{seconds:02}")?,
                }
                let name = zone.name();
                return match name.starts_with(['+', '-']) {
                    true => Ok(()),
                    false => write!(f, "[{name}]"),
                };
            }
        }
        f.write_str(&out)
    }
}

fn write_local(local: NaiveDateTime, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write_date(local.date(), f)?;
    f.write_str("T")?;
    write_time(local.time(), f)
}

fn write_date(date: NaiveDate, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    use chrono::Datelike;
    let year = date.year();
    let sign = match year {
        ..0 => "-",
        10_000.. => "+",
        _ => "",
    };
    let (month, day) = (date.month(), date.day());
    write!(f, "{sign}{:04}-{month:02}-{day:02}", year.unsigned_abs())
}

/// Without what is zero at the end, in steps of three digits of a second's fraction.
fn write_time(time: NaiveTime, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{:02}:{:02}", time.hour(), time.minute())?;
    let (seconds, nanos) = (time.second(), time.nanosecond());
    if seconds == 0 && nanos == 0 {
        return Ok(());
    }
    write!(f, ":{seconds:02}")?;
    match nanos {
        0 => Ok(()),
        nanos if nanos % 1_000_000 == 0 => write!(f, ".{:03}", nanos / 1_000_000),
        nanos if nanos % 1_000 == 0 => write!(f, ".{:06}", nanos / 1_000),
        nanos => write!(f, ".{nanos:09}"),
    }
}
