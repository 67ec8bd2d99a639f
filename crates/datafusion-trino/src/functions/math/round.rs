//! `round(x) -> [same as input]` and `round(x, d)`: to the nearest, halves away from zero; `d` may
//! be negative. Trino manual, "Mathematical functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("round(-2.5e0)"), "-3.0");
//! assert_eq!(evaluate("round(12345, -2)"), "12300");
//! assert_eq!(evaluate("round(99.95, 1)"), "100.00");
//! ```

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::{ErrorCode, TrinoError};
use crate::functions::decimal;
use crate::functions::scalar::Kind::{Bigint, Decimal, Double, Integer, Real, Smallint, Tinyint};
use crate::functions::scalar::{Call, Returns, Scalar, scalar};

macro_rules! integers {
    ($function:expr, $kind:ident, $native:ty, $name:literal) => {
        $function
            .overload([$kind], $kind, |call| call.array(0))
            .overload([$kind, Integer], $kind, |call| {
                call.try_map2(|x: $native, digits: i32| {
                    let rounded = round_whole(x.into(), digits);
                    <$native>::try_from(rounded)
                        .ok()
                        .filter(|_| digits >= MOST_PLACES)
                        .map(Some)
                        .ok_or_else(|| out_of_range(x.into(), $name))
                })
            })
    };
}

pub(in crate::functions) fn udf() -> ScalarUDF {
    let function: Scalar = scalar("round");
    let function = integers!(function, Tinyint, i8, "tinyint");
    let function = integers!(function, Smallint, i16, "smallint");
    let function = integers!(function, Integer, i32, "integer");
    let function = integers!(function, Bigint, i64, "bigint");
    function
        .overload([Decimal], Returns::Of(whole), |call| {
            let (_, scale) = decimal::parts(call.data_type(0));
            let one = decimal::power_of_ten(scale.unsigned_abs().into());
            call.map1(|x: i128| decimal::divide_rounding(x, one))
        })
        .overload([Decimal, Integer], Returns::Of(carried), |call| {
            let (_, scale) = decimal::parts(call.data_type(0));
            call.map2(|x: i128, digits: i32| round_whole(x, digits - i32::from(scale)))
        })
        .overload([Real], Real, |call| call.map1(f32::round))
        .overload([Real, Integer], Real, |call| {
            call.map2(|x: f32, digits: i32| {
                #[allow(clippy::cast_possible_truncation, reason = "it was a real before")]
                let rounded = round_double(x.into(), digits) as f32;
                rounded
            })
        })
        .overload([Double], Double, |call| {
            call.unary::<Float64Type>(f64::round)
        })
        .overload([Double, Integer], Double, round_doubles)
        .udf()
}

/// Whole numbers are rounded to no power of ten that a bigint does not hold.
const MOST_PLACES: i32 = -18;

/// Rounds to `digits` after the point, which for whole numbers are before it.
fn round_whole(x: i128, digits: i32) -> i128 {
    match digits.unsigned_abs() {
        _ if digits >= 0 => x,
        places @ ..=38 => {
            let unit = decimal::power_of_ten(places);
            decimal::divide_rounding(x, unit).saturating_mul(unit)
        }
        _ => 0,
    }
}

fn round_doubles(call: &Call<'_>) -> Result<ArrayRef> {
    let digits = call.column::<i32>(1)?;
    match digits.get(0) {
        Some(digits) if call.is_constant_at(1) => {
            let factor = 10_f64.powi(digits);
            call.unary::<Float64Type>(|x| round_by(x, factor))
        }
        _ => call.map2(round_double),
    }
}

fn round_double(x: f64, digits: i32) -> f64 {
    round_by(x, 10_f64.powi(digits))
}

fn round_by(x: f64, factor: f64) -> f64 {
    let rounded = (x * factor).round() / factor;
    match rounded.is_finite() {
        true => rounded,
        // Too many digits to tell, or no number.
        false => x,
    }
}

fn out_of_range(x: i64, kind: &str) -> datafusion::error::DataFusionError {
    let message = format!("{kind} round overflow: {x}");
    TrinoError::new(ErrorCode::NumericValueOutOfRange, message).into()
}

/// The digits before the point and one that rounding can add.
fn whole(types: &[DataType]) -> Result<DataType> {
    let (_, scale) = decimal::parts(&types[0]);
    Ok(decimal::whole(&types[0], u8::from(scale > 0)))
}

/// As many digits after the point as before, and one more before it.
fn carried(types: &[DataType]) -> Result<DataType> {
    let (precision, scale) = decimal::parts(&types[0]);
    let precision = (precision + 1).min(decimal::MAX_PRECISION);
    Ok(DataType::Decimal128(precision, scale))
}
