use std::collections::BTreeMap;
use std::sync::Arc;

use lakebed_wire::glue::{StorageDescriptor, Table};

use crate::EngineError;
use crate::table::scan::RowSource;
use crate::text::{HiveJson, LazySimple, OpenCsv, RecordEnd, TextFormat};

/// How a table's files are read, by its SerDe.
#[derive(Debug, Clone)]
pub(super) enum TableFormat {
    Parquet,
    LazySimple(LazySimple),
    OpenCsv(OpenCsv),
    Json(HiveJson),
}

impl TableFormat {
    pub(super) fn of(
        name: &str,
        table: &Table,
        descriptor: &StorageDescriptor,
    ) -> Result<Self, EngineError> {
        let serde = descriptor.serde_info.as_ref();
        let library = serde
            .and_then(|serde| serde.serialization_library.as_deref())
            .unwrap_or_default();
        let parameters = Parameters {
            serde: serde.and_then(|serde| serde.parameters.as_ref()),
            table: table.parameters.as_ref(),
        };
        if parameters
            .table("table_type")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("ICEBERG"))
        {
            return Err(EngineError::UnsupportedFormat(format!(
                "table {name} is an Iceberg table, which lakebed does not read yet"
            )));
        }
        let header_lines = parameters
            .table("skip.header.line.count")
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(0);
        match library.rsplit('.').next().unwrap_or_default() {
            "ParquetHiveSerDe" => Ok(Self::Parquet),
            "OpenCSVSerde" => Ok(Self::OpenCsv(OpenCsv {
                separator: parameters.byte("separatorChar").unwrap_or(b','),
                quote: parameters.byte("quoteChar").unwrap_or(b'"'),
                escape: parameters.byte("escapeChar").unwrap_or(b'\\'),
                header_lines,
            })),
            "LazySimpleSerDe" => Ok(Self::LazySimple(LazySimple {
                delimiter: parameters
                    .byte("field.delim")
                    .or_else(|| parameters.byte("serialization.format"))
                    .unwrap_or(1),
                nested: nested_separators(&parameters),
                escape: parameters.byte("escape.delim"),
                null: parameters
                    .serde("serialization.null.format")
                    .unwrap_or("\\N")
                    .to_owned(),
                header_lines,
            })),
            "JsonSerDe" => Ok(Self::Json(HiveJson {
                ignore_malformed: parameters
                    .serde("ignore.malformed.json")
                    .is_some_and(|text| text.eq_ignore_ascii_case("true")),
            })),
            "" => Err(EngineError::UnsupportedFormat(format!(
                "table {name} names no SerDe"
            ))),
            _ => Err(EngineError::UnsupportedFormat(format!(
                "table {name} has the SerDe '{library}', which lakebed does not read yet"
            ))),
        }
    }

    pub(super) fn row_source(&self, table: &str) -> RowSource {
        let text = |format: Arc<dyn TextFormat>| RowSource::Text {
            format,
            end: RecordEnd::Line,
            table: table.to_owned(),
        };
        match self {
            Self::Parquet => RowSource::TableParquet,
            Self::LazySimple(format) => text(Arc::new(format.clone())),
            Self::OpenCsv(format) => text(Arc::new(format.clone())),
            Self::Json(format) => text(Arc::new(format.clone())),
        }
    }
}

/// Separators of nested values, the outermost first; those nobody sets are the control characters
/// that follow (LanguageManual DDL, "Row Formats & SerDe", Apache Hive).
fn nested_separators(parameters: &Parameters<'_>) -> Vec<u8> {
    // Hive's own spelling of the key is the first one.
    let collection = parameters
        .byte("colelction.delim")
        .or_else(|| parameters.byte("collection.delim"))
        .unwrap_or(2);
    let key = parameters.byte("mapkey.delim").unwrap_or(3);
    vec![collection, key, 4, 5, 6, 7, 8]
}

struct Parameters<'a> {
    serde: Option<&'a BTreeMap<String, String>>,
    table: Option<&'a BTreeMap<String, String>>,
}

impl<'a> Parameters<'a> {
    fn serde(&self, name: &str) -> Option<&'a str> {
        self.serde
            .and_then(|parameters| parameters.get(name))
            .map(String::as_str)
    }

    fn table(&self, name: &str) -> Option<&'a str> {
        self.table
            .and_then(|parameters| parameters.get(name))
            .map(String::as_str)
    }

    /// A one-character parameter: the character itself, an escape such as `\t`, or its code, as
    /// Hive writes delimiters that cannot be seen (`serialization.format` = `1`).
    fn byte(&self, name: &str) -> Option<u8> {
        let text = self.serde(name)?;
        match text.as_bytes() {
            [] => None,
            [digit @ b'0'..=b'9'] => Some(digit - b'0'),
            [byte] => Some(*byte),
            [b'\\', b't'] => Some(b'\t'),
            [b'\\', b'\\'] => Some(b'\\'),
            [b'\\', code @ ..] => {
                let digits = std::str::from_utf8(code).ok()?.trim_start_matches('u');
                u8::from_str_radix(digits, 8)
                    .or_else(|_| u8::from_str_radix(digits, 16))
                    .ok()
            }
            // Hive takes the first byte of a longer delimiter.
            [first, ..] => text.parse().ok().or(Some(*first)),
        }
    }
}
