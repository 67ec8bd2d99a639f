//! `LazySimpleSerDe`: delimited text without quotes. What does not fit its column is null, missing
//! fields are null, further fields are ignored ("Lazy Simple SerDe for CSV, TSV, and custom
//! delimited files", Athena user guide).

mod nested;

use std::borrow::Cow;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use self::nested::Parts;
use super::Parameters;
use crate::HiveDelimiters;
use crate::text::delimited::{self, Row};
use crate::text::{Margins, RecordError, TextFormat};

/// The settings of a table.
#[derive(Debug, Clone)]
pub(crate) struct LazySimple {
    delimiters: HiveDelimiters,
    margins: Margins,
}

impl LazySimple {
    pub(crate) fn of_table(parameters: &Parameters<'_>, margins: Margins) -> Self {
        Self {
            delimiters: HiveDelimiters::of_parameters(parameters),
            margins,
        }
    }

    /// The fields as they are written: escapes are for those who know the types.
    fn fields<'a>(&self, record: &'a [u8], enough: usize, row: &mut Row<'a>) {
        let mut rest = record;
        while row.len() < enough {
            let end = self.field_end(rest);
            let field = &rest[..end.unwrap_or(rest.len())];
            let is_null = field == self.delimiters.null.as_bytes();
            row.push((!is_null).then_some(Cow::Borrowed(field)));
            match end {
                Some(end) => rest = &rest[end + 1..],
                None => return,
            }
        }
    }

    fn field_end(&self, rest: &[u8]) -> Option<usize> {
        let delimiter = self.delimiters.field;
        let Some(escape) = self.delimiters.escape else {
            return memchr::memchr(delimiter, rest);
        };
        let mut from = 0;
        loop {
            let found = from + memchr::memchr2(delimiter, escape, rest.get(from..)?)?;
            if rest[found] == delimiter {
                return Some(found);
            }
            from = found + 2;
        }
    }
}

impl TextFormat for LazySimple {
    fn margins(&self) -> Margins {
        self.margins
    }

    fn decode(
        &self,
        records: &[&[u8]],
        schema: &SchemaRef,
        columns: &[usize],
    ) -> Result<RecordBatch, RecordError> {
        let parts = Parts {
            separators: &self.delimiters.nested,
            escape: self.delimiters.escape.map(char::from),
            null: &self.delimiters.null,
        };
        delimited::columns(
            records,
            schema,
            columns,
            |record, enough, row| self.fields(record, enough, row),
            |texts, _, data_type| {
                nested::values(texts, data_type, parts)
                    .map_err(|reason| RecordError::value(None, reason))
            },
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use arrow::util::pretty::pretty_format_batches;

    use super::*;
    use crate::types::arrow_type;

    #[test]
    fn what_does_not_fit_is_null() {
        let fields = ["string", "int", "double", "date"]
            .map(arrow_type)
            .map(Result::unwrap);
        let schema = Arc::new(arrow::datatypes::Schema::new(
            fields
                .into_iter()
                .enumerate()
                .map(|(i, t)| arrow::datatypes::Field::new(format!("c{i}"), t, true))
                .collect::<Vec<_>>(),
        ));
        let format = LazySimple {
            delimiters: HiveDelimiters {
                field: b',',
                escape: Some(b'\\'),
                ..HiveDelimiters::default()
            },
            margins: Margins::default(),
        };
        let records: [&[u8]; 4] = [
            b"a\\,b,1,2.5,2025-01-31",
            b",x,,",
            b"\\N,7",
            b"\"q,8,1e3,2025-02-30,more",
        ];
        let batch = format.decode(&records, &schema, &[0, 1, 2, 3]).unwrap();
        let table = pretty_format_batches(&[batch]).unwrap().to_string();
        assert_eq!(
            table,
            "+-----+----+--------+------------+\n\
             | c0  | c1 | c2     | c3         |\n\
             +-----+----+--------+------------+\n\
             | a,b | 1  | 2.5    | 2025-01-31 |\n\
             |     |    |        |            |\n\
             |     | 7  |        |            |\n\
             | \"q  | 8  | 1000.0 |            |\n\
             +-----+----+--------+------------+"
        );
        assert!(format.decode(&records, &schema, &[]).unwrap().num_rows() == 4);
    }
}
