//! What inference finds in one file, and when two files are of one table.

use super::column_type::{ColumnType, merge_fields};
use super::json::JsonPath;

/// Two schemas are one table's if they share more than this part of their columns
/// ("How does a crawler determine when to create partitions?").
const SIMILAR: f64 = 0.7;

/// A column as the file spells it.
pub(crate) type NamedColumn = (String, ColumnType);

/// The format and the columns of one file, or of several that belong together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FileSchema {
    pub(crate) format: Format,
    pub(crate) columns: Vec<NamedColumn>,
    /// Records seen in the sample.
    pub(crate) sampled_records: u64,
    /// Bytes of the sample that hold them.
    pub(crate) sampled_bytes: u64,
}

/// What a table must say to have the file read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Format {
    Csv(CsvFormat),
    Json { path: Option<JsonPath> },
    Parquet,
}

/// How a CSV file is written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CsvFormat {
    pub(crate) delimiter: char,
    pub(crate) quote: char,
    /// Some values stand in quotes.
    pub(crate) quoted: bool,
    pub(crate) header: bool,
    pub(crate) serde: CsvSerde,
}

/// What reads a CSV table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CsvSerde {
    LazySimple,
    OpenCsv,
}

impl Format {
    /// The value of the table parameter `classification`.
    pub(crate) fn classification(&self) -> &'static str {
        match self {
            Self::Csv(_) => "csv",
            Self::Json { .. } => "json",
            Self::Parquet => "parquet",
        }
    }

    /// One table definition can read files of both.
    fn reads_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Csv(one), Self::Csv(other)) => {
                one.delimiter == other.delimiter
                    && one.header == other.header
                    && one.serde == other.serde
            }
            _ => self == other,
        }
    }
}

impl FileSchema {
    /// One table definition can read files of both.
    pub(crate) fn compatible(&self, other: &Self) -> bool {
        self.format.reads_as(&other.format)
    }

    /// The columns are much the same.
    pub(crate) fn similar(&self, other: &Self) -> bool {
        let most = self.columns.len().max(other.columns.len());
        let shared = self
            .columns
            .iter()
            .filter(|(name, kind)| {
                other
                    .columns
                    .iter()
                    .any(|(other, other_kind)| name == other && reconcilable(kind, other_kind))
            })
            .count();
        shared as f64 > SIMILAR * most as f64
    }

    /// The schema of both files together.
    pub(crate) fn merge(self, other: Self) -> Self {
        let format = match (self.format, other.format) {
            (Format::Csv(one), Format::Csv(other)) => Format::Csv(CsvFormat {
                quoted: one.quoted || other.quoted,
                ..one
            }),
            (format, _) => format,
        };
        Self {
            format,
            columns: merge_fields(self.columns, other.columns),
            sampled_records: self.sampled_records + other.sampled_records,
            sampled_bytes: self.sampled_bytes + other.sampled_bytes,
        }
    }
}

/// The types are one, or one widens to the other without falling back on text.
fn reconcilable(one: &ColumnType, other: &ColumnType) -> bool {
    one == other
        || one.clone().merge(other.clone()) != ColumnType::String
        || *one == ColumnType::Unknown
        || *other == ColumnType::Unknown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(columns: &[(&str, ColumnType)]) -> FileSchema {
        FileSchema {
            format: Format::Json { path: None },
            columns: columns
                .iter()
                .map(|(name, kind)| ((*name).to_owned(), kind.clone()))
                .collect(),
            sampled_records: 1,
            sampled_bytes: 10,
        }
    }

    #[test]
    fn schemas_that_share_most_columns_are_similar() {
        use ColumnType::{BigInt, Int, String};
        let one = schema(&[("a", Int), ("b", Int), ("c", String), ("d", String)]);
        let grown = schema(&[
            ("a", BigInt),
            ("b", Int),
            ("c", String),
            ("d", String),
            ("e", Int),
        ]);
        let retyped = schema(&[("a", String), ("b", String), ("c", String), ("d", String)]);
        let other = schema(&[("x", Int), ("y", Int)]);
        assert!(one.similar(&grown));
        assert!(!one.similar(&retyped));
        assert!(!one.similar(&other));
    }
}
