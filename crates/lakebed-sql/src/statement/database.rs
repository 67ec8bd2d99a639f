//! `CREATE`/`DROP DATABASE|SCHEMA` and `SHOW DATABASES|SCHEMAS`.

use super::cursor::Cursor;
use crate::error::Result;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CreateDatabase {
    pub(crate) name: String,
    pub(crate) if_not_exists: bool,
    pub(crate) comment: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) properties: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AlterDatabase {
    pub(crate) name: String,
    pub(crate) properties: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DropDatabase {
    pub(crate) name: String,
    pub(crate) if_exists: bool,
    pub(crate) cascade: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShowDatabases {
    pub(crate) pattern: Option<String>,
}

/// After `CREATE DATABASE`.
pub(super) fn parse_create(cursor: &mut Cursor<'_>) -> Result<CreateDatabase> {
    let if_not_exists = cursor.take(&["IF", "NOT", "EXISTS"]);
    let mut create = CreateDatabase {
        name: cursor.database_name()?,
        if_not_exists,
        comment: None,
        location: None,
        properties: Vec::new(),
    };
    if cursor.take(&["COMMENT"]) {
        create.comment = Some(cursor.string()?);
    }
    if cursor.take(&["LOCATION"]) {
        create.location = Some(cursor.string()?);
    }
    if cursor.take(&["WITH", "DBPROPERTIES"]) {
        create.properties = cursor.properties()?;
    }
    cursor.end()?;
    Ok(create)
}

/// After `ALTER DATABASE`.
pub(super) fn parse_alter(cursor: &mut Cursor<'_>) -> Result<AlterDatabase> {
    let name = cursor.database_name()?;
    cursor.expect_all(&["SET", "DBPROPERTIES"])?;
    let properties = cursor.properties()?;
    cursor.end()?;
    Ok(AlterDatabase { name, properties })
}

/// After `DROP DATABASE`.
pub(super) fn parse_drop(cursor: &mut Cursor<'_>) -> Result<DropDatabase> {
    let if_exists = cursor.take(&["IF", "EXISTS"]);
    let name = cursor.database_name()?;
    let cascade = cursor.take(&["CASCADE"]);
    if !cascade {
        cursor.take(&["RESTRICT"]);
    }
    cursor.end()?;
    Ok(DropDatabase {
        name,
        if_exists,
        cascade,
    })
}

/// After `SHOW DATABASES`.
pub(super) fn parse_show(cursor: &mut Cursor<'_>) -> Result<ShowDatabases> {
    let pattern = match cursor.take(&["LIKE"]) {
        true => Some(cursor.string()?),
        false => None,
    };
    cursor.end()?;
    Ok(ShowDatabases { pattern })
}
