//! Regular expressions, and Java's replacement texts.

use datafusion::common::Result;
use regex::Regex;

use crate::error::TrinoError;

pub(super) fn compile(pattern: &str) -> Result<Regex> {
    Regex::new(pattern).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default();
        TrinoError::invalid_argument(format!("Invalid pattern '{pattern}': {reason}"))
    })
}

/// Java's replacement (`$1`, `${name}`, `\` before a literal character) in the words of the regex
/// crate, where `$` is doubled and a group's number is in braces.
pub(super) fn replacement(java: &str) -> Result<String> {
    let mut ours = String::with_capacity(java.len());
    let mut rest = java.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => match rest.next() {
                Some('$') => ours.push_str("$$"),
                Some(literal) => ours.push(literal),
                None => ours.push('\\'),
            },
            '$' => {
                let mut group = String::new();
                while let Some(digit) = rest.next_if(char::is_ascii_digit) {
                    group.push(digit);
                }
                if group.is_empty() {
                    ours.push('$');
                } else {
                    ours.push_str(&format!("${{{group}}}"));
                }
            }
            literal => ours.push(literal),
        }
    }
    Ok(ours)
}
