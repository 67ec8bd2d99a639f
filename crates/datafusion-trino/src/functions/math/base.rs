//! `to_base(x, radix) -> varchar` and `from_base(string, radix) -> bigint`. Trino manual,
//! "Mathematical functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("to_base(-255, 16)"), "-ff");
//! assert_eq!(evaluate("from_base('Zz', 36)"), "1295");
//! assert_eq!(evaluate("from_base('12', 2)"),
//!     "INVALID_FUNCTION_ARGUMENT: Not a valid base-2 number: 12");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Bigint, Varchar};
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    [
        scalar("to_base")
            .overload([Bigint, Bigint], Varchar, |call| {
                call.try_map2(|x: i64, radix: i64| Ok(Some(digits(x, checked(radix)?))))
            })
            .udf(),
        scalar("from_base")
            .overload([Varchar, Bigint], Bigint, |call| {
                call.try_map2(|text: &str, radix: i64| {
                    let number = i64::from_str_radix(text, checked(radix)?);
                    number.map(Some).map_err(|_| {
                        let message = format!("Not a valid base-{radix} number: {text}");
                        TrinoError::invalid_argument(message)
                    })
                })
            })
            .udf(),
    ]
}

fn checked(radix: i64) -> Result<u32> {
    match u32::try_from(radix) {
        Ok(radix @ 2..=36) => Ok(radix),
        _ => Err(TrinoError::invalid_argument(
            "Radix must be between 2 and 36",
        )),
    }
}

fn digits(number: i64, radix: u32) -> String {
    let mut rest = number.unsigned_abs();
    let mut digits = Vec::new();
    loop {
        let digit = u32::try_from(rest % u64::from(radix)).unwrap_or_default();
        digits.extend(char::from_digit(digit, radix));
        rest /= u64::from(radix);
        if rest == 0 {
            break;
        }
    }
    digits.extend((number < 0).then_some('-'));
    digits.into_iter().rev().collect()
}
