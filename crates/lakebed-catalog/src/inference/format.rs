//! The formats of files, as far as a table must know them.

use super::json::JsonPath;

/// What a table must say to have the file read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Format {
    Avro {
        /// The writer's schema, as the file spells it.
        schema: String,
    },
    Csv(CsvFormat),
    Grok(GrokFormat),
    Json {
        path: Option<JsonPath>,
    },
    Orc,
    Parquet,
    Xml {
        classification: String,
        row_tag: String,
    },
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

/// The pattern that takes the lines of a log apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GrokFormat {
    pub(crate) classification: String,
    pub(crate) pattern: String,
    pub(crate) custom_patterns: String,
}

impl Format {
    /// The value of the table parameter `classification`.
    pub(crate) fn classification(&self) -> &str {
        match self {
            Self::Avro { .. } => "avro",
            Self::Csv(_) => "csv",
            Self::Grok(grok) => &grok.classification,
            Self::Json { .. } => "json",
            Self::Orc => "orc",
            Self::Parquet => "parquet",
            Self::Xml { classification, .. } => classification,
        }
    }

    /// The file says how many records it holds.
    pub(crate) fn counts_records(&self) -> bool {
        matches!(self, Self::Orc | Self::Parquet)
    }

    /// One table definition can read files of both.
    pub(super) fn reads_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Csv(one), Self::Csv(other)) => {
                one.delimiter == other.delimiter
                    && one.header == other.header
                    && one.serde == other.serde
            }
            (Self::Avro { .. }, Self::Avro { .. }) => true,
            _ => self == other,
        }
    }

    /// The format of files of both, which one table definition can read.
    pub(super) fn merge(self, other: Self) -> Self {
        match (self, other) {
            (Self::Csv(one), Self::Csv(other)) => Self::Csv(CsvFormat {
                quoted: one.quoted || other.quoted,
                ..one
            }),
            // The schema with more in it knows the fields that were added later.
            (Self::Avro { schema: one }, Self::Avro { schema: other }) => Self::Avro {
                schema: if other.len() > one.len() { other } else { one },
            },
            (format, _) => format,
        }
    }
}
