//! What the functions on decimals share.

use arrow::datatypes::DataType;

/// The most digits a decimal has.
pub(crate) const MAX_PRECISION: u8 = 38;

/// Precision and scale.
pub(crate) fn parts(data_type: &DataType) -> (u8, i8) {
    match data_type {
        DataType::Decimal128(precision, scale) => (*precision, *scale),
        _ => (MAX_PRECISION, 0),
    }
}

/// A decimal without digits after the point, with room for `carry` more digits than `data_type`
/// has before it.
pub(crate) fn whole(data_type: &DataType, carry: u8) -> DataType {
    let (precision, scale) = parts(data_type);
    let digits = precision.saturating_sub(scale.unsigned_abs()) + carry;
    DataType::Decimal128(digits.clamp(1, MAX_PRECISION), 0)
}

/// 10 to the power of `exponent`, which is at most 38.
pub(crate) fn power_of_ten(exponent: u32) -> i128 {
    10_i128.checked_pow(exponent).unwrap_or(i128::MAX)
}

/// `value / divisor`, rounded half away from zero. The divisor is not zero.
pub(crate) fn divide_rounding(value: i128, divisor: i128) -> i128 {
    let (quotient, rest) = (value / divisor, value % divisor);
    match rest.unsigned_abs() >= divisor.unsigned_abs().div_ceil(2) {
        true if (value < 0) == (divisor < 0) => quotient + 1,
        true => quotient - 1,
        false => quotient,
    }
}
