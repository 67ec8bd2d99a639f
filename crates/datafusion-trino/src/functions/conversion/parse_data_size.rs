//! `parse_data_size(string) -> decimal(38,0)`: how many bytes `2.3MB` are, with units of 1024.
//! `parse_presto_data_size` is its old name. Trino manual, "Conversion functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("parse_data_size('1kB')"), "1024");
//! assert_eq!(evaluate("parse_data_size('2.3MB')"), "2411724");
//! assert_eq!(
//!     evaluate("parse_data_size('12K')"),
//!     "INVALID_FUNCTION_ARGUMENT: Invalid data size: '12K'"
//! );
//! ```

use arrow::datatypes::{DataType, i256};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::{ErrorCode, TrinoError};
use crate::functions::decimal::{MAX_PRECISION, power_of_ten};
use crate::functions::scalar::Kind::Varchar;
use crate::functions::scalar::{Returns, scalar};

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    ["parse_data_size", "parse_presto_data_size"].map(|name| {
        let bytes = |_: &[DataType]| Ok(DataType::Decimal128(MAX_PRECISION, 0));
        scalar(name)
            .overload([Varchar], Returns::Of(bytes), |call| {
                call.try_map1(|text: &str| parse(text).map(Some))
            })
            .udf()
    })
}

/// By powers of 1024.
const UNITS: [&str; 9] = ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];

fn parse(text: &str) -> Result<i128> {
    let invalid = || TrinoError::invalid_argument(format!("Invalid data size: '{text}'"));
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let power = UNITS.iter().position(|name| *name == unit);
    let power = power.ok_or_else(invalid)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() + fraction.len() == 0 || fraction.contains('.') {
        return Err(invalid());
    }
    let bytes = bytes(whole, fraction, power).filter(|bytes| *bytes < power_of_ten(38));
    bytes.ok_or_else(|| {
        TrinoError::new(
            ErrorCode::NumericValueOutOfRange,
            format!("Value out of range: '{text}'"),
        )
        .into()
    })
}

fn bytes(whole: &str, fraction: &str, power: usize) -> Option<i128> {
    // More digits of the fraction than these make no byte.
    let fraction = &fraction[..fraction.len().min(30)];
    let digits = i256::from_string(&format!("{whole}{fraction}"))?;
    let factor = i256::from_i128(1024).checked_pow(u32::try_from(power).ok()?)?;
    let scale = i256::from_i128(10).checked_pow(u32::try_from(fraction.len()).ok()?)?;
    digits.checked_mul(factor)?.checked_div(scale)?.to_i128()
}
