//! `CREATE EXTERNAL TABLE`: Athena user guide, "CREATE TABLE".

use super::cursor::{Cursor, TableName};
use super::hive_type;
use crate::error::Result;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CreateTable {
    pub(crate) name: TableName,
    pub(crate) if_not_exists: bool,
    pub(crate) columns: Vec<ColumnDefinition>,
    pub(crate) comment: Option<String>,
    pub(crate) partition_keys: Vec<ColumnDefinition>,
    pub(crate) buckets: Option<Buckets>,
    pub(crate) row_format: Option<RowFormat>,
    pub(crate) storage: Option<StorageFormat>,
    pub(crate) location: Option<String>,
    pub(crate) properties: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnDefinition {
    pub(crate) name: String,
    /// In Glue's spelling, such as `map<string,int>`.
    pub(crate) kind: String,
    pub(crate) comment: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Buckets {
    pub(crate) columns: Vec<String>,
    /// Column and whether it ascends.
    pub(crate) sorted_by: Vec<(String, bool)>,
    pub(crate) count: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowFormat {
    Delimited(Delimiters),
    SerDe {
        class: String,
        properties: Vec<(String, String)>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Delimiters {
    pub(crate) field: Option<String>,
    pub(crate) escape: Option<String>,
    pub(crate) collection: Option<String>,
    pub(crate) map_key: Option<String>,
    pub(crate) line: Option<String>,
    pub(crate) null: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StorageFormat {
    /// `STORED AS PARQUET`; upper case.
    Named(String),
    Classes {
        input: String,
        output: String,
    },
    /// `STORED BY 'class'`.
    Handler(String),
}

/// After `CREATE EXTERNAL TABLE`.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<CreateTable> {
    let if_not_exists = cursor.take(&["IF", "NOT", "EXISTS"]);
    let name = cursor.table_name()?;
    let columns = cursor.parenthesized(column)?;
    let mut create = CreateTable {
        name,
        if_not_exists,
        columns,
        comment: None,
        partition_keys: Vec::new(),
        buckets: None,
        row_format: None,
        storage: None,
        location: None,
        properties: Vec::new(),
    };
    if cursor.take(&["COMMENT"]) {
        create.comment = Some(cursor.string()?);
    }
    if cursor.take(&["PARTITIONED", "BY"]) {
        create.partition_keys = cursor.parenthesized(column)?;
    }
    if cursor.take(&["CLUSTERED", "BY"]) {
        create.buckets = Some(buckets(cursor)?);
    }
    if cursor.take(&["ROW", "FORMAT"]) {
        create.row_format = Some(row_format(cursor)?);
    }
    if cursor.take(&["STORED", "BY"]) {
        create.storage = Some(StorageFormat::Handler(cursor.string()?));
    } else if cursor.take(&["STORED", "AS"]) {
        create.storage = Some(storage_format(cursor)?);
    }
    // Hive lets the SerDe's properties follow the storage format too.
    if cursor.take(&["WITH", "SERDEPROPERTIES"]) {
        let more = cursor.properties()?;
        match &mut create.row_format {
            Some(RowFormat::SerDe { properties, .. }) => properties.extend(more),
            _ => return Err(cursor.unexpected("'LOCATION'")),
        }
    }
    if cursor.take(&["LOCATION"]) {
        create.location = Some(cursor.string()?);
    }
    if cursor.take(&["TBLPROPERTIES"]) {
        create.properties = cursor.properties()?;
    }
    cursor.end()?;
    Ok(create)
}

/// `name type [COMMENT '…']`.
pub(super) fn column(cursor: &mut Cursor<'_>) -> Result<ColumnDefinition> {
    let name = cursor.identifier()?;
    let kind = hive_type::parse(cursor)?;
    let comment = match cursor.take(&["COMMENT"]) {
        true => Some(cursor.string()?),
        false => None,
    };
    Ok(ColumnDefinition {
        name,
        kind,
        comment,
    })
}

fn buckets(cursor: &mut Cursor<'_>) -> Result<Buckets> {
    let columns = cursor.parenthesized(Cursor::identifier)?;
    let sorted_by = match cursor.take(&["SORTED", "BY"]) {
        true => cursor.parenthesized(|cursor| {
            let column = cursor.identifier()?;
            let descends = cursor.take(&["DESC"]);
            if !descends {
                cursor.take(&["ASC"]);
            }
            Ok((column, !descends))
        })?,
        false => Vec::new(),
    };
    cursor.expect("INTO")?;
    let count = cursor.integer()?;
    cursor.expect("BUCKETS")?;
    Ok(Buckets {
        columns,
        sorted_by,
        count,
    })
}

fn row_format(cursor: &mut Cursor<'_>) -> Result<RowFormat> {
    if cursor.take(&["SERDE"]) {
        let class = cursor.string()?;
        let properties = match cursor.take(&["WITH", "SERDEPROPERTIES"]) {
            true => cursor.properties()?,
            false => Vec::new(),
        };
        return Ok(RowFormat::SerDe { class, properties });
    }
    if !cursor.take(&["DELIMITED"]) {
        return Err(cursor.unexpected("'DELIMITED', 'SERDE'"));
    }
    let mut delimiters = Delimiters::default();
    loop {
        if cursor.take(&["FIELDS", "TERMINATED", "BY"]) {
            delimiters.field = Some(cursor.string()?);
            if cursor.take(&["ESCAPED", "BY"]) {
                delimiters.escape = Some(cursor.string()?);
            }
        } else if cursor.take(&["COLLECTION", "ITEMS", "TERMINATED", "BY"]) {
            delimiters.collection = Some(cursor.string()?);
        } else if cursor.take(&["MAP", "KEYS", "TERMINATED", "BY"]) {
            delimiters.map_key = Some(cursor.string()?);
        } else if cursor.take(&["LINES", "TERMINATED", "BY"]) {
            delimiters.line = Some(cursor.string()?);
        } else if cursor.take(&["NULL", "DEFINED", "AS"]) {
            delimiters.null = Some(cursor.string()?);
        } else {
            return Ok(RowFormat::Delimited(delimiters));
        }
    }
}

fn storage_format(cursor: &mut Cursor<'_>) -> Result<StorageFormat> {
    if cursor.take(&["INPUTFORMAT"]) {
        let input = cursor.string()?;
        cursor.expect("OUTPUTFORMAT")?;
        let output = cursor.string()?;
        return Ok(StorageFormat::Classes { input, output });
    }
    Ok(StorageFormat::Named(cursor.identifier()?.to_uppercase()))
}
