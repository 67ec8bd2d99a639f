//! `bitwise_left_shift(value, shift)`, `bitwise_right_shift(value, shift)` (zeros come in) and
//! `bitwise_right_shift_arithmetic(value, shift)` (the sign comes in) -> same as value.
//!
//! A shift of all bits or more leaves nothing, or the sign. A negative shift is one by its unsigned
//! value. Trino manual, "Bitwise functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("bitwise_left_shift(7, 2)"), "28");
//! assert_eq!(evaluate("bitwise_right_shift(BIGINT '-8', 60)"), "15");
//! assert_eq!(evaluate("bitwise_right_shift_arithmetic(-256, 64)"), "-1");
//! ```

use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::{Bigint, Integer, Smallint, Tinyint};
use crate::functions::scalar::scalar;

macro_rules! shift {
    ($name:literal, $shift:ident) => {
        scalar($name)
            .overload([Tinyint, Bigint], Tinyint, |call| {
                call.map2(|value: i8, by: i64| $shift!(value, by))
            })
            .overload([Smallint, Bigint], Smallint, |call| {
                call.map2(|value: i16, by: i64| $shift!(value, by))
            })
            .overload([Integer, Bigint], Integer, |call| {
                call.map2(|value: i32, by: i64| $shift!(value, by))
            })
            .overload([Bigint, Bigint], Bigint, |call| {
                call.map2(|value: i64, by: i64| $shift!(value, by))
            })
            .udf()
    };
}

/// The distance; no type has as many bits as the greatest.
fn distance(by: i64) -> u32 {
    u32::try_from(by).unwrap_or(u32::MAX)
}

macro_rules! left {
    ($value:ident, $by:ident) => {
        $value.checked_shl(distance($by)).unwrap_or(0)
    };
}

macro_rules! right {
    ($value:ident, $by:ident) => {
        $value
            .cast_unsigned()
            .checked_shr(distance($by))
            .unwrap_or(0)
            .cast_signed()
    };
}

macro_rules! right_arithmetic {
    ($value:ident, $by:ident) => {
        $value >> distance($by).min($value.count_zeros() + $value.count_ones() - 1)
    };
}

pub(in crate::functions) fn udfs() -> [ScalarUDF; 3] {
    [
        shift!("bitwise_left_shift", left),
        shift!("bitwise_right_shift", right),
        shift!("bitwise_right_shift_arithmetic", right_arithmetic),
    ]
}
