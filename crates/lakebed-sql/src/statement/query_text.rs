//! The query inside a statement, at its own place in the text.

use super::cursor::Cursor;
use super::lexer::{StringStyle, TokenKind, tokenize};
use crate::error::{ErrorKind, QueryError, Result};

/// A query's text, with everything around it blanked out so that places in it are places in the
/// whole statement, and the values for its `?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QueryText {
    text: String,
    parameters: Vec<String>,
}

impl QueryText {
    /// Everything from the cursor on.
    pub(super) fn rest(cursor: &mut Cursor<'_>) -> Result<Self> {
        let start = cursor.offset();
        let end = end_of_statement(cursor)?;
        Ok(Self::between(cursor, start, end))
    }

    /// Everything up to the parenthesis that closes one taken before, and takes that one.
    pub(super) fn in_parentheses(cursor: &mut Cursor<'_>) -> Result<Self> {
        let start = cursor.offset();
        if cursor.at_symbol(')') {
            return Err(cursor.unexpected("<query>"));
        }
        cursor.skip_to_closing_parenthesis()?;
        Ok(Self::between(cursor, start, cursor.end_of_taken() - 1))
    }

    /// Everything from the cursor on but `WITH [NO] DATA`; and whether data is wanted.
    pub(super) fn before_data_clause(cursor: &mut Cursor<'_>) -> Result<(Self, bool)> {
        let start = cursor.offset();
        let mut clause = None;
        let mut scan = start;
        while cursor.peek().is_some() {
            let at = cursor.offset();
            if cursor.at_keywords(&["WITH", "NO", "DATA"]) {
                clause = Some((at, false));
            } else if cursor.at_keywords(&["WITH", "DATA"]) {
                clause = Some((at, true));
            }
            if !cursor.at_symbol(';') {
                scan = cursor.peek().map_or(scan, |token| token.end);
            }
            cursor.skip();
        }
        let (end, with_data) = clause.unwrap_or((scan, true));
        if cursor.text()[start..end].trim().is_empty() {
            return Err(cursor.unexpected("<query>"));
        }
        Ok((Self::between(cursor, start, end), with_data))
    }

    fn between(cursor: &Cursor<'_>, start: usize, end: usize) -> Self {
        Self {
            text: blank_around(cursor.text(), start, end),
            parameters: Vec::new(),
        }
    }

    /// A query that is no statement's, such as a view's.
    pub(crate) fn whole(text: String) -> Self {
        Self {
            text,
            parameters: Vec::new(),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The expressions that stand for its `?`, in order.
    pub(crate) fn parameters(&self) -> &[String] {
        &self.parameters
    }

    pub(crate) fn set_parameters(&mut self, parameters: Vec<String>) {
        self.parameters = parameters;
    }
}

/// Goes to the end of the statement and says where its last token ends.
pub(super) fn end_of_statement(cursor: &mut Cursor<'_>) -> Result<usize> {
    let mut end = cursor.offset();
    while let Some(token) = cursor.peek() {
        if token.kind == TokenKind::Symbol(';') {
            cursor.skip();
            break;
        }
        end = token.end;
        cursor.skip();
    }
    cursor.end()?;
    Ok(end)
}

pub(super) fn blank_around(text: &str, start: usize, end: usize) -> String {
    let blank = |part: &str| -> String {
        part.chars()
            .map(|c| if c == '\n' { '\n' } else { ' ' })
            .collect()
    };
    blank(&text[..start]) + &text[start..end]
}

/// Refuses texts that hold more than one statement, as Athena does.
pub(super) fn refuse_many(text: &str) -> Result<()> {
    let tokens = tokenize(text, StringStyle::Trino)?;
    let more = tokens
        .iter()
        .position(|token| token.kind == TokenKind::Symbol(';'))
        .is_some_and(|semicolon| {
            tokens[semicolon..]
                .iter()
                .any(|token| token.kind != TokenKind::Symbol(';'))
        });
    if more {
        return Err(QueryError::new(
            ErrorKind::SyntaxError,
            format!("Only one sql statement is allowed. Got: {text}"),
        ));
    }
    Ok(())
}
