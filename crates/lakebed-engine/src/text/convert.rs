//! Texts to the types of their columns, in the forms that Hive writes. What is not of a type comes
//! out as null; those who must refuse it look for what was lost ([`first_lost`]).

use std::str::FromStr;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, PrimitiveArray, StringArray,
    TimestampMillisecondArray,
};
use arrow::compute::kernels::cast_utils::string_to_datetime;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit,
};
use arrow::error::ArrowError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;

/// Values of a type that does not nest, as LazySimpleSerDe reads them.
pub(crate) fn primitives(
    texts: &StringArray,
    data_type: &DataType,
) -> Result<ArrayRef, ArrowError> {
    match data_type {
        DataType::Utf8 => Ok(Arc::new(texts.clone())),
        DataType::Int8 => Ok(integers::<Int8Type>(texts)),
        DataType::Int16 => Ok(integers::<Int16Type>(texts)),
        DataType::Int32 => Ok(integers::<Int32Type>(texts)),
        DataType::Int64 => Ok(integers::<Int64Type>(texts)),
        DataType::Boolean => Ok(Arc::new(each(texts, boolean).collect::<BooleanArray>())),
        DataType::Timestamp(TimeUnit::Millisecond, None) => {
            let millis = each(texts, timestamp_millis);
            Ok(Arc::new(millis.collect::<TimestampMillisecondArray>()))
        }
        DataType::Binary => {
            let bytes = each(texts, |text| STANDARD.decode(text).ok());
            Ok(Arc::new(bytes.collect::<BinaryArray>()))
        }
        _ => cast(texts, data_type),
    }
}

/// The texts through Arrow's own conversion.
pub(crate) fn cast(texts: &dyn Array, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    let options = CastOptions {
        safe: true,
        ..Default::default()
    };
    cast_with_options(texts, data_type, &options)
}

/// The first row that had a text and has no value.
pub(crate) fn first_lost(texts: &StringArray, values: &dyn Array) -> Option<usize> {
    if values.null_count() == texts.null_count() {
        return None;
    }
    (0..texts.len()).find(|&row| texts.is_valid(row) && values.is_null(row))
}

/// What Trino says of a value that is not of its column's type; `field` counts from zero.
pub(crate) fn parsing_error(text: &str, field: usize) -> String {
    format!("Error parsing field value '{text}' for field {field}: For input string: \"{text}\"")
}

fn each<'a, T>(
    texts: &'a StringArray,
    parse: impl Fn(&'a str) -> Option<T> + 'a,
) -> impl Iterator<Item = Option<T>> + 'a {
    texts.iter().map(move |text| text.and_then(&parse))
}

/// Arrow's own conversion would let space around the digits pass.
fn integers<T>(texts: &StringArray) -> ArrayRef
where
    T: ArrowPrimitiveType,
    T::Native: FromStr,
{
    let numbers = each(texts, |text| text.parse().ok());
    Arc::new(numbers.collect::<PrimitiveArray<T>>())
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Milliseconds since 1970 of `2025-01-31 10:11:12.5`; the time may be missing. Other forms, with
/// `T` or a zone, are not `java.sql.Timestamp`'s.
fn timestamp_millis(text: &str) -> Option<i64> {
    let plain = |byte: &u8| byte.is_ascii_digit() || b"-: .".contains(byte);
    if text.as_bytes().iter().all(plain) {
        instant_millis(text)
    } else {
        None
    }
}

/// Milliseconds since 1970 of a timestamp that may have `T` and a zone.
pub(crate) fn instant_millis(text: &str) -> Option<i64> {
    let instant = string_to_datetime(&Utc, text).ok()?;
    Some(instant.timestamp_millis())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use arrow::util::display::array_value_to_string;

    use super::*;
    use crate::types::arrow_type;

    #[test]
    fn each_type_has_one_form() {
        for (kind, text, expected) in [
            ("boolean", "TRUE", "true"),
            ("boolean", "1", ""),
            ("boolean", "yes", ""),
            ("int", "-7", "-7"),
            ("int", "3000000000", ""),
            ("int", " 7", ""),
            ("tinyint", "128", ""),
            ("double", "1e3", "1000.0"),
            ("decimal(5,2)", "1.005", "1.01"),
            ("decimal(5,2)", "12345", ""),
            ("date", "2025-02-28", "2025-02-28"),
            ("date", "2025-02-30", ""),
            (
                "timestamp",
                "2025-01-31 10:11:12.5",
                "2025-01-31T10:11:12.500",
            ),
            ("timestamp", "2025-01-31T10:11:12", ""),
            ("timestamp", "2025-01-31 10:11:12Z", ""),
            ("timestamp", "9999-12-31 00:00:00", "9999-12-31T00:00:00"),
            ("binary", "aGk=", "6869"),
            ("binary", "no base64", ""),
        ] {
            let texts = StringArray::from(vec![text]);
            let values = primitives(&texts, &arrow_type(kind).unwrap()).unwrap();
            assert_eq!(
                array_value_to_string(&values, 0).unwrap(),
                expected,
                "{text} as {kind}"
            );
            assert_eq!(
                first_lost(&texts, &values),
                expected.is_empty().then_some(0)
            );
        }
    }
}
