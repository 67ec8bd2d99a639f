//! What files are written as, and how they are compressed ("Use Hive table compression", Athena
//! user guide).

use std::collections::BTreeMap;

use crate::serde::Parameters;

/// What files are written as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteFormat {
    /// Parquet.
    Parquet(ParquetCompression),
    /// ORC.
    Orc(OrcCompression),
    /// Avro container files.
    Avro(AvroCompression),
    /// Separated text in quotes where it needs them.
    Csv {
        /// What separates fields.
        separator: u8,
        /// Whether the first record names the columns.
        header: bool,
        /// How files are compressed.
        compression: TextCompression,
    },
    /// JSON, an object a line.
    Json {
        /// How files are compressed.
        compression: TextCompression,
    },
    /// Text as `LazySimpleSerDe` writes it.
    HiveText {
        /// What stands between and for values.
        delimiters: HiveDelimiters,
        /// How files are compressed.
        compression: TextCompression,
    },
}

/// What stands between the values of Hive's text, and for those that are null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HiveDelimiters {
    /// Between fields (`field.delim`).
    pub field: u8,
    /// Between the parts of arrays, maps and structs, a byte a level (`collection.delim`,
    /// `mapkey.delim`, then control characters).
    pub nested: Vec<u8>,
    /// What takes a delimiter's meaning away (`escape.delim`); without it values are written as
    /// they are.
    pub escape: Option<u8>,
    /// Null (`serialization.null.format`).
    pub null: String,
}

impl HiveDelimiters {
    /// Those that a SerDe's properties set, else Hive's own.
    #[must_use]
    pub fn of_serde(properties: &BTreeMap<String, String>) -> Self {
        Self::of_parameters(&Parameters::of_serde(properties))
    }

    /// Further levels of nesting have the control characters that follow (LanguageManual DDL, "Row
    /// Formats & SerDe", Apache Hive).
    pub(crate) fn of_parameters(parameters: &Parameters<'_>) -> Self {
        // Hive's own spelling of the key is the first one.
        let collection = parameters
            .byte("colelction.delim")
            .or_else(|| parameters.byte("collection.delim"))
            .unwrap_or(2);
        let map_key = parameters.byte("mapkey.delim").unwrap_or(3);
        let null = parameters.serde("serialization.null.format");
        Self {
            field: parameters
                .byte("field.delim")
                .or_else(|| parameters.byte("serialization.format"))
                .unwrap_or(1),
            nested: vec![collection, map_key, 4, 5, 6, 7, 8],
            escape: parameters.byte("escape.delim"),
            null: null.unwrap_or("\\N").to_owned(),
        }
    }
}

impl Default for HiveDelimiters {
    /// Hive's own: control characters, and `\N`.
    fn default() -> Self {
        Self::of_serde(&BTreeMap::new())
    }
}

/// How Parquet's pages are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParquetCompression {
    None,
    Snappy,
    Gzip,
    Zstd,
    Lz4,
    Brotli,
}

/// How ORC's streams are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrcCompression {
    None,
    Zlib,
    Snappy,
    Zstd,
    Lz4,
}

/// How Avro's blocks are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AvroCompression {
    None,
    Deflate,
    Snappy,
    Zstd,
    Bzip2,
}

/// How files of text are compressed; snappy and lz4 in Hadoop's framing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextCompression {
    None,
    Gzip,
    Bzip2,
    Zstd,
    Snappy,
    Lz4,
}

impl TextCompression {
    fn ending(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gzip => ".gz",
            Self::Bzip2 => ".bz2",
            Self::Zstd => ".zst",
            Self::Snappy => ".snappy",
            Self::Lz4 => ".lz4",
        }
    }
}

impl WriteFormat {
    /// What file names end with, as Spark and Athena end them; readers know compressed text by it.
    #[must_use]
    pub fn ending(&self) -> String {
        match self {
            Self::Parquet(compression) => match compression {
                ParquetCompression::None => ".parquet",
                ParquetCompression::Snappy => ".snappy.parquet",
                ParquetCompression::Gzip => ".gz.parquet",
                ParquetCompression::Zstd => ".zstd.parquet",
                ParquetCompression::Lz4 => ".lz4.parquet",
                ParquetCompression::Brotli => ".br.parquet",
            }
            .to_owned(),
            Self::Orc(_) => ".orc".to_owned(),
            Self::Avro(_) => ".avro".to_owned(),
            Self::Csv { compression, .. } => format!(".csv{}", compression.ending()),
            Self::Json { compression } => format!(".json{}", compression.ending()),
            Self::HiveText { compression, .. } => compression.ending().to_owned(),
        }
    }

    /// The format's name, as CTAS spells it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Parquet(_) => "PARQUET",
            Self::Orc(_) => "ORC",
            Self::Avro(_) => "AVRO",
            Self::Csv { .. } => "CSV",
            Self::Json { .. } => "JSON",
            Self::HiveText { .. } => "TEXTFILE",
        }
    }

    pub(super) fn content_type(&self) -> &'static str {
        let compression = match self {
            Self::Parquet(_) => return "application/vnd.apache.parquet",
            Self::Orc(_) | Self::Avro(_) => return "application/octet-stream",
            Self::Csv { compression, .. }
            | Self::Json { compression }
            | Self::HiveText { compression, .. } => compression,
        };
        match (compression, self) {
            (TextCompression::None, Self::Csv { .. }) => "text/csv",
            (TextCompression::None, Self::Json { .. }) => "application/json",
            (TextCompression::None, _) => "text/plain",
            (TextCompression::Gzip, _) => "application/gzip",
            _ => "application/octet-stream",
        }
    }
}
