//! `url_encode(value) -> varchar` and `url_decode(value) -> varchar`, as in forms: a space is `+`.
//! Trino manual, "URL functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("url_encode('a b/안')"), "a+b%2F%EC%95%88");
//! assert_eq!(evaluate("url_decode('a+b%2F')"), "a b/");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::error::TrinoError;
use crate::functions::scalar::Kind::Varchar;
use crate::functions::scalar::scalar;

/// Everything but letters, digits and `-_.*`; the space, which becomes `+`, is put in afterwards.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'*')
    .remove(b' ');

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    [
        scalar("url_encode")
            .overload([Varchar], Varchar, |call| {
                call.map1(|text: &str| {
                    let encoded = utf8_percent_encode(text, ENCODED).to_string();
                    encoded.replace(' ', "+")
                })
            })
            .udf(),
        scalar("url_decode")
            .overload([Varchar], Varchar, |call| {
                call.try_map1(|text: &str| decoded(text).map(Some))
            })
            .udf(),
    ]
}

fn decoded(text: &str) -> Result<String> {
    let mut rest = text;
    while let Some((_, escape)) = rest.split_once('%') {
        let digits = escape.get(..2).unwrap_or(escape);
        if digits.len() < 2 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(TrinoError::invalid_argument(format!(
                "URLDecoder: Illegal hex characters in escape (%) pattern: {text}"
            )));
        }
        rest = escape;
    }
    let spaced = text.replace('+', " ");
    Ok(percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
}
