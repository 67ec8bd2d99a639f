//! `GrokSerDe`: a line a row, taken apart by a grok pattern; a column has the text of the field of
//! its name. Lines that do not match are rows of nulls ("Grok SerDe", Athena user guide).

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use lakebed_grok::Grok;

use super::Parameters;
use crate::EngineError;
use crate::text::{Margins, RecordError, TextFormat, convert, delimited};

/// The settings of a table.
#[derive(Debug, Clone)]
pub(crate) struct GrokLines {
    grok: Arc<Grok>,
    margins: Margins,
}

impl GrokLines {
    pub(crate) fn of_table(
        table: &str,
        parameters: &Parameters<'_>,
        margins: Margins,
    ) -> Result<Self, EngineError> {
        let pattern = parameters.serde("input.format").ok_or_else(|| {
            EngineError::InvalidMetadata(format!(
                "table {table} has no SerDe property 'input.format'"
            ))
        })?;
        let custom = parameters
            .serde("input.grokCustomPatterns")
            .unwrap_or_default();
        // In DDL the patterns are separated by the two characters of the escape.
        let custom = custom.replace("\\n", "\n");
        let grok = Grok::compile(pattern, &custom).map_err(|error| {
            EngineError::InvalidMetadata(format!(
                "the grok pattern of table {table} cannot be used: {error}"
            ))
        })?;
        Ok(Self {
            grok: Arc::new(grok),
            margins,
        })
    }

    /// The texts of a line, a field a column; none at all for a line that does not match.
    fn fields<'a>(&self, line: &str, places: &[Option<usize>], row: &mut delimited::Row<'a>) {
        let Ok(Some(captures)) = self.grok.captures(line) else {
            return;
        };
        row.extend(places.iter().map(|place| {
            let text = captures.get((*place)?)?;
            Some(Cow::Owned(text.as_bytes().to_vec()))
        }));
    }
}

impl TextFormat for GrokLines {
    fn margins(&self) -> Margins {
        self.margins
    }

    fn decode(
        &self,
        records: &[&[u8]],
        schema: &SchemaRef,
        columns: &[usize],
    ) -> Result<RecordBatch, RecordError> {
        let places: Vec<Option<usize>> = schema
            .fields()
            .iter()
            .map(|column| self.grok.field(column.name()))
            .collect();
        delimited::columns(
            records,
            schema,
            columns,
            |record, _, row| self.fields(&String::from_utf8_lossy(record), &places, row),
            |texts, _, data_type| Ok(convert::primitives(&texts, data_type)?),
        )
    }
}
