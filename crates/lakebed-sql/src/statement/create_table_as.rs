//! `CREATE TABLE … WITH (…) AS query`: Athena user guide, "CREATE TABLE AS".

use datafusion_trino::Location;

use super::QueryText;
use super::cursor::{Cursor, TableName};
use crate::error::Result;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CreateTableAs {
    pub(crate) name: TableName,
    pub(crate) if_not_exists: bool,
    pub(crate) properties: Vec<TableProperty>,
    pub(crate) query: QueryText,
    pub(crate) with_data: bool,
}

/// `name = value` in the `WITH` clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableProperty {
    pub(crate) name: String,
    pub(crate) value: PropertyValue,
    pub(crate) location: Location,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PropertyValue {
    Text(String),
    Texts(Vec<String>),
    Number(u32),
    Boolean(bool),
}

/// After `CREATE TABLE`, `IF NOT EXISTS` and the name.
pub(super) fn parse(
    cursor: &mut Cursor<'_>,
    name: TableName,
    if_not_exists: bool,
) -> Result<CreateTableAs> {
    let properties = match cursor.take(&["WITH"]) {
        true => cursor.parenthesized(property)?,
        false => Vec::new(),
    };
    cursor.expect("AS")?;
    let (query, with_data) = QueryText::before_data_clause(cursor)?;
    Ok(CreateTableAs {
        name,
        if_not_exists,
        properties,
        query,
        with_data,
    })
}

/// `name = value`.
pub(super) fn property(cursor: &mut Cursor<'_>) -> Result<TableProperty> {
    let location = cursor.location();
    let name = cursor.identifier()?;
    cursor.expect_symbol('=')?;
    Ok(TableProperty {
        name,
        value: value(cursor)?,
        location,
    })
}

fn value(cursor: &mut Cursor<'_>) -> Result<PropertyValue> {
    if cursor.take(&["ARRAY"]) {
        cursor.expect_symbol('[')?;
        let mut texts = Vec::new();
        while !cursor.take_symbol(']') {
            if !texts.is_empty() {
                cursor.expect_symbol(',')?;
            }
            texts.push(cursor.string()?);
        }
        return Ok(PropertyValue::Texts(texts));
    }
    if cursor.take(&["TRUE"]) {
        return Ok(PropertyValue::Boolean(true));
    }
    if cursor.take(&["FALSE"]) {
        return Ok(PropertyValue::Boolean(false));
    }
    if cursor.at_string() {
        return Ok(PropertyValue::Text(cursor.string()?));
    }
    Ok(PropertyValue::Number(cursor.integer()?))
}
