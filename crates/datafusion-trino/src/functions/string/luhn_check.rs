//! `luhn_check(string) -> boolean`: whether digits, as of credit cards, end with the check digit of
//! Luhn's algorithm. Trino manual, "String functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("luhn_check('79927398713')"), "true");
//! assert_eq!(evaluate("luhn_check('79927398714')"), "false");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Boolean, Varchar};
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("luhn_check")
        .overload([Varchar], Boolean, |call| call.try_map1(check))
        .udf()
}

fn check(text: &str) -> Result<Option<bool>> {
    if text.is_empty() {
        return Ok(Some(false));
    }
    let mut sum = 0;
    for (place, c) in text.chars().rev().enumerate() {
        let digit = c.to_digit(10).ok_or_else(|| {
            TrinoError::invalid_argument(format!("Input contains non-digits: {text}"))
        })?;
        sum += match (place % 2, digit) {
            (0, digit) => digit,
            (_, 5..) => digit * 2 - 9,
            (_, digit) => digit * 2,
        };
    }
    Ok(Some(sum % 10 == 0))
}
