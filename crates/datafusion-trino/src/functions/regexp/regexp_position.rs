//! `regexp_position(string, pattern[, start[, occurrence]]) -> integer`: the character at which
//! the pattern is found, counted from 1 and searched from `start` on; -1 if it is not. Trino
//! manual, "Regular expression functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! let oranges = r"'I have 23 apples, 5 pears and 13 oranges', '\b\d+\b'";
//! assert_eq!(evaluate(&format!("regexp_position({oranges})")), "8");
//! assert_eq!(evaluate(&format!("regexp_position({oranges}, 12)")), "19");
//! assert_eq!(evaluate(&format!("regexp_position({oranges}, 12, 2)")), "31");
//! assert_eq!(evaluate(&format!("regexp_position({oranges}, 12, 3)")), "-1");
//! ```

use arrow::array::ArrayRef;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::pattern::Pattern;
use crate::error::TrinoError;
use crate::functions::compiled::Compiled;
use crate::functions::scalar::Kind::{Integer, Varchar};
use crate::functions::scalar::{Call, scalar};

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("regexp_position")
        .overload([Varchar, Varchar], Integer, positions)
        .overload([Varchar, Varchar, Integer], Integer, positions)
        .overload([Varchar, Varchar, Integer, Integer], Integer, positions)
        .udf()
}

fn positions(call: &Call<'_>) -> Result<ArrayRef> {
    let (texts, patterns) = (call.column::<&str>(0)?, call.column::<&str>(1)?);
    let number = |argument| (argument < call.len()).then(|| call.column::<i32>(argument));
    let starts = number(2).transpose()?;
    let occurrences = number(3).transpose()?;
    let mut compiled = Compiled::with(Pattern::compile);
    call.collect(|row| {
        let start = starts.as_ref().map_or(Some(1), |starts| starts.get(row));
        let occurrence = occurrences
            .as_ref()
            .map_or(Some(1), |column| column.get(row));
        let (Some(text), Some(pattern), Some(start), Some(occurrence)) =
            (texts.get(row), patterns.get(row), start, occurrence)
        else {
            return Ok(None);
        };
        position(text, compiled.get(pattern)?, start, occurrence).map(Some)
    })
}

fn position(text: &str, pattern: &Pattern, start: i32, occurrence: i32) -> Result<i32> {
    let at_least_one = |what: &str, number: i32| {
        usize::try_from(number - 1)
            .map_err(|_| TrinoError::invalid_argument(format!("{what} cannot be smaller than 1")))
    };
    let start = at_least_one("start position", start.max(0))?;
    let occurrence = at_least_one("occurrence", occurrence.max(0))?;
    let Some((from, _)) = text.char_indices().nth(start) else {
        return Ok(-1);
    };
    let found = pattern.matches(text, from).nth(occurrence).transpose()?;
    let characters = found.map(|(start, _)| text[..start].chars().count() + 1);
    Ok(characters
        .and_then(|position| i32::try_from(position).ok())
        .unwrap_or(-1))
}
