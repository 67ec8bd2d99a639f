//! CSV that no table describes, as a job's S3 source reads it: every column a text, an empty field
//! an empty text, a missing one null.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::CsvOptions;
use crate::serde::open_csv::quoted_fields;
use crate::text::delimited;
use crate::text::{Margins, RecordEnd, RecordError, TextFormat};

/// How the file is written.
#[derive(Debug, Clone)]
pub(crate) struct PlainCsv {
    separator: u8,
    quote: Option<u8>,
    escape: Option<u8>,
    pub(super) header: bool,
    pub(super) end: RecordEnd,
}

impl PlainCsv {
    pub(crate) fn new(options: &CsvOptions) -> Self {
        Self {
            separator: options.separator,
            quote: options.quote,
            escape: options.escape,
            header: options.with_header,
            end: match options.quote {
                Some(quote) if options.multiline => RecordEnd::UnquotedLine {
                    quote,
                    escape: options.escape,
                },
                _ => RecordEnd::Line,
            },
        }
    }

    /// The fields of the first record, as texts.
    pub(crate) fn first_record(&self, record: &[u8]) -> Vec<String> {
        quoted_fields(record, self.separator, self.quote, self.escape)
            .map(|field| String::from_utf8_lossy(&field).into_owned())
            .collect()
    }
}

impl TextFormat for PlainCsv {
    fn record_end(&self) -> RecordEnd {
        self.end
    }

    fn margins(&self) -> Margins {
        Margins {
            header: usize::from(self.header),
            footer: 0,
        }
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
        delimited::columns(
            &records,
            schema,
            columns,
            |record, enough, row| {
                let fields = quoted_fields(record, self.separator, self.quote, self.escape);
                row.extend(fields.take(enough).map(Some));
            },
            |texts, _, _| Ok(Arc::new(texts)),
        )
    }
}
