//! `substr(string, start[, length])` and `substring`: from the `start`-th character, counted from 1,
//! or from the end if negative; empty if `start` is 0 or beyond. Of binary in bytes. Trino manual,
//! "String functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("substr('안녕하세요', 3, 2)"), "하세");
//! assert_eq!(evaluate("substr('hello', -3)"), "llo");
//! assert_eq!(evaluate("substr('hello', 0)"), "");
//! ```

use std::ops::Range;

use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::{Bigint, Varbinary, Varchar};
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    [substr("substr"), substr("substring")]
}

fn substr(name: &'static str) -> ScalarUDF {
    scalar(name)
        .overload([Varchar, Bigint], Varchar, |call| {
            call.map2(|text: &str, start: i64| characters(text, start, i64::MAX))
        })
        .overload([Varchar, Bigint, Bigint], Varchar, |call| {
            call.try_map3(|text: &str, start, length| Ok(Some(characters(text, start, length))))
        })
        .overload([Varbinary, Bigint], Varbinary, |call| {
            call.map2(|bytes: &[u8], start: i64| &bytes[places(bytes.len(), start, i64::MAX)])
        })
        .overload([Varbinary, Bigint, Bigint], Varbinary, |call| {
            call.try_map3(|bytes: &[u8], start, length| {
                Ok(Some(&bytes[places(bytes.len(), start, length)]))
            })
        })
        .udf()
}

/// The places, counted from 0, among `size` ones.
fn places(size: usize, start: i64, length: i64) -> Range<usize> {
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let first = match start {
        0 => return 0..0,
        1.. => start - 1,
        _ => size + start,
    };
    if !(0..size).contains(&first) || length <= 0 {
        return 0..0;
    }
    let last = first.saturating_add(length).min(size);
    let place = |place: i64| usize::try_from(place).unwrap_or_default();
    place(first)..place(last)
}

fn characters(text: &str, start: i64, length: i64) -> &str {
    if text.is_ascii() {
        return &text[places(text.len(), start, length)];
    }
    let range = places(text.chars().count(), start, length);
    let byte = |place: usize| {
        let found = text.char_indices().nth(place);
        found.map_or(text.len(), |(byte, _)| byte)
    };
    &text[byte(range.start)..byte(range.end)]
}
