//! What a file is, judged by its bytes: its format, its schema, and where the table that comes of
//! it will surprise.
//!
//! [`inspect`] reads the little it needs of a file; all else are functions from a sample to a
//! schema.

mod avro;
mod binary;
mod column_type;
mod compression;
mod csv;
mod encoding;
mod format;
mod grok;
mod hadoop_blocks;
mod inspect;
mod json;
mod logs;
mod orc;
mod parquet;
mod reader;
mod recognition;
mod schema;
mod surprise;
mod values;
mod xml;
mod zip;

pub(crate) use avro::columns as avro_columns;
pub(crate) use column_type::ColumnType;
pub(crate) use compression::Compression;
pub(crate) use csv::{CsvRules, Header};
pub(crate) use format::CsvSerde;
#[cfg(test)]
pub(crate) use format::Format;
pub(crate) use grok::Grok;
pub(crate) use inspect::inspect;
pub(crate) use json::JsonPath;
pub(crate) use recognition::{CustomClassifier, Rules};
pub(crate) use schema::FileSchema;
pub(crate) use xml::RowTag;

/// The start of a text file, decompressed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample<'a> {
    pub(crate) bytes: &'a [u8],
    /// The file goes on after these bytes.
    pub(crate) truncated: bool,
}
