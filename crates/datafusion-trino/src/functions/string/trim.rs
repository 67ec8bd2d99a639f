//! `trim(string)`, `ltrim(string)`, `rtrim(string)` -> varchar: without white space at the ends;
//! with a second argument, without any of its characters. Trino manual, "String functions and
//! operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("trim('  a b ')"), "a b");
//! assert_eq!(evaluate("ltrim('test', 't')"), "est");
//! ```

use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::{Char as CharKind, Varchar};
use crate::functions::scalar::scalar;
use crate::types::Char;

macro_rules! trim {
    ($name:literal, $trim:ident) => {
        scalar($name)
            .overload([Varchar], Varchar, |call| {
                call.map1(|text: &str| text.$trim(is_white_space))
            })
            .overload([Varchar, Varchar], Varchar, |call| {
                call.try_map2(|text: &str, characters: &str| {
                    Ok(Some(text.$trim(|c| characters.contains(c))))
                })
            })
            // The blanks at the end of a `char(n)` are none of its own.
            .overload([CharKind], Varchar, |call| {
                call.map1(|Char(text): Char<&str>| text.$trim(is_white_space))
            })
            .overload([CharKind, Varchar], Varchar, |call| {
                call.map2(|Char(text): Char<&str>, characters: &str| {
                    text.$trim(|c| characters.contains(c)).trim_end_matches(' ')
                })
            })
            .udf()
    };
}

pub(in crate::functions) fn udfs() -> Vec<ScalarUDF> {
    vec![
        trim!("trim", trim_matches),
        trim!("btrim", trim_matches),
        trim!("ltrim", trim_start_matches),
        trim!("rtrim", trim_end_matches),
    ]
}

/// White space as Trino has it: Unicode's, but not the spaces that do not break.
fn is_white_space(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{85}')
        || matches!(c, '\u{1c}'..='\u{1f}')
}
