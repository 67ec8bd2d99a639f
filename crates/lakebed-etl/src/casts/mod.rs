//! Casts as Spark makes them with ANSI mode off, which is how Glue runs it: a value that does not
//! fit becomes null and the job goes on. Spark manual, "ANSI Compliance", "Cast".

mod datetime;
mod number;
mod text;

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Builder, PrimitiveArray,
    StringArray, TimestampMicrosecondArray,
};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimeUnit, TimestampMicrosecondType,
};
use arrow::error::ArrowError;

pub(crate) use datetime::{MICROS_PER_SECOND, parse_date, parse_timestamp};

/// The timestamps Spark has: microseconds, kept in UTC.
pub(crate) const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

/// Casts every value; what cannot be cast becomes null.
///
/// # Errors
/// If there is no cast between the two types at all.
pub(crate) fn cast(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    let from = array.data_type();
    if from == to {
        return Ok(Arc::clone(array));
    }
    match (from, to) {
        (DataType::Utf8, _) => cast_texts(array.as_string(), to),
        (DataType::LargeUtf8 | DataType::Utf8View, _) => cast(&plain(array, &DataType::Utf8)?, to),
        (DataType::Dictionary(_, values), _) => cast(&plain(array, values)?, to),
        (_, DataType::Utf8) => text::to_texts(array),
        (DataType::Timestamp(unit, zone), _)
            if *unit != TimeUnit::Microsecond || zone.is_some() =>
        {
            cast(&plain(array, &TIMESTAMP)?, to)
        }
        (DataType::Timestamp(..), number) if number.is_numeric() => {
            cast(&seconds_of(array.as_primitive()), number)
        }
        (number, DataType::Timestamp(..)) if number.is_integer() => {
            let seconds = plain(array, &DataType::Int64)?;
            let micros: TimestampMicrosecondArray = seconds
                .as_primitive::<Int64Type>()
                .unary_opt(|seconds| seconds.checked_mul(MICROS_PER_SECOND));
            plain(&(Arc::new(micros) as ArrayRef), to)
        }
        (DataType::Float32 | DataType::Float64, integer) if integer.is_integer() => {
            let numbers = plain(array, &DataType::Float64)?;
            Ok(truncated(numbers.as_primitive(), integer))
        }
        (wide, narrow) if wide.is_signed_integer() && narrow.is_signed_integer() => {
            let numbers = plain(array, &DataType::Int64)?;
            Ok(wrapped(numbers.as_primitive(), narrow))
        }
        _ => plain(array, to),
    }
}

/// Arrow's own cast, null where a value does not fit.
fn plain(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    let options = CastOptions {
        safe: true,
        ..CastOptions::default()
    };
    cast_with_options(array, to, &options)
}

fn cast_texts(texts: &StringArray, to: &DataType) -> Result<ArrayRef, ArrowError> {
    Ok(match to {
        DataType::Boolean => Arc::new(
            texts
                .iter()
                .map(|text| text.and_then(number::parse_boolean))
                .collect::<BooleanArray>(),
        ),
        DataType::Int8 => integers::<Int8Type>(texts),
        DataType::Int16 => integers::<Int16Type>(texts),
        DataType::Int32 => integers::<Int32Type>(texts),
        DataType::Int64 => integers::<Int64Type>(texts),
        DataType::Float32 => primitives::<Float32Type>(texts, |text| {
            number::parse_double(text).map(|number| number as f32)
        }),
        DataType::Float64 => primitives::<Float64Type>(texts, number::parse_double),
        DataType::Decimal128(precision, scale) => {
            let mut decimals = Decimal128Builder::with_capacity(texts.len())
                .with_precision_and_scale(*precision, *scale)?;
            for text in texts {
                decimals.append_option(
                    text.and_then(|text| number::parse_decimal(text, *precision, *scale)),
                );
            }
            Arc::new(decimals.finish())
        }
        DataType::Date32 => Arc::new(
            texts
                .iter()
                .map(|text| text.and_then(parse_date))
                .collect::<Date32Array>(),
        ),
        DataType::Timestamp(..) => {
            let moments = primitives::<TimestampMicrosecondType>(texts, parse_timestamp);
            plain(&moments, to)?
        }
        _ => plain(&(Arc::new(texts.clone()) as ArrayRef), to)?,
    })
}

fn primitives<T: ArrowPrimitiveType>(
    texts: &StringArray,
    parse: impl Fn(&str) -> Option<T::Native>,
) -> ArrayRef {
    let values: PrimitiveArray<T> = texts.iter().map(|text| text.and_then(&parse)).collect();
    Arc::new(values)
}

fn integers<T: ArrowPrimitiveType>(texts: &StringArray) -> ArrayRef
where
    T::Native: TryFrom<i64>,
{
    primitives::<T>(texts, |text| {
        number::parse_integer(text).and_then(|number| T::Native::try_from(number).ok())
    })
}

/// Fractional seconds since the epoch.
fn seconds_of(moments: &TimestampMicrosecondArray) -> ArrayRef {
    let seconds: PrimitiveArray<Float64Type> =
        moments.unary(|micros| micros as f64 / MICROS_PER_SECOND as f64);
    Arc::new(seconds)
}

/// Fractions cut off, what is too large for the type at its end, NaN zero: as Java converts.
fn truncated(numbers: &PrimitiveArray<Float64Type>, to: &DataType) -> ArrayRef {
    match to {
        DataType::Int64 => Arc::new(numbers.unary::<_, Int64Type>(|number| number as i64)),
        // Java goes through int on its way to the smaller types.
        narrow => {
            let integers = numbers.unary::<_, Int64Type>(|number| i64::from(number as i32));
            wrapped(&integers, narrow)
        }
    }
}

/// The low bits, as Java narrows integers.
fn wrapped(numbers: &PrimitiveArray<Int64Type>, to: &DataType) -> ArrayRef {
    match to {
        DataType::Int8 => Arc::new(numbers.unary::<_, Int8Type>(|number| number as i8)),
        DataType::Int16 => Arc::new(numbers.unary::<_, Int16Type>(|number| number as i16)),
        DataType::Int32 => Arc::new(numbers.unary::<_, Int32Type>(|number| number as i32)),
        _ => Arc::new(numbers.clone()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use arrow::array::{Float64Array, Int64Array};
    use arrow::util::display::array_value_to_string;
    use rstest::rstest;

    use super::*;

    fn shown(array: &ArrayRef) -> String {
        if array.is_null(0) {
            "null".to_owned()
        } else {
            array_value_to_string(array, 0).unwrap()
        }
    }

    #[rstest]
    #[case("12", DataType::Int32, "12")]
    #[case(" 12 ", DataType::Int32, "12")]
    #[case("12.7", DataType::Int32, "12")]
    #[case("-12.7", DataType::Int64, "-12")]
    #[case("1,234", DataType::Int32, "null")]
    #[case("3000000000", DataType::Int32, "null")]
    #[case("", DataType::Int32, "null")]
    #[case("abc", DataType::Int64, "null")]
    #[case("1e3", DataType::Int64, "null")]
    #[case("1e3", DataType::Float64, "1000.0")]
    #[case("Infinity", DataType::Float64, "inf")]
    #[case("4.2d", DataType::Float64, "4.2")]
    #[case("four", DataType::Float64, "null")]
    #[case("12.345", DataType::Decimal128(10, 2), "12.35")]
    #[case("-0.005", DataType::Decimal128(10, 2), "-0.01")]
    #[case("123456789.1", DataType::Decimal128(5, 2), "null")]
    #[case("yes", DataType::Boolean, "true")]
    #[case("F", DataType::Boolean, "false")]
    #[case("maybe", DataType::Boolean, "null")]
    #[case("2025-01-31", DataType::Date32, "2025-01-31")]
    #[case("2025-1-5", DataType::Date32, "2025-01-05")]
    #[case("2025-01-31T10:00:00", DataType::Date32, "2025-01-31")]
    #[case("31/01/2025", DataType::Date32, "null")]
    #[case("2025-02-30", DataType::Date32, "null")]
    #[case("2025-01-31 09:30:00.123", TIMESTAMP, "2025-01-31T09:30:00.123")]
    #[case("2025-01-31T09:30:00Z", TIMESTAMP, "2025-01-31T09:30:00")]
    #[case("2025-01-31T09:30:00+09:00", TIMESTAMP, "2025-01-31T00:30:00")]
    #[case("2025-01-31", TIMESTAMP, "2025-01-31T00:00:00")]
    #[case("yesterday", TIMESTAMP, "null")]
    fn texts(#[case] text: &str, #[case] to: DataType, #[case] expected: &str) {
        let array: ArrayRef = Arc::new(StringArray::from(vec![text]));
        assert_eq!(shown(&cast(&array, &to).unwrap()), expected);
    }

    #[rstest]
    #[case(12.9, DataType::Int32, "12")]
    #[case(-12.9, DataType::Int64, "-12")]
    #[case(1e12, DataType::Int32, "2147483647")]
    #[case(f64::NAN, DataType::Int32, "0")]
    #[case(1.0, DataType::Utf8, "1.0")]
    #[case(12_345_678.9, DataType::Utf8, "1.23456789E7")]
    #[case(0.0001, DataType::Utf8, "1.0E-4")]
    #[case(0.5, DataType::Boolean, "true")]
    fn doubles(#[case] number: f64, #[case] to: DataType, #[case] expected: &str) {
        let array: ArrayRef = Arc::new(Float64Array::from(vec![number]));
        assert_eq!(shown(&cast(&array, &to).unwrap()), expected);
    }

    #[rstest]
    #[case(3_000_000_000, DataType::Int32, "-1294967296")]
    #[case(1_735_689_600, TIMESTAMP, "2025-01-01T00:00:00")]
    #[case(7, DataType::Utf8, "7")]
    #[case(0, DataType::Boolean, "false")]
    fn longs(#[case] number: i64, #[case] to: DataType, #[case] expected: &str) {
        let array: ArrayRef = Arc::new(Int64Array::from(vec![number]));
        assert_eq!(shown(&cast(&array, &to).unwrap()), expected);
    }

    #[test]
    fn moments_print_without_needless_fractions() {
        let moments: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![
            1_735_689_600_000_000,
            1_735_689_600_120_000,
        ]));
        let texts = cast(&moments, &DataType::Utf8).unwrap();
        let texts: Vec<_> = texts.as_string::<i32>().iter().flatten().collect();
        assert_eq!(texts, ["2025-01-01 00:00:00", "2025-01-01 00:00:00.12"]);
    }
}
