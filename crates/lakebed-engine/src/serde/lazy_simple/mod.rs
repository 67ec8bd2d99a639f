//! `LazySimpleSerDe`: delimited text without quotes. What does not fit its column is null, missing
//! fields are null, further fields are ignored ("Lazy Simple SerDe for CSV, TSV, and custom
//! delimited files", Athena user guide).

mod nested;

use std::borrow::Cow;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use self::nested::Parts;
use super::Parameters;
use crate::text::delimited::{self, Row};
use crate::text::{Margins, RecordError, TextFormat};

/// The settings of a table.
#[derive(Debug, Clone)]
pub(crate) struct LazySimple {
    delimiter: u8,
    /// What separates the parts of arrays, maps and structs: a byte a level.
    nested: Vec<u8>,
    escape: Option<u8>,
    null: String,
    margins: Margins,
}

impl LazySimple {
    pub(crate) fn of_table(parameters: &Parameters<'_>, margins: Margins) -> Self {
        Self {
            delimiter: parameters
                .byte("field.delim")
                .or_else(|| parameters.byte("serialization.format"))
                .unwrap_or(1),
            nested: nested_separators(parameters),
            escape: parameters.byte("escape.delim"),
            null: parameters
                .serde("serialization.null.format")
                .unwrap_or("\\N")
                .to_owned(),
            margins,
        }
    }

    fn fields<'a>(&self, record: &'a [u8], enough: usize, row: &mut Row<'a>) {
        match self.escape {
            None => self.plain_fields(record, enough, row),
            Some(escape) => self.escaped_fields(record, escape, row),
        }
    }

    fn plain_fields<'a>(&self, record: &'a [u8], enough: usize, row: &mut Row<'a>) {
        let mut rest = record;
        while row.len() < enough {
            let end = memchr::memchr(self.delimiter, rest);
            let field = &rest[..end.unwrap_or(rest.len())];
            row.push((field != self.null.as_bytes()).then_some(Cow::Borrowed(field)));
            match end {
                Some(end) => rest = &rest[end + 1..],
                None => return,
            }
        }
    }

    fn escaped_fields<'a>(&self, record: &'a [u8], escape: u8, row: &mut Row<'a>) {
        let mut start = 0;
        let mut index = 0;
        let mut escapes = false;
        while index < record.len() {
            if record[index] == escape {
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

/// Separators of nested values, the outermost first; those nobody sets are the control characters
/// that follow (LanguageManual DDL, "Row Formats & SerDe", Apache Hive).
fn nested_separators(parameters: &Parameters<'_>) -> Vec<u8> {
    // Hive's own spelling of the key is the first one.
    let collection = parameters
        .byte("colelction.delim")
        .or_else(|| parameters.byte("collection.delim"))
        .unwrap_or(2);
    let key = parameters.byte("mapkey.delim").unwrap_or(3);
    vec![collection, key, 4, 5, 6, 7, 8]
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
            separators: &self.nested,
            null: &self.null,
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
            delimiter: b',',
            nested: vec![b';', b':'],
            escape: Some(b'\\'),
            null: "\\N".to_owned(),
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
