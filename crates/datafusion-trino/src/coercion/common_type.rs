//! The type that two types have in common.

use std::cmp::max;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, TimeUnit};

use crate::functions::decimal::MAX_PRECISION;
use crate::types::{MAX_CHAR_LENGTH, Own, timestamp_precision};

/// The type that values of both types become without loss of meaning, if there is one.
pub(crate) fn common_type(a: &DataType, b: &DataType) -> Option<DataType> {
    if a == b {
        return Some(a.clone());
    }
    if let Some(common) = common_own(a, b) {
        return common;
    }
    match (a, b) {
        (DataType::Null, other) | (other, DataType::Null) => Some(other.clone()),
        (DataType::Dictionary(_, values), other) | (other, DataType::Dictionary(_, values)) => {
            common_type(values, other)
        }
        _ if a.is_numeric() && b.is_numeric() => common_number(a, b),
        _ if is_text(a) && is_text(b) => Some(wider_text(a, b)),
        _ if is_binary(a) && is_binary(b) => Some(wider_binary(a, b)),
        (DataType::Date32, moment @ DataType::Timestamp(..))
        | (moment @ DataType::Timestamp(..), DataType::Date32) => Some(moment.clone()),
        (DataType::Timestamp(p, zone), DataType::Timestamp(q, other)) => {
            let zone = zone.clone().or_else(|| other.clone());
            Some(DataType::Timestamp(finer(*p, *q), zone))
        }
        (DataType::Time32(p) | DataType::Time64(p), DataType::Time32(q) | DataType::Time64(q)) => {
            let unit = finer(*p, *q);
            Some(match unit {
                TimeUnit::Second | TimeUnit::Millisecond => DataType::Time32(unit),
                TimeUnit::Microsecond | TimeUnit::Nanosecond => DataType::Time64(unit),
            })
        }
        (DataType::Interval(_), DataType::Interval(_)) => None,
        _ => match (element(a), element(b)) {
            (Some(one), Some(other)) => {
                let common = common_type(one.data_type(), other.data_type())?;
                Some(DataType::new_list(common, true))
            }
            _ => common_container(a, b),
        },
    }
}

/// The same where a type of Trino's own is one of the two; none if there is none.
fn common_own(a: &DataType, b: &DataType) -> Option<Option<DataType>> {
    use Own::{Char, Time, TimeWithZone, Timestamp, TimestampWithZone};
    let common = match (temporal(a), temporal(b)) {
        (Some(Time(p)), Some(Time(q))) => Time(max(p, q)),
        (Some(Time(p) | TimeWithZone(p)), Some(Time(q) | TimeWithZone(q))) => {
            TimeWithZone(max(p, q))
        }
        (Some(Timestamp(p)), Some(Timestamp(q))) => Timestamp(max(p, q)),
        (Some(Timestamp(p) | TimestampWithZone(p)), Some(Timestamp(q) | TimestampWithZone(q))) => {
            TimestampWithZone(max(p, q))
        }
        (Some(moment @ (Timestamp(_) | TimestampWithZone(_))), None) if *b == DataType::Date32 => {
            moment
        }
        (None, Some(moment @ (Timestamp(_) | TimestampWithZone(_)))) if *a == DataType::Date32 => {
            moment
        }
        (Some(_), _) if b.is_null() => return Some(Some(a.clone())),
        (_, Some(_)) if a.is_null() => return Some(Some(b.clone())),
        (Some(_), _) | (_, Some(_)) => return Some(None),
        (None, None) => match (Own::of(a), Own::of(b)) {
            (Some(Char(m)), Some(Char(n))) => Char(max(m, n)),
            // Blanks at the end of the text do not count.
            (Some(Char(_)), None) if is_text(b) => Char(MAX_CHAR_LENGTH),
            (None, Some(Char(_))) if is_text(a) => Char(MAX_CHAR_LENGTH),
            (Some(_), _) if b.is_null() => return Some(Some(a.clone())),
            (_, Some(_)) if a.is_null() => return Some(Some(b.clone())),
            (Some(_), _) | (_, Some(_)) => return Some(None),
            (None, None) => return None,
        },
    };
    Some(Some(common.data_type()))
}

/// A time or timestamp, with or without zone.
fn temporal(data_type: &DataType) -> Option<Own> {
    match Own::of(data_type) {
        Some(
            own @ (Own::Time(_)
            | Own::TimeWithZone(_)
            | Own::Timestamp(_)
            | Own::TimestampWithZone(_)),
        ) => Some(own),
        Some(_) => None,
        None => match data_type {
            // Nanoseconds and Arrow's zones are compared as Arrow compares them.
            DataType::Timestamp(TimeUnit::Nanosecond, _) | DataType::Timestamp(_, Some(_)) => None,
            other => timestamp_precision(other).map(Own::Timestamp),
        },
    }
}

fn common_container(a: &DataType, b: &DataType) -> Option<DataType> {
    match (a, b) {
        (DataType::Struct(one), DataType::Struct(other)) if one.len() == other.len() => {
            let pairs = one.iter().zip(other);
            let fields: Option<Fields> =
                pairs.map(|(one, other)| common_field(one, other)).collect();
            fields.map(DataType::Struct)
        }
        (DataType::Map(one, sorted), DataType::Map(other, _)) => {
            let entries = common_type(one.data_type(), other.data_type())?;
            let entries = Field::new(one.name(), entries, false);
            Some(DataType::Map(Arc::new(entries), *sorted))
        }
        _ => None,
    }
}

fn common_field(one: &FieldRef, other: &FieldRef) -> Option<FieldRef> {
    let common = common_type(one.data_type(), other.data_type())?;
    let nullable = one.is_nullable() || other.is_nullable();
    Some(Arc::new(Field::new(one.name(), common, nullable)))
}

fn element(data_type: &DataType) -> Option<&FieldRef> {
    match data_type {
        DataType::List(element)
        | DataType::LargeList(element)
        | DataType::FixedSizeList(element, _) => Some(element),
        _ => None,
    }
}

pub(super) fn is_text(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    )
}

fn is_binary(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_)
    )
}

/// Files are read as views, and literals are not: what is compared with a column becomes as it is.
fn wider_text(a: &DataType, b: &DataType) -> DataType {
    match (a, b) {
        (DataType::Utf8View, _) | (_, DataType::Utf8View) => DataType::Utf8View,
        (DataType::LargeUtf8, _) | (_, DataType::LargeUtf8) => DataType::LargeUtf8,
        _ => DataType::Utf8,
    }
}

fn wider_binary(a: &DataType, b: &DataType) -> DataType {
    match (a, b) {
        (DataType::BinaryView, _) | (_, DataType::BinaryView) => DataType::BinaryView,
        (DataType::LargeBinary, _) | (_, DataType::LargeBinary) => DataType::LargeBinary,
        _ => DataType::Binary,
    }
}

fn finer(a: TimeUnit, b: TimeUnit) -> TimeUnit {
    a.max(b)
}

/// How many digits the integers of a type have.
fn digits(integer: &DataType) -> Option<u8> {
    Some(match integer {
        DataType::Int8 => 3,
        DataType::Int16 | DataType::UInt8 => 5,
        DataType::Int32 | DataType::UInt16 => 10,
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => 19,
        _ => return None,
    })
}

fn common_number(a: &DataType, b: &DataType) -> Option<DataType> {
    if matches!(a, DataType::Float64) || matches!(b, DataType::Float64) {
        return Some(DataType::Float64);
    }
    let is_real = |kind: &DataType| matches!(kind, DataType::Float32 | DataType::Float16);
    if is_real(a) || is_real(b) {
        return Some(DataType::Float32);
    }
    match (digits(a), digits(b)) {
        (Some(3), Some(3)) => Some(DataType::Int8),
        (Some(3 | 5), Some(3 | 5)) => Some(DataType::Int16),
        (Some(3 | 5 | 10), Some(3 | 5 | 10)) => Some(DataType::Int32),
        (Some(_), Some(_)) => Some(DataType::Int64),
        _ => {
            let ((p, s), (q, t)) = (decimal(a)?, decimal(b)?);
            let scale = s.max(t);
            let whole = (i16::from(p) - i16::from(s)).max(i16::from(q) - i16::from(t));
            let precision = u8::try_from(whole + i16::from(scale)).ok()?;
            Some(DataType::Decimal128(precision.min(MAX_PRECISION), scale))
        }
    }
}

/// A decimal's precision and scale, or those of an integer as one.
fn decimal(data_type: &DataType) -> Option<(u8, i8)> {
    match data_type {
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => Some((*precision, *scale)),
        integer => Some((digits(integer)?, 0)),
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::DataType::{Decimal128, Float32, Float64, Int8, Int32, Int64, Utf8};

    use super::common_type;

    #[test]
    fn numbers_widen_and_texts_stay_texts() {
        for (a, b, common) in [
            (Int8, Int32, Some(Int32)),
            (Int64, Float32, Some(Float32)),
            (Int64, Decimal128(5, 2), Some(Decimal128(21, 2))),
            (Decimal128(10, 2), Decimal128(8, 5), Some(Decimal128(13, 5))),
            (Decimal128(5, 2), Float64, Some(Float64)),
            (Utf8, Int32, None),
        ] {
            assert_eq!(common_type(&a, &b), common, "{a} and {b}");
            assert_eq!(common_type(&b, &a), common, "{b} and {a}");
        }
    }
}
