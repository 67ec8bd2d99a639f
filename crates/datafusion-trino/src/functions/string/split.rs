//! `split(string, delimiter[, limit]) -> array(varchar)` and `split_part(string, delimiter, index)
//! -> varchar`, null behind the last part. Trino manual, "String functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("split('a.b.c', '.', 2)"), "[a, b.c]");
//! assert_eq!(evaluate("split_part('a.b.c', '.', 2)"), "b");
//! assert_eq!(evaluate("split_part('a.b.c', '.', 4)"), "null");
//! ```

use std::sync::Arc;

use arrow::array::{ArrayRef, ListBuilder, StringBuilder};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Bigint, Varchar, Varchars};
use crate::functions::scalar::{Call, scalar};

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    [
        scalar("split")
            .overload([Varchar, Varchar], Varchars, split)
            .overload([Varchar, Varchar, Bigint], Varchars, split)
            .udf(),
        scalar("split_part")
            .overload([Varchar, Varchar, Bigint], Varchar, |call| {
                call.try_map3(part)
            })
            .udf(),
    ]
}

fn split(call: &Call<'_>) -> Result<ArrayRef> {
    let (texts, delimiters) = (call.column::<&str>(0)?, call.column::<&str>(1)?);
    let limits = match call.len() {
        3 => Some(call.column::<i64>(2)?),
        _ => None,
    };
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in 0..call.rows() {
        let limit = match &limits {
            Some(limits) => limits.get(row),
            None => Some(i64::MAX),
        };
        let (Some(text), Some(delimiter), Some(limit)) =
            (texts.get(row), delimiters.get(row), limit)
        else {
            lists.append_null();
            continue;
        };
        check_delimiter(delimiter)?;
        if limit <= 0 {
            return Err(TrinoError::invalid_argument("Limit must be positive"));
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        for part in text.splitn(limit, delimiter) {
            lists.values().append_value(part);
        }
        lists.append(true);
    }
    Ok(Arc::new(lists.finish()))
}

fn part<'a>(text: &'a str, delimiter: &str, index: i64) -> Result<Option<&'a str>> {
    if index <= 0 {
        return Err(TrinoError::invalid_argument(
            "Index must be greater than zero",
        ));
    }
    let index = usize::try_from(index - 1).unwrap_or(usize::MAX);
    if delimiter.is_empty() {
        // Every character is a part.
        let start = text.char_indices().nth(index);
        return Ok(start.map(|(start, c)| &text[start..start + c.len_utf8()]));
    }
    Ok(text.split(delimiter).nth(index))
}

fn check_delimiter(delimiter: &str) -> Result<()> {
    match delimiter.is_empty() {
        true => Err(TrinoError::invalid_argument(
            "The delimiter may not be the empty string",
        )),
        false => Ok(()),
    }
}
