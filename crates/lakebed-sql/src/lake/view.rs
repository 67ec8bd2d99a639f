//! Views as Athena keeps them in the catalog: `ViewOriginalText` holds JSON in base64 behind the
//! words `Presto View`, so that every engine of that family reads them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lakebed_wire::glue;
use serde::{Deserialize, Serialize};

use crate::error::{ErrorKind, QueryError, Result};

const BEGIN: &str = "/* Presto View: ";
const END: &str = " */";

/// What `TableType` says of views.
pub(crate) const VIEW_TYPE: &str = "VIRTUAL_VIEW";

/// A view's query and what it was made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ViewDefinition {
    pub(crate) original_sql: String,
    pub(crate) catalog: Option<String>,
    /// The database of names that have none.
    pub(crate) schema: Option<String>,
    pub(crate) columns: Vec<ViewColumn>,
}

/// A column with its type in Trino's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ViewColumn {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
}

impl ViewDefinition {
    /// The text that the catalog keeps.
    ///
    /// # Errors
    /// `GENERIC_INTERNAL_ERROR` if the definition cannot be written as JSON.
    pub(crate) fn encode(&self) -> Result<String> {
        let json = serde_json::to_vec(self)
            .map_err(|error| QueryError::new(ErrorKind::GenericInternalError, error.to_string()))?;
        Ok(format!("{BEGIN}{}{END}", STANDARD.encode(json)))
    }

    /// The definition in a view of the catalog.
    ///
    /// # Errors
    /// `HIVE_INVALID_VIEW_DATA` for views that another engine made in its own form.
    pub(crate) fn of(table: &glue::Table) -> Result<Self> {
        let text = table.view_original_text.as_deref().unwrap_or_default();
        let json = text
            .trim()
            .strip_prefix(BEGIN)
            .and_then(|rest| rest.strip_suffix(END))
            .and_then(|encoded| STANDARD.decode(encoded.trim()).ok());
        json.and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or_else(|| {
                QueryError::new(
                    ErrorKind::Named("HIVE_INVALID_VIEW_DATA".to_owned()),
                    format!(
                        "Invalid view JSON: the view '{}' was not made by Athena or Presto",
                        table.name
                    ),
                )
            })
    }
}

/// Whether a table of the catalog is a view.
pub(crate) fn is_view(table: &glue::Table) -> bool {
    table.table_type.as_deref() == Some(VIEW_TYPE)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn definitions_are_read_as_they_are_written() {
        let definition = ViewDefinition {
            original_sql: "SELECT 'ä' \"A\"\nFROM t".to_owned(),
            catalog: Some("awsdatacatalog".to_owned()),
            schema: Some("lake".to_owned()),
            columns: vec![ViewColumn {
                name: "a".to_owned(),
                kind: "varchar".to_owned(),
            }],
        };
        let table = glue::Table {
            view_original_text: Some(definition.encode().unwrap()),
            ..glue::Table::default()
        };
        assert_eq!(ViewDefinition::of(&table).unwrap(), definition);
    }

    #[test]
    fn views_of_other_engines_are_refused() {
        for text in [
            "SELECT 1",
            "/* Presto View: e30= */",
            "/* Presto View: % */",
        ] {
            let table = glue::Table {
                view_original_text: Some(text.to_owned()),
                ..glue::Table::default()
            };
            let error = ViewDefinition::of(&table).unwrap_err();
            assert_eq!(error.name(), "HIVE_INVALID_VIEW_DATA", "{text}");
        }
    }
}
