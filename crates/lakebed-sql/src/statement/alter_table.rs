//! `ALTER TABLE` in the forms Athena has for tables that are not Iceberg's.

use super::create_table::{ColumnDefinition, column};
use super::cursor::{Cursor, TableName};
use super::partition_spec::{self, PartitionSpec};
use crate::error::Result;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AlterTable {
    pub(crate) name: TableName,
    pub(crate) change: TableChange,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TableChange {
    AddPartitions {
        if_not_exists: bool,
        partitions: Vec<NewPartition>,
    },
    DropPartitions {
        if_exists: bool,
        partitions: Vec<PartitionSpec>,
    },
    SetLocation {
        partition: Option<PartitionSpec>,
        location: String,
    },
    SetProperties(Vec<(String, String)>),
    UnsetProperties(Vec<String>),
    RenamePartition {
        from: PartitionSpec,
        to: PartitionSpec,
    },
    AddColumns {
        partition: Option<PartitionSpec>,
        columns: Vec<ColumnDefinition>,
    },
    ReplaceColumns {
        partition: Option<PartitionSpec>,
        columns: Vec<ColumnDefinition>,
    },
    ChangeColumn {
        name: String,
        column: ColumnDefinition,
        place: Option<ColumnPlace>,
    },
    /// A form that parses and is not executed yet; the text names it.
    Unsupported(&'static str),
}

/// Where a column is moved to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ColumnPlace {
    First,
    After(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewPartition {
    pub(crate) spec: PartitionSpec,
    pub(crate) location: Option<String>,
}

/// After `ALTER TABLE`.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<AlterTable> {
    let name = cursor.table_name()?;
    let partition = match cursor.at_keywords(&["PARTITION"]) {
        true => Some(partition_spec::parse(cursor)?),
        false => None,
    };
    let change = match partition {
        Some(partition) => change_of_partition(cursor, partition)?,
        None => change_of_table(cursor)?,
    };
    cursor.end()?;
    Ok(AlterTable { name, change })
}

fn change_of_partition(cursor: &mut Cursor<'_>, partition: PartitionSpec) -> Result<TableChange> {
    if cursor.take(&["SET", "LOCATION"]) {
        return Ok(TableChange::SetLocation {
            partition: Some(partition),
            location: cursor.string()?,
        });
    }
    if cursor.take(&["RENAME", "TO"]) {
        return Ok(TableChange::RenamePartition {
            from: partition,
            to: partition_spec::parse(cursor)?,
        });
    }
    if cursor.take(&["ADD", "COLUMNS"]) {
        return Ok(TableChange::AddColumns {
            partition: Some(partition),
            columns: cursor.parenthesized(column)?,
        });
    }
    if cursor.take(&["REPLACE", "COLUMNS"]) {
        return Ok(TableChange::ReplaceColumns {
            partition: Some(partition),
            columns: cursor.parenthesized(column)?,
        });
    }
    Err(cursor.unexpected("'ADD', 'RENAME', 'REPLACE', 'SET'"))
}

fn change_of_table(cursor: &mut Cursor<'_>) -> Result<TableChange> {
    if cursor.take(&["ADD", "COLUMNS"]) {
        return Ok(TableChange::AddColumns {
            partition: None,
            columns: cursor.parenthesized(column)?,
        });
    }
    if cursor.take(&["ADD"]) {
        return add_partitions(cursor);
    }
    if cursor.take(&["DROP", "COLUMN"]) {
        cursor.identifier()?;
        return Ok(TableChange::Unsupported("ALTER TABLE … DROP COLUMN"));
    }
    if cursor.take(&["DROP"]) {
        return drop_partitions(cursor);
    }
    if cursor.take(&["REPLACE", "COLUMNS"]) {
        return Ok(TableChange::ReplaceColumns {
            partition: None,
            columns: cursor.parenthesized(column)?,
        });
    }
    if cursor.take(&["SET", "LOCATION"]) {
        return Ok(TableChange::SetLocation {
            partition: None,
            location: cursor.string()?,
        });
    }
    if cursor.take(&["SET", "TBLPROPERTIES"]) {
        return Ok(TableChange::SetProperties(cursor.properties()?));
    }
    if cursor.take(&["UNSET", "TBLPROPERTIES"]) {
        return Ok(TableChange::UnsetProperties(
            cursor.parenthesized(Cursor::string)?,
        ));
    }
    if cursor.take(&["RENAME", "TO"]) {
        cursor.table_name()?;
        return Ok(TableChange::Unsupported("ALTER TABLE … RENAME TO"));
    }
    if cursor.take(&["CHANGE"]) {
        cursor.take(&["COLUMN"]);
        return Ok(TableChange::ChangeColumn {
            name: cursor.identifier()?,
            column: column(cursor)?,
            place: place(cursor)?,
        });
    }
    Err(cursor.unexpected("'ADD', 'CHANGE', 'DROP', 'RENAME', 'REPLACE', 'SET', 'UNSET'"))
}

fn place(cursor: &mut Cursor<'_>) -> Result<Option<ColumnPlace>> {
    if cursor.take(&["FIRST"]) {
        return Ok(Some(ColumnPlace::First));
    }
    match cursor.take(&["AFTER"]) {
        true => Ok(Some(ColumnPlace::After(cursor.identifier()?))),
        false => Ok(None),
    }
}

fn add_partitions(cursor: &mut Cursor<'_>) -> Result<TableChange> {
    let if_not_exists = cursor.take(&["IF", "NOT", "EXISTS"]);
    let mut partitions = Vec::new();
    loop {
        let spec = partition_spec::parse(cursor)?;
        let location = match cursor.take(&["LOCATION"]) {
            true => Some(cursor.string()?),
            false => None,
        };
        partitions.push(NewPartition { spec, location });
        if !cursor.at_keywords(&["PARTITION"]) {
            return Ok(TableChange::AddPartitions {
                if_not_exists,
                partitions,
            });
        }
    }
}

fn drop_partitions(cursor: &mut Cursor<'_>) -> Result<TableChange> {
    let if_exists = cursor.take(&["IF", "EXISTS"]);
    let mut partitions = vec![partition_spec::parse(cursor)?];
    while cursor.take_symbol(',') {
        partitions.push(partition_spec::parse(cursor)?);
    }
    Ok(TableChange::DropPartitions {
        if_exists,
        partitions,
    })
}
