//! `LazySimpleSerDe`: delimited text without quotes. What does not fit its column is null, missing
//! fields are null, further fields are ignored ("Lazy Simple SerDe for CSV, TSV, and custom
//! delimited files", Athena user guide).

use std::borrow::Cow;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::nested::Parts;
use super::{RecordError, TextFormat, convert, delimited};

/// The settings of a table.
#[derive(Debug, Clone)]
pub(crate) struct LazySimple {
    pub(crate) delimiter: u8,
    /// What separates the parts of arrays, maps and structs: a byte a level.
    pub(crate) nested: Vec<u8>,
    pub(crate) escape: Option<u8>,
    pub(crate) null: String,
    pub(crate) header_lines: usize,
}

impl TextFormat for LazySimple {
    fn header_records(&self) -> usize {
        self.header_lines
    }

    fn decode(
        &self,
        records: &[&[u8]],
        schema: &SchemaRef,
        columns: &[usize],
    ) -> Result<RecordBatch, RecordError> {
        let fields = |record, row: &mut Vec<_>| self.fields(record, row);
        delimited::columns(records, schema, columns, fields, |texts, data_type| {
            let parts = Parts {
                separators: &self.nested,
                null: &self.null,
            };
            convert::lenient(texts, data_type, parts).map_err(|reason| (None, reason))
        })
    }
}

impl LazySimple {
    fn fields<'a>(&self, record: &'a [u8], row: &mut Vec<Option<Cow<'a, [u8]>>>) {
        let mut start = 0;
        let mut index = 0;
        let mut escapes = false;
        while index < record.len() {
            if Some(record[index]) == self.escape {
                escapes = true;
                index += 1;
            } else if record[index] == self.delimiter {
                row.push(self.field(&record[start..index], escapes));
                start = index + 1;
                escapes = false;
            }
            index += 1;
        }
        row.push(self.field(&record[start..], escapes));
    }

    fn field<'a>(&self, field: &'a [u8], escapes: bool) -> Option<Cow<'a, [u8]>> {
        if field == self.null.as_bytes() {
            return None;
        }
        if !escapes {
            return Some(Cow::Borrowed(field));
        }
        let mut plain = Vec::with_capacity(field.len());
        let mut bytes = field.iter();
        while let Some(&byte) = bytes.next() {
            if Some(byte) == self.escape {
                plain.extend(bytes.next());
            } else {
                plain.push(byte);
            }
        }
        Some(Cow::Owned(plain))
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
            delimiter: b',',
            nested: vec![b';', b':'],
            escape: Some(b'\\'),
            null: "\\N".to_owned(),
            header_lines: 0,
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
