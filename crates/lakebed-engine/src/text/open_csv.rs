//! `OpenCSVSerde`: quoted, separated text. Every field is a text; columns of other types must
//! parse, or the query fails.

use std::borrow::Cow;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::{RecordError, TextFormat, convert, delimited};

/// The settings of a table.
#[derive(Debug, Clone)]
pub(crate) struct OpenCsv {
    pub(crate) separator: u8,
    pub(crate) quote: u8,
    pub(crate) escape: u8,
    pub(crate) header_lines: usize,
}

impl TextFormat for OpenCsv {
    fn header_records(&self) -> usize {
        self.header_lines
    }

    fn decode(
        &self,
        records: &[&[u8]],
        schema: &SchemaRef,
        columns: &[usize],
    ) -> Result<RecordBatch, RecordError> {
        let fields = |record, row: &mut Vec<_>| {
            row.extend(
                quoted_fields(record, self.separator, Some(self.quote), Some(self.escape))
                    .map(Some),
            );
        };
        delimited::columns(records, schema, columns, fields, convert::strict)
    }
}

/// The fields of a record: quotes around a field or a part of it are taken off, a doubled quote
/// between quotes is one, an escape takes the next byte's meaning away.
pub(super) fn quoted_fields(
    record: &[u8],
    separator: u8,
    quote: Option<u8>,
    escape: Option<u8>,
) -> impl Iterator<Item = Cow<'_, [u8]>> {
    let mut rest = Some(record);
    std::iter::from_fn(move || {
        let record = rest?;
        let special = |byte: &u8| Some(*byte) == quote || Some(*byte) == escape;
        let end = record
            .iter()
            .position(|byte| *byte == separator || special(byte));
        match end {
            None => {
                rest = None;
                Some(Cow::Borrowed(record))
            }
            Some(end) if record[end] == separator => {
                rest = Some(&record[end + 1..]);
                Some(Cow::Borrowed(&record[..end]))
            }
            Some(_) => {
                let (field, after) = unquoted(record, separator, quote, escape);
                rest = after;
                Some(Cow::Owned(field))
            }
        }
    })
}

/// A field that holds quotes or escapes, and what comes after its separator.
fn unquoted(
    record: &[u8],
    separator: u8,
    quote: Option<u8>,
    escape: Option<u8>,
) -> (Vec<u8>, Option<&[u8]>) {
    let mut field = Vec::new();
    let mut quoted = false;
    let mut index = 0;
    while let Some(&byte) = record.get(index) {
        let next = record.get(index + 1).copied();
        if Some(byte) == quote {
            if quoted && next == quote {
                field.push(byte);
                index += 1;
            } else {
                quoted = !quoted;
            }
        } else if Some(byte) == escape
            && next.is_some_and(|next| Some(next) == quote || Some(next) == escape)
        {
            field.extend(next);
            index += 1;
        } else if byte == separator && !quoted {
            return (field, Some(&record[index + 1..]));
        } else {
            field.push(byte);
        }
        index += 1;
    }
    (field, None)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use arrow::datatypes::{Field, Schema};

    use super::*;
    use crate::types::arrow_type;

    fn fields(record: &str) -> Vec<String> {
        quoted_fields(record.as_bytes(), b',', Some(b'"'), Some(b'\\'))
            .map(|field| String::from_utf8(field.into_owned()).unwrap())
            .collect()
    }

    #[test]
    fn quotes_and_escapes_are_taken_off() {
        assert_eq!(fields("a,b,,"), ["a", "b", "", ""]);
        assert_eq!(fields(r#""빠르고, 정확",2"#), ["빠르고, 정확", "2"]);
        assert_eq!(
            fields(r#"친구가 ""이거"","x ""y"" z""#),
            ["친구가 이거", "x \"y\" z"]
        );
        assert_eq!(fields(r#""a\"b",c\d"#), ["a\"b", "c\\d"]);
        assert_eq!(fields(""), [""]);
    }

    fn decode(kind: &str, texts: &[&str]) -> Result<RecordBatch, RecordError> {
        let schema = Arc::new(Schema::new(vec![Field::new(
            "c",
            arrow_type(kind).unwrap(),
            true,
        )]));
        let format = OpenCsv {
            separator: b',',
            quote: b'"',
            escape: b'\\',
            header_lines: 0,
        };
        let records: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
        format.decode(&records, &schema, &[0])
    }

    #[test]
    fn what_does_not_fit_is_an_error_that_names_the_record() {
        assert!(decode("int", &["1", "\"-2\""]).is_ok());
        assert!(decode("date", &["20000"]).is_ok());
        for (kind, wrong) in [
            ("int", ""),
            ("int", "x"),
            ("double", "1.5x"),
            ("date", "2025-01-01"),
            ("boolean", "2"),
        ] {
            let error = decode(kind, &["1", wrong]).unwrap_err();
            assert_eq!(error.record, Some(1), "{kind} {wrong}");
            assert!(error.reason.contains("column 'c'"), "{}", error.reason);
        }
    }
}
