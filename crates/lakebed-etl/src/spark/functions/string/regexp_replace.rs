//! `regexp_replace(text, pattern, replacement)`: every match; `$1` in the replacement is a group.
//! (DataFusion's own replaces the first match only.)

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::pattern;
use crate::spark::functions::function::{Function, Memo};

pub(super) fn function() -> ScalarUDF {
    Function {
        name: "regexp_replace",
        takes: vec![Some(DataType::Utf8); 3],
        required: 3,
        returns: DataType::Utf8,
        kernel: regexp_replace,
    }
    .into_udf(&[])
}

fn regexp_replace(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let texts = columns[0].as_string::<i32>();
    let patterns = columns[1].as_string::<i32>();
    let replacements = columns[2].as_string::<i32>();
    let mut compiled = Memo::new();
    let mut rewritten = Memo::new();
    let mut replaced = StringBuilder::new();
    for row in 0..texts.len() {
        if columns.iter().any(|column| column.is_null(row)) {
            replaced.append_null();
            continue;
        }
        let regex = compiled.get(patterns.value(row), pattern)?;
        let replacement = rewritten.get(replacements.value(row), |text| {
            Ok(from_java_replacement(text))
        })?;
        replaced.append_value(regex.replace_all(texts.value(row), replacement.as_str()));
    }
    Ok(Arc::new(replaced.finish()))
}

/// Java's `$1` ends where the digits end and a backslash takes away a character's meaning.
fn from_java_replacement(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('$') => written.push_str("$$"),
                Some(other) => written.push(other),
                None => written.push('\\'),
            },
            '$' if characters.peek().is_some_and(char::is_ascii_digit) => {
                written.push_str("${");
                while let Some(digit) = characters.next_if(char::is_ascii_digit) {
                    written.push(digit);
                }
                written.push('}');
            }
            '$' => written.push_str("$$"),
            other => written.push(other),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::from_java_replacement;

    #[test]
    fn replacements_are_javas() {
        let cases = [
            ("-", "-"),
            ("$1x", "${1}x"),
            ("\\$1", "$$1"),
            ("US$", "US$$"),
            ("a\\\\b", "a\\b"),
        ];
        for (java, rust) in cases {
            assert_eq!(from_java_replacement(java), rust, "{java}");
        }
    }
}
