//! Values as texts, spelt as Spark spells them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::datatypes::{DataType, Float32Type, Float64Type, TimeUnit, TimestampMicrosecondType};
use arrow::error::ArrowError;

use super::{TIMESTAMP, plain};

pub(super) fn to_texts(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let texts: StringArray = match array.data_type() {
        DataType::Float64 => array
            .as_primitive::<Float64Type>()
            .iter()
            .map(|number| number.map(|number| java_number(number, &format!("{number:e}"))))
            .collect(),
        DataType::Float32 => array
            .as_primitive::<Float32Type>()
            .iter()
            .map(|number| {
                number.map(|number| java_number(f64::from(number), &format!("{number:e}")))
            })
            .collect(),
        DataType::Timestamp(TimeUnit::Microsecond, None) => array
            .as_primitive::<TimestampMicrosecondType>()
            .iter()
            .map(|micros| micros.and_then(moment_text))
            .collect(),
        DataType::Timestamp(..) => return to_texts(&plain(array, &TIMESTAMP)?),
        _ => return plain(array, &DataType::Utf8),
    };
    Ok(Arc::new(texts))
}

/// A number as Java's `Double.toString` writes it, from its shortest digits (`1.25e3`).
fn java_number(number: f64, shortest: &str) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((shortest, "0"));
    let magnitude = number.abs();
    if magnitude != 0.0 && !(1e-3..1e7).contains(&magnitude) {
        let point = if mantissa.contains('.') { "" } else { ".0" };
        return format!("{mantissa}{point}E{exponent}");
    }
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => ("-", digits.replace('.', "")),
        None => ("", mantissa.replace('.', "")),
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let before_point = usize::try_from(exponent + 1).unwrap_or(0);
    let whole = match digits.get(..before_point) {
        Some("") => "0".to_owned(),
        Some(whole) => whole.to_owned(),
        None => format!("{digits:0<before_point$}"),
    };
    let leading_zeros = usize::try_from(-exponent - 1).unwrap_or(0);
    let fraction = match digits.get(before_point..) {
        None | Some("") => "0".to_owned(),
        Some(fraction) => format!("{}{fraction}", "0".repeat(leading_zeros)),
    };
    format!("{sign}{whole}.{fraction}")
}

/// `2025-01-31 09:30:00`, with the fraction only where there is one, its trailing zeros cut.
fn moment_text(micros: i64) -> Option<String> {
    let moment = chrono::DateTime::from_timestamp_micros(micros)?;
    let seconds = moment.format("%Y-%m-%d %H:%M:%S").to_string();
    match moment.timestamp_subsec_micros() {
        0 => Some(seconds),
        fraction => {
            let digits = format!("{fraction:06}");
            Some(format!("{seconds}.{}", digits.trim_end_matches('0')))
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0.0, "0.0")]
    #[case(-0.0, "-0.0")]
    #[case(0.25, "0.25")]
    #[case(0.001, "0.001")]
    #[case(1234.5, "1234.5")]
    #[case(-1_000_000.0, "-1000000.0")]
    #[case(10_000_000.0, "1.0E7")]
    #[case(0.000_25, "2.5E-4")]
    #[case(f64::NEG_INFINITY, "-Infinity")]
    fn doubles_print_as_java_prints_them(#[case] number: f64, #[case] expected: &str) {
        assert_eq!(java_number(number, &format!("{number:e}")), expected);
    }
}
