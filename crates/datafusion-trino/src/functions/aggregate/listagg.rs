//! `listagg(x, separator) WITHIN GROUP (ORDER BY y) -> varchar`: texts in one, which the dialect
//! writes as `$listagg(array_agg(x ORDER BY y), separator, filler, with_count)`. Nulls are left
//! out; null without any text. What is longer than 1 MiB is an error, or cut before a text with the
//! filler in its place. Trino manual, "Aggregate functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! let rows = "FROM (VALUES 'b', 'a', NULL) t(x)";
//! assert_eq!(evaluate(&format!("listagg(x, '-') WITHIN GROUP (ORDER BY x) {rows}")), "a-b");
//! let long = "listagg(rpad(x, 1048575, '.'), ','";
//! assert_eq!(
//!     evaluate(&format!("{long}) WITHIN GROUP (ORDER BY x) {rows}")),
//!     "EXCEEDED_FUNCTION_MEMORY_LIMIT: Concatenated string has the length in bytes larger than \
//!      the maximum output length 1048576"
//! );
//! assert_eq!(
//!     evaluate(&format!(
//!         "reverse(substr(reverse({long} ON OVERFLOW TRUNCATE '~' WITH COUNT) \
//!          WITHIN GROUP (ORDER BY x)), 1, 6)) {rows}"
//!     )),
//!     ".,~(1)"
//! );
//! ```

use arrow::array::{Array, AsArray};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::{ErrorCode, TrinoError};
use crate::functions::scalar::Kind::{Boolean, Varchar, Varchars};
use crate::functions::scalar::{Input, scalar};

const MOST_BYTES: usize = 1_048_576;

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("$listagg")
        .overload([Varchars, Varchar, Varchar, Boolean], Varchar, |call| {
            let lists = call.array(0)?;
            let lists = lists.as_list::<i32>();
            let (separators, fillers) = (call.column::<&str>(1)?, call.column::<&str>(2)?);
            let with_counts = call.column::<bool>(3)?;
            call.collect(|row| {
                if lists.is_null(row) {
                    return Ok(None);
                }
                let texts = lists.value(row);
                let column = <&str as Input>::column(&texts)?;
                let texts = (0..texts.len()).filter_map(|place| <&str>::get(&column, place));
                let with_count = with_counts.get(row).unwrap_or(false);
                let overflow = fillers.get(row).map(|filler| (filler, with_count));
                let texts: Vec<&str> = texts.collect();
                join(&texts, separators.get(row).unwrap_or_default(), overflow)
            })
        })
        .udf()
}

/// The texts with the separator between them, cut with the filler if there is one, and how many
/// were cut off.
fn join(texts: &[&str], separator: &str, overflow: Option<(&str, bool)>) -> Result<Option<String>> {
    let Some((first, rest)) = texts.split_first() else {
        return Ok(None);
    };
    let mut joined = (*first).to_owned();
    for (place, text) in rest.iter().enumerate() {
        if joined.len() + separator.len() + text.len() > MOST_BYTES {
            let Some((filler, with_count)) = overflow else {
                return Err(too_long());
            };
            joined.push_str(separator);
            joined.push_str(filler);
            if with_count {
                joined.push_str(&format!("({})", rest.len() - place));
            }
            return Ok(Some(joined));
        }
        joined.push_str(separator);
        joined.push_str(text);
    }
    match joined.len() > MOST_BYTES {
        true => Err(too_long()),
        false => Ok(Some(joined)),
    }
}

fn too_long() -> datafusion::error::DataFusionError {
    TrinoError::new(
        ErrorCode::ExceededFunctionMemoryLimit,
        format!(
            "Concatenated string has the length in bytes larger than the maximum output length {MOST_BYTES}"
        ),
    )
    .into()
}
