//! Statements that name a table and little else: `DROP`, `DESCRIBE`, `MSCK REPAIR TABLE` and the
//! `SHOW` family.

use super::cursor::{Cursor, TableName};
use super::partition_spec::{self, PartitionSpec};
use crate::error::Result;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DropTable {
    pub(crate) name: TableName,
    pub(crate) if_exists: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShowTables {
    pub(crate) database: Option<String>,
    pub(crate) pattern: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShowTableProperties {
    pub(crate) name: TableName,
    pub(crate) property: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Describe {
    pub(crate) name: TableName,
    pub(crate) detail: DescribeDetail,
    pub(crate) partition: Option<PartitionSpec>,
    pub(crate) column: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DescribeDetail {
    Columns,
    Extended,
    Formatted,
}

/// After `DROP TABLE` or `DROP VIEW`.
pub(super) fn parse_drop(cursor: &mut Cursor<'_>) -> Result<DropTable> {
    let if_exists = cursor.take(&["IF", "EXISTS"]);
    let name = cursor.table_name()?;
    cursor.take(&["PURGE"]);
    cursor.end()?;
    Ok(DropTable { name, if_exists })
}

/// A table's name and the end.
pub(super) fn parse_name(cursor: &mut Cursor<'_>) -> Result<TableName> {
    let name = cursor.table_name()?;
    cursor.end()?;
    Ok(name)
}

/// After `SHOW TABLES` or `SHOW VIEWS`.
pub(super) fn parse_show_tables(cursor: &mut Cursor<'_>) -> Result<ShowTables> {
    let database = match cursor.take_any(&["IN", "FROM"]) {
        true => Some(cursor.database_name()?),
        false => None,
    };
    let wanted = cursor.take(&["LIKE"]) || cursor.at_string();
    let pattern = match wanted {
        true => Some(cursor.string()?),
        false => None,
    };
    cursor.end()?;
    Ok(ShowTables { database, pattern })
}

/// After `SHOW COLUMNS`: `IN t`, `FROM t IN db`, `IN db.t`.
pub(super) fn parse_show_columns(cursor: &mut Cursor<'_>) -> Result<TableName> {
    if !cursor.take_any(&["IN", "FROM"]) {
        return Err(cursor.unexpected("'FROM', 'IN'"));
    }
    let mut name = cursor.table_name()?;
    if cursor.take_any(&["IN", "FROM"]) {
        name.database = Some(cursor.database_name()?);
    }
    cursor.end()?;
    Ok(name)
}

/// After `SHOW TBLPROPERTIES`.
pub(super) fn parse_show_properties(cursor: &mut Cursor<'_>) -> Result<ShowTableProperties> {
    let name = cursor.table_name()?;
    let mut property = None;
    if cursor.take_symbol('(') {
        property = Some(cursor.string()?);
        cursor.expect_symbol(')')?;
    }
    cursor.end()?;
    Ok(ShowTableProperties { name, property })
}

/// After `DESCRIBE`.
pub(super) fn parse_describe(cursor: &mut Cursor<'_>) -> Result<Describe> {
    let detail = if cursor.take(&["EXTENDED"]) {
        DescribeDetail::Extended
    } else if cursor.take(&["FORMATTED"]) {
        DescribeDetail::Formatted
    } else {
        DescribeDetail::Columns
    };
    let name = cursor.table_name()?;
    let partition = match cursor.at_keywords(&["PARTITION"]) {
        true => Some(partition_spec::parse(cursor)?),
        false => None,
    };
    let at_end = cursor.peek().is_none() || cursor.at_symbol(';');
    let column = match at_end {
        true => None,
        false => Some(cursor.identifier()?),
    };
    cursor.end()?;
    Ok(Describe {
        name,
        detail,
        partition,
        column,
    })
}
