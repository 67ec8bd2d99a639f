//! `json_array_contains(json, value) -> boolean`: whether an array has the boolean, number or
//! string as an element; null for what is no array. Whole numbers are no doubles. Trino manual,
//! "JSON functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("json_array_contains('[1, 2, 3]', 2)"), "true");
//! assert_eq!(evaluate("json_array_contains('[1]', 1.0)"), "false");
//! assert_eq!(evaluate(r#"json_array_contains('["a"]', 'a')"#), "true");
//! assert_eq!(evaluate("json_array_contains('{}', 2)"), "null");
//! ```

use arrow::array::ArrayRef;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::{Bigint, Boolean, Double, Json, Varchar};
use crate::functions::scalar::{Call, Input, scalar};
use crate::types;
use crate::types::json::{Malformed, Reader, Token};

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("json_array_contains")
        .overload([Varchar, Boolean], Boolean, |call| {
            in_text(call, is_boolean)
        })
        .overload([Json, Boolean], Boolean, |call| in_json(call, is_boolean))
        .overload([Varchar, Bigint], Boolean, |call| in_text(call, is_whole))
        .overload([Json, Bigint], Boolean, |call| in_json(call, is_whole))
        .overload([Varchar, Double], Boolean, |call| in_text(call, is_double))
        .overload([Json, Double], Boolean, |call| in_json(call, is_double))
        .overload([Varchar, Varchar], Boolean, |call| in_text(call, is_text))
        .overload([Json, Varchar], Boolean, |call| in_json(call, is_text))
        .udf()
}

fn is_boolean(token: &Token<'_>, value: bool) -> bool {
    *token == Token::Boolean(value)
}

fn is_whole(token: &Token<'_>, value: i64) -> bool {
    matches!(token, Token::Number(digits) if digits.parse() == Ok(value))
}

fn is_double(token: &Token<'_>, value: f64) -> bool {
    match token {
        Token::Number(digits) if digits.contains(['.', 'e', 'E']) => {
            value.is_finite() && digits.parse() == Ok(value)
        }
        _ => false,
    }
}

fn is_text(token: &Token<'_>, value: &str) -> bool {
    matches!(token, Token::Text(text) if text == value)
}

fn in_text<'c, T: Input<'c>>(
    call: &'c Call<'_>,
    is_it: fn(&Token<'_>, T) -> bool,
) -> Result<ArrayRef> {
    call.try_map2(|text: &str, value: T| {
        Ok(any(text, |token| is_it(token, value)).unwrap_or_default())
    })
}

fn in_json<'c, T: Input<'c>>(
    call: &'c Call<'_>,
    is_it: fn(&Token<'_>, T) -> bool,
) -> Result<ArrayRef> {
    call.try_map2(|json: types::Json<&str>, value: T| {
        Ok(any(json.0, |token| is_it(token, value)).unwrap_or_default())
    })
}

/// Whether an element of the array is it.
fn any(text: &str, is_it: impl Fn(&Token<'_>) -> bool) -> Result<Option<bool>, Malformed> {
    let mut reader = Reader::new(text);
    if reader.expect()? != Token::BeginArray {
        return Ok(None);
    }
    loop {
        match reader.expect()? {
            Token::EndArray => return Ok(Some(false)),
            token if is_it(&token) => return Ok(Some(true)),
            token => reader.skip(&token)?,
        }
    }
}
