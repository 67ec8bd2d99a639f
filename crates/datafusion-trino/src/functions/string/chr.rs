//! `chr(n) -> varchar`, `codepoint(string) -> integer`. Trino manual, "String functions and
//! operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("chr(8364)"), "€");
//! assert_eq!(evaluate("codepoint('가')"), "44032");
//! assert_eq!(evaluate("codepoint('ab')"),
//!     "INVALID_FUNCTION_ARGUMENT: Input string must be a single character string");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Bigint, Integer, Varchar};
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    [
        scalar("chr")
            .overload([Bigint], Varchar, |call| {
                call.try_map1(|code: i64| character(code).map(Some))
            })
            .udf(),
        scalar("codepoint")
            .overload([Varchar], Integer, |call| {
                call.try_map1(|text: &str| code_point(text).map(Some))
            })
            .udf(),
    ]
}

fn character(code: i64) -> Result<String> {
    u32::try_from(code)
        .ok()
        .and_then(char::from_u32)
        .map(String::from)
        .ok_or_else(|| {
            TrinoError::invalid_argument(format!("Not a valid Unicode code point: {code}"))
        })
}

fn code_point(text: &str) -> Result<i32> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(only), None) => Ok(i32::try_from(u32::from(only)).unwrap_or_default()),
        _ => Err(TrinoError::invalid_argument(
            "Input string must be a single character string",
        )),
    }
}
