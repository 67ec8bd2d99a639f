//! Text formats: one file a SerDe, and what they share.
//!
//! A [`TextSource`] streams a file, cuts it into records ([`records`]) and hands batches of them to
//! a [`TextFormat`], which makes columns of them. Only the columns that are asked for are made.

mod convert;
mod delimited;
mod hive_json;
mod lazy_simple;
mod nested;
mod open_csv;
mod plain_csv;
mod records;
mod source;

use std::fmt::Debug;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

pub(crate) use self::hive_json::HiveJson;
pub(crate) use self::lazy_simple::LazySimple;
pub(crate) use self::open_csv::OpenCsv;
pub(crate) use self::plain_csv::PlainCsv;
pub(crate) use self::records::{RecordEnd, Splitter};
pub(crate) use self::source::{TextSource, decompressed};

/// Makes columns of a text file's records.
pub(crate) trait TextFormat: Debug + Send + Sync {
    /// How many records at a file's start are not data.
    fn header_records(&self) -> usize {
        0
    }

    /// Reads `records` as rows of `schema`, of which only `columns` are wanted.
    ///
    /// # Errors
    /// What does not fit, without the place: the source adds file and record number.
    fn decode(
        &self,
        records: &[&[u8]],
        schema: &SchemaRef,
        columns: &[usize],
    ) -> Result<RecordBatch, RecordError>;
}

/// A record that does not fit the table.
#[derive(Debug)]
pub(crate) struct RecordError {
    /// Which of the records, counted from zero; none where the format cannot tell.
    pub(crate) record: Option<usize>,
    /// What is wrong with it.
    pub(crate) reason: String,
}
