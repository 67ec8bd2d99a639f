//! How readers find a column in a file. "Handle schema updates", Athena user guide.

use lakebed_wire::glue::{SerDeInfo, Table};
use serde::{Deserialize, Serialize};

/// By what readers find a table's columns in its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnAccess {
    /// By name: JSON, Avro, Parquet unless it is told otherwise.
    Name,
    /// By place: text, ORC unless it is told otherwise.
    Position,
}

impl ColumnAccess {
    /// How the files of a table are read; none if its SerDe is unknown.
    #[must_use]
    pub fn of(table: &Table) -> Option<Self> {
        let serde = table.storage_descriptor.as_ref()?.serde_info.as_ref()?;
        let library = serde.serialization_library.as_deref()?;
        let class = library.rsplit('.').next().unwrap_or(library);
        match class {
            "ParquetHiveSerDe" => Some(switched(serde, "parquet.column.index.access", Self::Name)),
            "OrcSerde" => Some(switched(serde, "orc.column.index.access", Self::Position)),
            "JsonSerDe" | "AvroSerDe" => Some(Self::Name),
            "LazySimpleSerDe" | "OpenCSVSerde" | "RegexSerDe" | "GrokSerDe" => Some(Self::Position),
            _ => None,
        }
    }

    /// Whether files hold types of their own, which the table's must fit; texts are read as
    /// whatever the table says.
    #[must_use]
    pub fn files_hold_types(table: &Table) -> bool {
        let serde = table
            .storage_descriptor
            .as_ref()
            .and_then(|descriptor| descriptor.serde_info.as_ref());
        let library = serde.and_then(|serde| serde.serialization_library.as_deref());
        library.is_some_and(|library| {
            ["ParquetHiveSerDe", "OrcSerde", "AvroSerDe"]
                .iter()
                .any(|class| library.ends_with(class))
        })
    }
}

fn switched(serde: &SerDeInfo, parameter: &str, usual: ColumnAccess) -> ColumnAccess {
    let parameters = serde.parameters.as_ref();
    match parameters.and_then(|parameters| parameters.get(parameter)) {
        Some(value) if value.eq_ignore_ascii_case("true") => ColumnAccess::Position,
        Some(value) if value.eq_ignore_ascii_case("false") => ColumnAccess::Name,
        _ => usual,
    }
}
