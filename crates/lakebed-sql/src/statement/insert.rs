//! `INSERT INTO t [(columns)] query`.

use super::QueryText;
use super::cursor::{Cursor, TableName};
use crate::error::Result;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Insert {
    pub(crate) name: TableName,
    pub(crate) columns: Option<Vec<String>>,
    pub(crate) query: QueryText,
}

/// After `INSERT INTO`.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Insert> {
    let name = cursor.table_name()?;
    let columns_follow = cursor.at_symbol('(') && !cursor.at_query_in_parentheses();
    let columns = match columns_follow {
        true => Some(cursor.parenthesized(Cursor::identifier)?),
        false => None,
    };
    if cursor.peek().is_none() {
        return Err(cursor.unexpected("'(', 'SELECT', 'TABLE', 'VALUES', 'WITH'"));
    }
    Ok(Insert {
        name,
        columns,
        query: QueryText::rest(cursor)?,
    })
}
