//! `regexp_extract(string, pattern[, group]) -> varchar`: the first match, or one of its groups;
//! null if there is no match, or if the group is not part of it. `regexp_extract_all` makes an
//! array of all of them. Trino manual, "Regular expression functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate(r"regexp_extract('1a 2b 14m', '(\d+)([a-z]+)', 2)"), "a");
//! assert_eq!(evaluate("regexp_extract('abc', 'x')"), "null");
//! assert_eq!(evaluate(r"regexp_extract_all('1a 2b 14m', '\d+')"), "[1, 2, 14]");
//! assert_eq!(
//!     evaluate("regexp_extract('abc', 'b', 1)"),
//!     "INVALID_FUNCTION_ARGUMENT: Pattern has 0 groups. Cannot access group 1"
//! );
//! ```

use std::sync::Arc;

use arrow::array::{ArrayRef, ListBuilder, StringBuilder};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::pattern::Pattern;
use crate::functions::compiled::Compiled;
use crate::functions::scalar::Kind::{Bigint, Varchar, Varchars};
use crate::functions::scalar::{Call, scalar};

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    [
        scalar("regexp_extract")
            .overload([Varchar, Varchar], Varchar, first)
            .overload([Varchar, Varchar, Bigint], Varchar, first)
            .udf(),
        scalar("regexp_extract_all")
            .overload([Varchar, Varchar], Varchars, all)
            .overload([Varchar, Varchar, Bigint], Varchars, all)
            .udf(),
    ]
}

/// Calls `row` with the text, the pattern and the group of each row; without them if one is null.
fn for_each_row(
    call: &Call<'_>,
    mut row: impl FnMut(Option<(&str, &Pattern, usize)>) -> Result<()>,
) -> Result<()> {
    let (texts, patterns) = (call.column::<&str>(0)?, call.column::<&str>(1)?);
    let groups = match call.len() {
        3 => Some(call.column::<i64>(2)?),
        _ => None,
    };
    let mut compiled = Compiled::with(Pattern::compile);
    for place in 0..call.rows() {
        let group = groups.as_ref().map_or(Some(0), |groups| groups.get(place));
        match (texts.get(place), patterns.get(place), group) {
            (Some(text), Some(pattern), Some(group)) => {
                let pattern = compiled.get(pattern)?;
                row(Some((text, pattern, pattern.check_group(group)?)))?;
            }
            _ => row(None)?,
        }
    }
    Ok(())
}

fn first(call: &Call<'_>) -> Result<ArrayRef> {
    let mut answers = StringBuilder::new();
    for_each_row(call, |row| {
        let Some((text, pattern, group)) = row else {
            answers.append_null();
            return Ok(());
        };
        if group == 0 {
            let found = pattern.matches(text, 0).next().transpose()?;
            answers.append_option(found.map(|(start, end)| &text[start..end]));
        } else {
            let found = pattern.captures(text).next().transpose()?;
            let group = found.and_then(|found| found.get(group));
            answers.append_option(group.map(|group| group.as_str()));
        }
        Ok(())
    })?;
    Ok(Arc::new(answers.finish()))
}

fn all(call: &Call<'_>) -> Result<ArrayRef> {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for_each_row(call, |row| {
        let Some((text, pattern, group)) = row else {
            lists.append_null();
            return Ok(());
        };
        for found in pattern.captures(text) {
            let found = found?.get(group);
            lists
                .values()
                .append_option(found.map(|found| found.as_str()));
        }
        lists.append(true);
        Ok(())
    })?;
    Ok(Arc::new(lists.finish()))
}
