//! `PREPARE name FROM statement`, `EXECUTE name [USING …]`, `DEALLOCATE PREPARE name`: Athena user
//! guide, "Use prepared statements".

use super::Statement;
use super::cursor::Cursor;
use super::lexer::TokenKind;
use super::query_text::{blank_around, end_of_statement};
use crate::error::{ErrorKind, QueryError, Result};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prepare {
    pub(crate) name: String,
    /// The text of the statement that is kept.
    pub(crate) statement: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Execute {
    pub(crate) name: String,
    /// The expressions for the statement's `?`, as written.
    pub(crate) parameters: Vec<String>,
}

/// After `PREPARE`. The statement is parsed to refuse what could never be executed.
pub(super) fn parse_prepare(cursor: &mut Cursor<'_>) -> Result<Prepare> {
    let name = cursor.name_as_written()?;
    cursor.expect("FROM")?;
    let start = cursor.offset();
    let location = cursor.location();
    if cursor.peek().is_none() {
        return Err(cursor.unexpected("<statement>"));
    }
    let end = end_of_statement(cursor)?;
    let statement = super::parse(&blank_around(cursor.text(), start, end))?;
    if !statement.can_be_prepared() {
        return Err(QueryError::at(
            ErrorKind::SyntaxError,
            location,
            "only SELECT, CREATE TABLE AS, INSERT INTO and UNLOAD can be prepared",
        ));
    }
    Ok(Prepare {
        name,
        statement: cursor.text()[start..end].to_owned(),
    })
}

/// After `EXECUTE`.
pub(super) fn parse_execute(cursor: &mut Cursor<'_>) -> Result<Execute> {
    let name = cursor.name_as_written()?;
    let parameters = match cursor.take(&["USING"]) {
        true => expressions(cursor)?,
        false => Vec::new(),
    };
    cursor.end()?;
    Ok(Execute { name, parameters })
}

/// After `DEALLOCATE`.
pub(super) fn parse_deallocate(cursor: &mut Cursor<'_>) -> Result<String> {
    cursor.expect("PREPARE")?;
    let name = cursor.name_as_written()?;
    cursor.end()?;
    Ok(name)
}

/// The texts between the commas that no parenthesis or bracket encloses.
fn expressions(cursor: &mut Cursor<'_>) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    loop {
        let start = cursor.offset();
        let mut depth = 0_usize;
        while let Some(token) = cursor.peek() {
            match token.kind {
                TokenKind::Symbol('(' | '[') => depth += 1,
                TokenKind::Symbol(')' | ']') => depth = depth.saturating_sub(1),
                TokenKind::Symbol(',' | ';') if depth == 0 => break,
                _ => {}
            }
            cursor.skip();
        }
        if cursor.offset() == start {
            return Err(cursor.unexpected("<expression>"));
        }
        texts.push(cursor.text()[start..cursor.end_of_taken()].to_owned());
        if !cursor.take_symbol(',') {
            return Ok(texts);
        }
    }
}

impl Statement {
    fn can_be_prepared(&self) -> bool {
        matches!(
            self,
            Self::Query(_) | Self::Insert(_) | Self::CreateTableAs(_) | Self::Unload(_)
        )
    }

    /// Gives the statement's query the expressions for its `?`.
    ///
    /// # Errors
    /// `SYNTAX_ERROR` if the statement has no query to take them.
    pub(crate) fn set_parameters(&mut self, parameters: Vec<String>) -> Result<()> {
        match self.query_mut() {
            Some(query) => query.set_parameters(parameters),
            None if parameters.is_empty() => {}
            None => {
                return Err(QueryError::at(
                    ErrorKind::SyntaxError,
                    datafusion_trino::Location::START,
                    format!(
                        "Incorrect number of parameters: expected 0 but found {}",
                        parameters.len()
                    ),
                ));
            }
        }
        Ok(())
    }
}
