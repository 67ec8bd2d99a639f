//! `lower(string)`, `upper(string)` and `reverse(string)` -> varchar, by code points: no letter
//! becomes two. Trino manual, "String functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("upper('straße')"), "STRAßE");
//! assert_eq!(evaluate("reverse('héllo')"), "olléh");
//! ```

use datafusion::logical_expr::ScalarUDF;

use crate::functions::array::concat::with_reverse;
use crate::functions::scalar::Kind::{Varbinary, Varchar};
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udfs() -> [ScalarUDF; 3] {
    [
        scalar("lower")
            .overload([Varchar], Varchar, |call| {
                call.map1(|text: &str| match text.is_ascii() {
                    true => text.to_ascii_lowercase(),
                    false => text.chars().map(lower).collect(),
                })
            })
            .udf(),
        scalar("upper")
            .overload([Varchar], Varchar, |call| {
                call.map1(|text: &str| match text.is_ascii() {
                    true => text.to_ascii_uppercase(),
                    false => text.chars().map(upper).collect(),
                })
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
