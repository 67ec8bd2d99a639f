//! `regexp_replace(string, pattern[, replacement]) -> varchar`: replaces every match, with nothing
//! if no replacement is given. `$1` and `${name}` in the replacement stand for groups. Trino
//! manual, "Regular expression functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate(r"regexp_replace('1a 2b 14m', '\d+[ab] ')"), "14m");
//! assert_eq!(evaluate(r"regexp_replace('1a 2b 14m', '(\d+)([ab]) ', '3c$2 ')"), "3ca 3cb 14m");
//! assert_eq!(evaluate("regexp_replace('ab', '(?<x>a)', '[${x}]')"), "[a]b");
//! assert_eq!(
//!     evaluate("regexp_replace('xxx', 'x', '$1')"),
//!     "INVALID_FUNCTION_ARGUMENT: Illegal replacement sequence: unknown group 1"
//! );
//! ```

use arrow::array::ArrayRef;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::pattern::{Pattern, Replacement};
use crate::error::TrinoError;
use crate::functions::compiled::Compiled;
use crate::functions::scalar::Kind::Varchar;
use crate::functions::scalar::{Call, scalar};

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("regexp_replace")
        .overload([Varchar, Varchar], Varchar, |call| {
            let mut patterns = Compiled::with(Pattern::compile);
            call.try_map2(|text, pattern| {
                let replaced = patterns.get(pattern)?.replace_all(text, |_, _| Ok(()));
                replaced.map(Some)
            })
        })
        .overload([Varchar, Varchar, Varchar], Varchar, replace)
        .udf()
}

fn replace(call: &Call<'_>) -> Result<ArrayRef> {
    let mut patterns = Compiled::with(Pattern::compile);
    let mut last: Option<(String, String, Result<Replacement, TrinoError>)> = None;
    call.try_map3(|text, pattern, written| {
        let compiled = patterns.get(pattern)?;
        // Nearly always the same in all rows.
        let replacement = match &last {
            Some((with, of, replacement)) if with == written && of == pattern => replacement,
            _ => {
                let parsed = Replacement::parse(written, compiled);
                &last
                    .insert((written.to_owned(), pattern.to_owned(), parsed))
                    .2
            }
        };
        let replaced = compiled.replace_all(text, |found, out| {
            // Wrong only where something is to be replaced.
            let replacement = replacement.as_ref().map_err(TrinoError::clone)?;
            replacement.append(found, out);
            Ok(())
        })?;
        Ok(Some(replaced))
    })
}
