//! The statements that only Iceberg tables have. They are parsed as far as tells them from
//! malformed ones, and are not executed yet. Athena user guide, "Query Apache Iceberg tables".

use datafusion_trino::Location;

use super::create_table::column;
use super::cursor::Cursor;
use super::kind::StatementKind;
use super::{Statement, unsupported};
use crate::error::{ErrorKind, QueryError, Result};

/// The statement if its first word is one of Iceberg's.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Option<Statement>> {
    if cursor.take(&["DELETE"]) {
        cursor.expect("FROM")?;
        cursor.table_name()?;
        condition(cursor)?;
        return Ok(Some(unsupported("DELETE", StatementKind::DELETE)));
    }
    if cursor.take(&["UPDATE"]) {
        cursor.table_name()?;
        cursor.expect("SET")?;
        cursor.identifier()?;
        cursor.expect_symbol('=')?;
        something(cursor, "<expression>")?;
        return Ok(Some(unsupported("UPDATE", StatementKind::UPDATE)));
    }
    if cursor.take(&["MERGE"]) {
        cursor.expect("INTO")?;
        cursor.table_name()?;
        if !cursor.at_keywords(&["USING"]) {
            cursor.take(&["AS"]);
            cursor.identifier()?;
        }
        cursor.expect("USING")?;
        something(cursor, "<relation>")?;
        return Ok(Some(unsupported("MERGE", StatementKind::MERGE)));
    }
    if cursor.take(&["OPTIMIZE"]) {
        cursor.table_name()?;
        cursor.expect_all(&["REWRITE", "DATA", "USING", "BIN_PACK"])?;
        condition(cursor)?;
        return Ok(Some(unsupported("OPTIMIZE", StatementKind::OPTIMIZE)));
    }
    if cursor.take(&["VACUUM"]) {
        cursor.table_name()?;
        cursor.end()?;
        return Ok(Some(unsupported("VACUUM", StatementKind::VACUUM)));
    }
    Ok(None)
}

/// `WHERE …` or the end.
fn condition(cursor: &mut Cursor<'_>) -> Result<()> {
    match cursor.take(&["WHERE"]) {
        true => something(cursor, "<expression>"),
        false => cursor.end(),
    }
}

/// Anything at all, up to the end.
fn something(cursor: &mut Cursor<'_>, expected: &str) -> Result<()> {
    if cursor.peek().is_none() || cursor.at_symbol(';') {
        return Err(cursor.unexpected(expected));
    }
    while cursor.peek().is_some() && !cursor.at_symbol(';') {
        cursor.skip();
    }
    cursor.end()
}

/// After `CREATE TABLE name`, before the columns. Without `'table_type'='ICEBERG'` it must have
/// been `CREATE EXTERNAL TABLE`.
pub(super) fn parse_create(cursor: &mut Cursor<'_>, table: Location) -> Result<Statement> {
    cursor.parenthesized(column)?;
    if cursor.take(&["COMMENT"]) {
        cursor.string()?;
    }
    if cursor.take(&["PARTITIONED", "BY"]) {
        cursor.parenthesized(transform)?;
    }
    if cursor.take(&["LOCATION"]) {
        cursor.string()?;
    }
    let properties = match cursor.take(&["TBLPROPERTIES"]) {
        true => cursor.properties()?,
        false => Vec::new(),
    };
    let is_iceberg = properties.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("table_type") && value.eq_ignore_ascii_case("iceberg")
    });
    if !is_iceberg {
        return Err(QueryError::at(
            ErrorKind::SyntaxError,
            table,
            "missing EXTERNAL at 'TABLE': only tables with 'table_type'='ICEBERG' go without",
        ));
    }
    cursor.end()?;
    Ok(unsupported(
        "CREATE TABLE of Iceberg tables",
        StatementKind::CREATE_TABLE,
    ))
}

/// `column` or a function of one: `bucket(16, id)`, `day(ts)`.
fn transform(cursor: &mut Cursor<'_>) -> Result<()> {
    cursor.identifier()?;
    if cursor.at_symbol('(') {
        cursor.parenthesized(|cursor| match cursor.integer() {
            Ok(_) => Ok(()),
            Err(_) => cursor.identifier().map(drop),
        })?;
    }
    Ok(())
}
