//! `lower(string)`, `upper(string)` and `reverse(string)` -> varchar, by code points: no letter
//! becomes two. Trino manual, "String functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("upper('straße')"), "STRAßE");
//! assert_eq!(evaluate("lower('ABC')"), "abc");
//! assert_eq!(evaluate("reverse('héllo')"), "olléh");
//! ```

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringArray};
use arrow::buffer::OffsetBuffer;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::functions::array::concat::with_reverse;
use crate::functions::scalar::Kind::{Varbinary, Varchar};
use crate::functions::scalar::{Call, scalar};

pub(in crate::functions) fn udfs() -> [ScalarUDF; 3] {
    [
        scalar("lower")
            .overload([Varchar], Varchar, |call| {
                cased(call, <[u8]>::make_ascii_lowercase, lower)
            })
            .udf(),
        scalar("upper")
            .overload([Varchar], Varchar, |call| {
                cased(call, <[u8]>::make_ascii_uppercase, upper)
            })
            .udf(),
        with_reverse(
            scalar("reverse")
                .overload([Varchar], Varchar, |call| {
                    call.map1(|text: &str| text.chars().rev().collect::<String>())
                })
                .overload([Varbinary], Varbinary, |call| {
                    call.map1(|bytes: &[u8]| bytes.iter().rev().copied().collect::<Vec<u8>>())
                }),
        )
        .udf(),
    ]
}

/// All texts at once if they are ASCII, else letter by letter.
fn cased(call: &Call<'_>, ascii: fn(&mut [u8]), letter: fn(char) -> char) -> Result<ArrayRef> {
    let texts = call.array(0)?;
    match texts.as_string_opt::<i32>() {
        Some(texts) if texts.is_ascii() => {
            let (offsets, bytes, nulls) = texts.clone().into_parts();
            // A part of an array has the bytes of all of it.
            let (start, end) = (offsets[0], offsets[offsets.len() - 1]);
            let mut bytes = bytes[start as usize..end as usize].to_vec();
            ascii(&mut bytes);
            let offsets: Vec<i32> = offsets.iter().map(|offset| offset - start).collect();
            let offsets = OffsetBuffer::new(offsets.into());
            Ok(Arc::new(StringArray::try_new(
                offsets,
                bytes.into(),
                nulls,
            )?))
        }
        _ => call.map1(|text: &str| text.chars().map(letter).collect::<String>()),
    }
}

fn lower(c: char) -> char {
    only(c.to_lowercase()).unwrap_or(c)
}

fn upper(c: char) -> char {
    only(c.to_uppercase()).unwrap_or(c)
}

/// The letter, if it is one.
fn only(mut letters: impl Iterator<Item = char>) -> Option<char> {
    letters.next().filter(|_| letters.next().is_none())
}
