//! Between numbers and booleans.

use std::fmt::Display;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use datafusion::common::{Result, internal_err};
use datafusion::error::DataFusionError;

use super::invalid;
use crate::error::{ErrorCode, TrinoError};
use crate::functions::decimal::{divide_rounding, parts, power_of_ten};
use crate::functions::scalar::{Input, Output};
use crate::text::write_float;
use crate::types::type_name;

/// A number of any type.
#[derive(Debug, Clone, Copy)]
enum Number {
    Integer(i64),
    Real(f32),
    Double(f64),
    /// Its digits, and how many of them are behind the point.
    Decimal(i128, u8),
    Boolean(bool),
}

pub(super) fn cast(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    match array.data_type() {
        DataType::Boolean => convert(array, to, |value: bool| Number::Boolean(value)),
        DataType::Int8 => convert(array, to, |value: i8| Number::Integer(value.into())),
        DataType::Int16 => convert(array, to, |value: i16| Number::Integer(value.into())),
        DataType::Int32 => convert(array, to, |value: i32| Number::Integer(value.into())),
        DataType::Int64 => convert(array, to, |value: i64| Number::Integer(value)),
        DataType::Float32 => convert(array, to, |value: f32| Number::Real(value)),
        DataType::Float64 => convert(array, to, |value: f64| Number::Double(value)),
        DataType::Decimal128(_, scale) => {
            let scale = scale.unsigned_abs();
            convert(array, to, move |value: i128| Number::Decimal(value, scale))
        }
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => {
            cast(&arrow::compute::cast(array, &DataType::Int64)?, to)
        }
        DataType::Float16 => cast(&arrow::compute::cast(array, &DataType::Float32)?, to),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal256(precision, scale) => {
            let decimal = DataType::Decimal128((*precision).min(38), *scale);
            cast(&arrow::compute::cast(array, &decimal)?, to)
        }
        other => internal_err!("{other} is no number"),
    }
}

fn convert<'a, A: Input<'a>>(
    array: &'a ArrayRef,
    to: &DataType,
    number: impl Fn(A) -> Number,
) -> Result<ArrayRef> {
    let numbers = A::column(array)?;
    let rows = array.len();
    let get = |row| A::get(&numbers, row).map(&number);
    match to {
        DataType::Boolean => collect(rows, to, |row| Ok(get(row).map(Number::is_true))),
        DataType::Int8 => collect(rows, to, |row| integer::<i8>(get(row), "tinyint")),
        DataType::Int16 => collect(rows, to, |row| integer::<i16>(get(row), "smallint")),
        DataType::Int32 => collect(rows, to, |row| integer::<i32>(get(row), "integer")),
        DataType::Int64 => collect(rows, to, |row| integer::<i64>(get(row), "bigint")),
        DataType::Float32 => collect(rows, to, |row| Ok(get(row).map(Number::to_real))),
        DataType::Float64 => collect(rows, to, |row| Ok(get(row).map(Number::to_double))),
        DataType::Decimal128(precision, _) => {
            let scale = parts(to).1.unsigned_abs();
            collect(rows, to, |row| {
                let number = get(row);
                number
                    .map(|number| number.to_decimal(*precision, scale))
                    .transpose()
            })
        }
        other => internal_err!("numbers are not cast to {}", type_name(other)),
    }
}

fn collect<R: Output>(
    rows: usize,
    to: &DataType,
    value: impl Fn(usize) -> Result<Option<R>>,
) -> Result<ArrayRef> {
    let mut builder = R::builder(rows, to)?;
    for row in 0..rows {
        R::append(value(row)?, &mut builder);
    }
    Ok(R::finish(builder))
}

fn integer<R: TryFrom<i64>>(number: Option<Number>, kind: &str) -> Result<Option<R>> {
    let Some(number) = number else {
        return Ok(None);
    };
    let whole = number.to_bigint().ok_or_else(|| number.no_integer(kind))?;
    match R::try_from(whole) {
        Ok(value) => Ok(Some(value)),
        Err(_) => Err(number.no_integer(kind)),
    }
}

impl Number {
    fn is_true(self) -> bool {
        match self {
            Self::Integer(value) => value != 0,
            Self::Real(value) => value != 0.0,
            Self::Double(value) => value != 0.0,
            Self::Decimal(value, _) => value != 0,
            Self::Boolean(value) => value,
        }
    }

    /// Rounded half away from zero; none if it is none, or too large.
    fn to_bigint(self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(value),
            Self::Boolean(value) => Some(value.into()),
            Self::Real(value) => rounded(value.into()),
            Self::Double(value) => rounded(value),
            Self::Decimal(value, scale) => {
                i64::try_from(divide_rounding(value, power_of_ten(scale.into()))).ok()
            }
        }
    }

    fn no_integer(self, kind: &str) -> DataFusionError {
        match self {
            Self::Decimal(..) => {
                let name = if kind == "integer" {
                    "INTEGER".to_owned()
                } else {
                    kind.to_uppercase()
                };
                invalid(format!("Cannot cast '{self}' to {name}"))
            }
            Self::Double(value) if value.is_nan() => {
                invalid(format!("Cannot cast double NaN to {kind}"))
            }
            Self::Real(value) if value.is_nan() => {
                invalid(format!("Cannot cast real NaN to {kind}"))
            }
            Self::Double(_) | Self::Real(_) if kind == "bigint" => {
                invalid(format!("Unable to cast {self} to bigint"))
            }
            _ => TrinoError::new(
                ErrorCode::NumericValueOutOfRange,
                format!("Out of range for {kind}: {self}"),
            )
            .into(),
        }
    }

    fn to_double(self) -> f64 {
        match self {
            Self::Integer(value) => value as f64,
            Self::Real(value) => value.into(),
            Self::Double(value) => value,
            Self::Boolean(value) => f64::from(u8::from(value)),
            Self::Decimal(value, scale) => decimal_to_float(value, scale),
        }
    }

    fn to_real(self) -> f32 {
        match self {
            Self::Integer(value) => value as f32,
            Self::Real(value) => value,
            Self::Double(value) => value as f32,
            Self::Boolean(value) => f32::from(u8::from(value)),
            Self::Decimal(value, scale) => format!("{value}e-{scale}")
                .parse()
                .unwrap_or_else(|_| decimal_to_float(value, scale) as f32),
        }
    }

    /// Rounded half away from zero.
    fn to_decimal(self, precision: u8, scale: u8) -> Result<i128> {
        let digits = match self {
            Self::Integer(value) => Some((i128::from(value), 0)),
            Self::Boolean(value) => Some((i128::from(value), 0)),
            Self::Decimal(value, from) => Some((value, i32::from(from))),
            Self::Real(value) => shortest_digits(&format!("{value:e}")),
            Self::Double(value) => shortest_digits(&format!("{value:e}")),
        };
        digits
            .and_then(|(digits, from)| rescale(digits, from, scale))
            .filter(|value| value.unsigned_abs() < power_of_ten(precision.into()).unsigned_abs())
            .ok_or_else(|| {
                let kind = match self {
                    Self::Integer(_) => "BIGINT",
                    Self::Boolean(_) => "BOOLEAN",
                    Self::Decimal(..) => "DECIMAL",
                    Self::Real(_) => "REAL",
                    Self::Double(_) => "DOUBLE",
                };
                invalid(format!(
                    "Cannot cast {kind} '{self}' to DECIMAL({precision}, {scale})"
                ))
            })
    }
}

/// As Trino's messages have it.
impl Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Self::Integer(value) => value.fmt(f),
            Self::Boolean(value) => value.fmt(f),
            Self::Real(value) => {
                let mut text = String::new();
                write_float(value, &mut text);
                f.write_str(&text)
            }
            Self::Double(value) => {
                let mut text = String::new();
                write_float(value, &mut text);
                f.write_str(&text)
            }
            Self::Decimal(value, scale) => {
                let sign = if value < 0 { "-" } else { "" };
                let unit = power_of_ten(scale.into()).unsigned_abs();
                let (whole, rest) = (value.unsigned_abs() / unit, value.unsigned_abs() % unit);
                match scale {
                    0 => write!(f, "{sign}{whole}"),
                    scale => write!(
                        f,
                        "{sign}{whole}.{rest:0width$}",
                        width = usize::from(scale)
                    ),
                }
            }
        }
    }
}

fn rounded(value: f64) -> Option<i64> {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    let value = value.round();
    (-BEYOND..BEYOND).contains(&value).then_some(value as i64)
}

fn decimal_to_float(value: i128, scale: u8) -> f64 {
    // The nearest double, which a division misses where the digits are many.
    format!("{value}e-{scale}").parse().unwrap_or(f64::NAN)
}

/// `1.25e3` as 125 with -1 digits behind the point; none for what is no number.
fn shortest_digits(scientific: &str) -> Option<(i128, i32)> {
    let (mantissa, exponent) = scientific.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    Some((digits, i32::try_from(fraction.len()).ok()? - exponent))
}

/// Digits with `from` of them behind the point as digits with `to` of them there, rounded half
/// away from zero; none if they are too many.
pub(super) fn rescale(digits: i128, from: i32, to: u8) -> Option<i128> {
    let shift = i32::from(to) - from;
    match u32::try_from(shift) {
        Ok(_) if digits == 0 => Some(0),
        Ok(more) => digits.checked_mul(10_i128.checked_pow(more)?),
        Err(_) => Some(match 10_i128.checked_pow(shift.unsigned_abs()) {
            Some(unit) => divide_rounding(digits, unit),
            None => 0,
        }),
    }
}
