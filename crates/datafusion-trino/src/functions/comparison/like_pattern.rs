//! The pattern of `LIKE` as the engine takes it, whose escape character is a backslash: Trino's has
//! none unless it names one. Trino manual, "Comparison functions and operators".
//!
//! The dialect writes a pattern that is no literal as `$like_pattern(pattern[, escape])`.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate(r"'a\b' LIKE concat('a\', '_')"), "true");
//! assert_eq!(evaluate("'10%' LIKE concat('10#', '%') ESCAPE '#'"), "true");
//! assert_eq!(
//!     evaluate("'a' LIKE 'a#' ESCAPE '#'"),
//!     "INVALID_FUNCTION_ARGUMENT: Escape character must be followed by '%', '_' or the escape character itself"
//! );
//! ```

use datafusion::logical_expr::ScalarUDF;

use crate::error::{ErrorCode, TrinoError};
use crate::functions::scalar::Kind::Varchar;
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("$like_pattern")
        .overload([Varchar], Varchar, |call| {
            call.try_map1(|pattern: &str| Ok(Some(backslash_escapes(pattern, None)?)))
        })
        .overload([Varchar, Varchar], Varchar, |call| {
            call.try_map2(|pattern: &str, escape: &str| {
                Ok(Some(backslash_escapes(pattern, Some(escape))?))
            })
        })
        .udf()
}

/// The pattern with a backslash where it had `escape`, and its own backslashes doubled.
///
/// # Errors
/// `INVALID_FUNCTION_ARGUMENT` if the escape is no single character, or stands before another one
/// than those it is for.
pub(crate) fn backslash_escapes(pattern: &str, escape: Option<&str>) -> Result<String, TrinoError> {
    let invalid = |reason| TrinoError::new(ErrorCode::InvalidFunctionArgument, reason);
    let escape = match escape.map(|escape| (escape.chars().next(), escape.chars().count())) {
        None => None,
        Some((Some(escape), 1)) => Some(escape),
        Some(_) => return Err(invalid("Escape string must be a single character")),
    };
    let mut ours = String::with_capacity(pattern.len());
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        if Some(c) == escape {
            match rest.next() {
                Some(escaped) if matches!(escaped, '%' | '_') || escaped == c => {
                    ours.push('\\');
                    ours.push(escaped);
                }
                _ => {
                    return Err(invalid(
                        "Escape character must be followed by '%', '_' or the escape character itself",
                    ));
                }
            }
        } else if c == '\\' {
            ours.push_str("\\\\");
        } else {
            ours.push(c);
        }
    }
    Ok(ours)
}
