//! `to_utf8(string) -> varbinary`, `from_utf8(binary[, replacement]) -> varchar`: what is no UTF-8
//! becomes U+FFFD, or the one character given, or goes. Trino manual, "String functions and
//! operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("from_utf8(to_utf8('안녕'))"), "안녕");
//! assert_eq!(evaluate("from_utf8(X'4180', '?')"), "A?");
//! ```

use std::borrow::Cow;

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Bigint, Varbinary, Varchar};
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    [
        scalar("to_utf8")
            .overload([Varchar], Varbinary, |call| call.map1(str::as_bytes))
            .udf(),
        scalar("from_utf8")
            .overload([Varbinary], Varchar, |call| {
                call.map1(|bytes: &[u8]| text(bytes, "\u{fffd}").into_owned())
            })
            .overload([Varbinary, Varchar], Varchar, |call| {
                call.try_map2(|bytes: &[u8], replacement: &str| {
                    if replacement.chars().nth(1).is_some() {
                        return Err(TrinoError::invalid_argument(
                            "Replacement character string must empty or a single character",
                        ));
                    }
                    Ok(Some(text(bytes, replacement).into_owned()))
                })
            })
            .overload([Varbinary, Bigint], Varchar, |call| {
                call.try_map2(|bytes: &[u8], code: i64| {
                    let replacement = replacement(code)?.to_string();
                    Ok(Some(text(bytes, &replacement).into_owned()))
                })
            })
            .udf(),
    ]
}

fn replacement(code: i64) -> Result<char> {
    let character = u32::try_from(code).ok().and_then(char::from_u32);
    character.ok_or_else(|| TrinoError::invalid_argument("Invalid replacement character"))
}

/// The bytes as text, with a replacement for each run of bytes that begins no character.
fn text<'a>(bytes: &'a [u8], replacement: &str) -> Cow<'a, str> {
    let mut chunks = bytes.utf8_chunks();
    let Some(first) = chunks.next() else {
        return Cow::Borrowed("");
    };
    if first.invalid().is_empty() {
        return Cow::Borrowed(first.valid());
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in std::iter::once(first).chain(chunks) {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push_str(replacement);
        }
    }
    Cow::Owned(text)
}
