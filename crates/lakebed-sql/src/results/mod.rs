//! What a statement answers, and the files Athena leaves of it in the output location.

pub(crate) mod csv;
pub(crate) mod metadata;
pub(crate) mod output;

use arrow::datatypes::Schema;
use datafusion_trino::ColumnType;
use lakebed_wire::athena::{ColumnInfo, ColumnNullable};

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name as the statement wrote it; `_col0` and so on where it gave none.
    pub name: String,
    /// The type of the values.
    pub kind: ColumnType,
}

impl Column {
    /// A column of text, as DDL and `SHOW` answer.
    pub(crate) fn text(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: ColumnType::STRING,
        }
    }

    /// The one column of statements that write: how many rows.
    pub(crate) fn update_count() -> Self {
        Self {
            name: "rows".to_owned(),
            kind: ColumnType::BIGINT,
        }
    }

    /// The columns of a schema, called `names`.
    pub(crate) fn of_schema(schema: &Schema, names: &[String]) -> Vec<Self> {
        names
            .iter()
            .zip(schema.fields())
            .map(|(name, field)| Self {
                name: name.clone(),
                kind: ColumnType::from_arrow(field.data_type()),
            })
            .collect()
    }

    /// The column as Athena tells it.
    pub(crate) fn to_info(&self) -> ColumnInfo {
        ColumnInfo {
            catalog_name: Some("hive".to_owned()),
            schema_name: Some(String::new()),
            table_name: Some(String::new()),
            name: self.name.clone(),
            label: Some(self.name.clone()),
            r#type: self.kind.name().to_owned(),
            precision: Some(self.kind.precision()),
            scale: Some(self.kind.scale()),
            nullable: Some(ColumnNullable::Unknown),
            case_sensitive: Some(self.kind.case_sensitive()),
        }
    }
}
