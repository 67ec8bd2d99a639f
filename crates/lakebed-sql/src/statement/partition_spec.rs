//! `PARTITION (key = value, …)`.

use super::cursor::Cursor;
use super::lexer::TokenKind;
use crate::error::Result;

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

pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<PartitionSpec> {
    cursor.expect("PARTITION")?;
    Ok(PartitionSpec(cursor.parenthesized(term)?))
}

fn term(cursor: &mut Cursor<'_>) -> Result<PartitionTerm> {
    let key = cursor.identifier()?;
    let mut operator = String::new();
    for symbol in ['<', '>', '!', '='] {
        if cursor.take_symbol(symbol) {
            operator.push(symbol);
        }
    }
    if operator.is_empty() {
        return Err(cursor.unexpected("'='"));
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
