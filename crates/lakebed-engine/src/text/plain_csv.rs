//! CSV that no table describes, as a job's S3 source reads it: every column a text, an empty field
//! an empty text, a missing one null.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::open_csv::quoted_fields;
use super::{RecordError, TextFormat, delimited};

/// How the file is written.
#[derive(Debug, Clone)]
pub(crate) struct PlainCsv {
    pub(crate) separator: u8,
    pub(crate) quote: Option<u8>,
    pub(crate) escape: Option<u8>,
    pub(crate) header: bool,
}

impl PlainCsv {
    /// The fields of the first record, as texts.
    pub(crate) fn first_record(&self, record: &[u8]) -> Vec<String> {
        quoted_fields(record, self.separator, self.quote, self.escape)
            .map(|field| String::from_utf8_lossy(&field).into_owned())
            .collect()
    }
}

impl TextFormat for PlainCsv {
    fn header_records(&self) -> usize {
        usize::from(self.header)
    }

    fn decode(
        &self,
        records: &[&[u8]],
        schema: &SchemaRef,
        columns: &[usize],
    ) -> Result<RecordBatch, RecordError> {
        // A blank line is no row.
        let records: Vec<&[u8]> = records
            .iter()
            .copied()
            .filter(|record| !record.is_empty())
            .collect();
        let fields = |record, row: &mut Vec<_>| {
            row.extend(quoted_fields(record, self.separator, self.quote, self.escape).map(Some));
        };
        delimited::columns(&records, schema, columns, fields, |texts, _| {
            Ok(Arc::new(texts))
        })
    }
}
