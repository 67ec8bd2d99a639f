//! What the SerDes of text files share: files are streamed and expanded ([`compression`]), cut into
//! records ([`records`]), and batches of records handed to a [`TextFormat`] that makes columns of
//! them ([`source`]). Only the columns that are asked for are made.

pub(crate) mod compression;
pub(crate) mod convert;
pub(crate) mod delimited;
mod records;
mod source;

use std::fmt::Debug;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::EngineError;

pub(crate) use self::records::{RecordEnd, Splitter};
pub(crate) use self::source::{TextReader, pieces};

/// Makes columns of a text file's records.
pub(crate) trait TextFormat: Debug + Send + Sync {
    /// Where a record ends.
    fn record_end(&self) -> RecordEnd {
        RecordEnd::Line
    }

    /// Lines around the data of each file.
    fn margins(&self) -> Margins {
        Margins::default()
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

/// Records at the start and the end of a file that are not data (`skip.header.line.count`,
/// `skip.footer.line.count`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Margins {
    pub(crate) header: usize,
    pub(crate) footer: usize,
}

impl Margins {
    /// Whether the parts of a file can be read apart from each other.
    pub(crate) fn splittable(self) -> bool {
        self.header <= 1 && self.footer == 0
    }
}

/// A record that does not fit the table.
#[derive(Debug)]
pub(crate) struct RecordError {
    /// Which of the records, counted from zero; none where the format cannot tell.
    pub(crate) record: Option<usize>,
    /// What is wrong with it.
    pub(crate) reason: String,
    /// Whether the record could not be read at all, rather than one of its values.
    pub(crate) unreadable: bool,
}

impl RecordError {
    /// A value that is not of its column's type: `HIVE_BAD_DATA`.
    pub(crate) fn value(record: Option<usize>, reason: impl Into<String>) -> Self {
        Self {
            record,
            reason: reason.into(),
            unreadable: false,
        }
    }

    /// A record that is not of the format: `HIVE_CURSOR_ERROR`.
    pub(crate) fn unreadable(record: usize, reason: impl Into<String>) -> Self {
        Self {
            record: Some(record),
            reason: reason.into(),
            unreadable: true,
        }
    }

    /// The error with the place.
    pub(crate) fn at(&self, place: &str) -> EngineError {
        let text = format!("{} ({place})", self.reason);
        if self.unreadable {
            EngineError::Cursor(text)
        } else {
            EngineError::BadData(text)
        }
    }
}

impl From<arrow::error::ArrowError> for RecordError {
    fn from(error: arrow::error::ArrowError) -> Self {
        Self::value(None, error.to_string())
    }
}
