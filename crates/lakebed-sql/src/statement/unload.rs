//! `UNLOAD (query) TO 's3://…' [WITH (…)]`: Athena user guide, "UNLOAD".

use super::QueryText;
use super::create_table_as::{TableProperty, property};
use super::cursor::Cursor;
use crate::error::Result;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unload {
    pub(crate) query: QueryText,
    pub(crate) location: String,
    pub(crate) properties: Vec<TableProperty>,
}

/// After `UNLOAD`.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Unload> {
    cursor.expect_symbol('(')?;
    let query = QueryText::in_parentheses(cursor)?;
    cursor.expect("TO")?;
    let location = cursor.string()?;
    let properties = match cursor.take(&["WITH"]) {
        true => cursor.parenthesized(property)?,
        false => Vec::new(),
    };
    cursor.end()?;
    Ok(Unload {
        query,
        location,
        properties,
    })
}
