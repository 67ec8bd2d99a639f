//! `strpos(string, substring[, instance]) -> bigint`: where the substring begins, counted from 1, 0
//! if it is not there; the `instance`-th time, from the end if negative. `starts_with(string,
//! substring) -> boolean`. Trino manual, "String functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("strpos('high', 'ig')"), "2");
//! assert_eq!(evaluate("strpos('abcabc', 'b', -1)"), "5");
//! assert_eq!(evaluate("starts_with('high', 'hi')"), "true");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Bigint, Boolean, Varchar};
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    [
        scalar("strpos")
            .overload([Varchar, Varchar], Bigint, |call| {
                call.try_map2(|text: &str, wanted: &str| position(text, wanted, 1).map(Some))
            })
            .overload([Varchar, Varchar, Bigint], Bigint, |call| {
                call.try_map3(|text: &str, wanted: &str, instance: i64| {
                    position(text, wanted, instance).map(Some)
                })
            })
            .udf(),
        scalar("starts_with")
            .overload([Varchar, Varchar], Boolean, |call| {
                call.map2(|text: &str, beginning: &str| text.starts_with(beginning))
            })
            .udf(),
    ]
}

fn position(text: &str, wanted: &str, instance: i64) -> Result<i64> {
    if instance == 0 {
        return Err(TrinoError::invalid_argument(
            "'instance' must be a positive or negative number.",
        ));
    }
    if wanted.is_empty() {
        return Ok(1);
    }
    let skipped = usize::try_from(instance.unsigned_abs() - 1).unwrap_or(usize::MAX);
    let found = match instance > 0 {
        true => starts(text, wanted).nth(skipped),
        false => {
            let all: Vec<usize> = starts(text, wanted).collect();
            all.into_iter().rev().nth(skipped)
        }
    };
    let before = found.map(|start| text[..start].chars().count());
    Ok(before.map_or(0, |before| {
        i64::try_from(before).unwrap_or(i64::MAX - 1) + 1
    }))
}

/// Where `wanted` begins in `text`, in bytes; occurrences may overlap.
fn starts<'a>(text: &'a str, wanted: &'a str) -> impl Iterator<Item = usize> {
    let places = text.char_indices().map(|(place, _)| place);
    places.filter(move |place| text[*place..].starts_with(wanted))
}
