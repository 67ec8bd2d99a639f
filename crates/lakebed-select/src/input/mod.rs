//! Objects as streams of records.

mod csv;
mod json;
mod parquet;
mod source;

pub(crate) use csv::CsvRecords;
pub(crate) use json::JsonRecords;
pub(crate) use parquet::ParquetRecords;
pub(crate) use source::{Counter, open, record_bounds};
pub use source::{ScanRange, Source};

/// What an object holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    pub format: InputFormat,
    pub compression: Compression,
    /// The records to look at are those that begin in these bytes.
    pub scan_range: Option<ScanRange>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputFormat {
    Csv(CsvInput),
    Json(JsonShape),
    Parquet,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Compression {
    #[default]
    None,
    Gzip,
    Bzip2,
}

/// How a CSV object is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvInput {
    pub header: HeaderUse,
    pub field_delimiter: u8,
    /// A line feed also ends records that end in a carriage return and a line feed.
    pub record_delimiter: u8,
    pub quote: u8,
    /// The quote itself, doubled, or another character before it.
    pub quote_escape: u8,
    /// Lines that begin so are left out.
    pub comment: Option<u8>,
}

impl Default for CsvInput {
    fn default() -> Self {
        Self {
            header: HeaderUse::None,
            field_delimiter: b',',
            record_delimiter: b'\n',
            quote: b'"',
            quote_escape: b'"',
            comment: Some(b'#'),
        }
    }
}

/// What the first line of a CSV object is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HeaderUse {
    /// A record.
    #[default]
    None,
    /// Names, by which columns may be called.
    Use,
    /// Names that are left out.
    Ignore,
}

/// How a JSON object holds its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonShape {
    Lines,
    Document,
}
