//! `PARTITION (key = value, …)`.

use std::fmt;

use super::cursor::Cursor;
use super::lexer::TokenKind;
use crate::error::{ErrorKind, QueryError, Result};

/// The partition's keys and values as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartitionSpec(pub(crate) Vec<PartitionTerm>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartitionTerm {
    pub(crate) key: String,
    /// `=`, or another comparison where a statement takes one.
    pub(crate) operator: String,
    pub(crate) value: String,
}

/// `(year = 2025, month = 01)`, as messages show it.
impl fmt::Display for PartitionSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (position, term) in self.0.iter().enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            write!(f, "{comma}{} {} {}", term.key, term.operator, term.value)?;
        }
        f.write_str(")")
    }
}

pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<PartitionSpec> {
    cursor.expect("PARTITION")?;
    Ok(PartitionSpec(cursor.parenthesized(term)?))
}

fn term(cursor: &mut Cursor<'_>) -> Result<PartitionTerm> {
    let key = cursor.identifier()?;
    let mut operator = String::new();
    let place = cursor.location();
    for symbol in ['<', '>', '!', '='] {
        if cursor.take_symbol(symbol) {
            operator.push(symbol);
        }
    }
    match operator.as_str() {
        "=" | "<" | ">" | "<=" | ">=" | "<>" | "!=" => {}
        "" => return Err(cursor.unexpected("'='")),
        other => {
            return Err(QueryError::at(
                ErrorKind::SyntaxError,
                place,
                format!("mismatched input '{other}'. Expecting: '='"),
            ));
        }
    }
    Ok(PartitionTerm {
        key,
        operator,
        value: value(cursor)?,
    })
}

fn value(cursor: &mut Cursor<'_>) -> Result<String> {
    // `DATE '2025-01-01'` is the date's text.
    if cursor.take(&["DATE"]) || cursor.at_string() {
        return cursor.string();
    }
    let sign = if cursor.take_symbol('-') { "-" } else { "" };
    match cursor.peek() {
        Some(token) if matches!(token.kind, TokenKind::Number | TokenKind::Word) => {
            let value = format!("{sign}{}", cursor.raw(token));
            cursor.skip();
            Ok(value)
        }
        _ => Err(cursor.unexpected("<constant>")),
    }
}
