//! `RegexSerDe`: a line a row, a group of a regular expression a column. Lines that do not match
//! are rows of nulls ("Regex SerDe", Athena user guide).

use std::borrow::Cow;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use regex::bytes::{CaptureLocations, Regex, RegexBuilder};

use super::Parameters;
use crate::EngineError;
use crate::text::{Margins, RecordError, TextFormat, convert, delimited};

/// The settings of a table.
#[derive(Debug, Clone)]
pub(crate) struct RegexLines {
    pattern: Regex,
    margins: Margins,
}

impl RegexLines {
    pub(crate) fn of_table(
        table: &str,
        parameters: &Parameters<'_>,
        margins: Margins,
    ) -> Result<Self, EngineError> {
        let text = parameters.serde("input.regex").ok_or_else(|| {
            EngineError::InvalidMetadata(format!(
                "This table does not have serde property \"input.regex\"! (table {table})"
            ))
        })?;
        // The whole line must match, and a dot is any character, as in Hive.
        let pattern = RegexBuilder::new(&format!("^(?:{text})$"))
            .dot_matches_new_line(true)
            .case_insensitive(parameters.is_true("input.regex.case.insensitive"))
            .build()
            .map_err(|error| {
                EngineError::InvalidMetadata(format!(
                    "the 'input.regex' of table {table} is not a regular expression that can be \
                     used: {error}"
                ))
            })?;
        Ok(Self { pattern, margins })
    }

    fn fields<'a>(
        &self,
        record: &'a [u8],
        places: &mut CaptureLocations,
        row: &mut delimited::Row<'a>,
    ) {
        if self.pattern.captures_read(places, record).is_none() {
            return;
        }
        for group in 1..places.len() {
            let place = places.get(group);
            row.push(place.map(|(start, end)| Cow::Borrowed(&record[start..end])));
        }
    }
}

impl TextFormat for RegexLines {
    fn margins(&self) -> Margins {
        self.margins
    }

    fn decode(
        &self,
        records: &[&[u8]],
        schema: &SchemaRef,
        columns: &[usize],
    ) -> Result<RecordBatch, RecordError> {
        let groups = self.pattern.captures_len() - 1;
        if groups != schema.fields().len() {
            return Err(RecordError::unreadable(
                0,
                format!(
                    "Number of matching groups doesn't match the number of columns: {groups} \
                     groups, {} columns",
                    schema.fields().len()
                ),
            ));
        }
        let mut places = self.pattern.capture_locations();
        delimited::columns(
            records,
            schema,
            columns,
            |record, _, row| self.fields(record, &mut places, row),
            |texts, _, data_type| Ok(convert::primitives(&texts, data_type)?),
        )
    }
}
