//! `CREATE [OR REPLACE] VIEW`: Athena user guide, "CREATE VIEW and CREATE PROTECTED MULTI DIALECT VIEW".

use super::QueryText;
use super::cursor::{Cursor, TableName};
use crate::error::{QueryError, Result};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CreateView {
    pub(crate) name: TableName,
    pub(crate) replace: bool,
    pub(crate) comment: Option<String>,
    pub(crate) query: QueryText,
}

/// After `CREATE [OR REPLACE] VIEW`.
pub(super) fn parse(cursor: &mut Cursor<'_>, replace: bool) -> Result<CreateView> {
    let name = cursor.table_name()?;
    let comment = match cursor.take(&["COMMENT"]) {
        true => Some(cursor.string()?),
        false => None,
    };
    if cursor.at_keywords(&["SECURITY"]) {
        let location = cursor.location();
        return Err(QueryError::unsupported("CREATE VIEW … SECURITY").or_at(location));
    }
    cursor.expect("AS")?;
    if cursor.peek().is_none() {
        return Err(cursor.unexpected("<query>"));
    }
    Ok(CreateView {
        name,
        replace,
        comment,
        query: QueryText::rest(cursor)?,
    })
}
