//! `OpenCSVSerde`: quoted, separated text. Every field is a text; columns of other types must
//! parse, or the query fails.

use std::borrow::Cow;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, SchemaRef};

use super::Parameters;
use crate::text::delimited;
use crate::text::{Margins, RecordError, TextFormat, convert};

/// The settings of a table.
#[derive(Debug, Clone)]
pub(crate) struct OpenCsv {
    separator: u8,
    quote: u8,
    escape: u8,
    /// Values that are not of their column's type become null (`use.null.for.invalid.data`).
    null_for_invalid: bool,
    margins: Margins,
}

impl OpenCsv {
    pub(crate) fn of_table(parameters: &Parameters<'_>, margins: Margins) -> Self {
        Self {
            separator: parameters.byte("separatorChar").unwrap_or(b','),
            quote: parameters.byte("quoteChar").unwrap_or(b'"'),
            escape: parameters.byte("escapeChar").unwrap_or(b'\\'),
            null_for_invalid: parameters.is_true("use.null.for.invalid.data"),
            margins,
        }
    }

    /// Values of a column: what is not of the type is an error, the empty text too. Dates are days
    /// since 1970, timestamps milliseconds since 1970 ("Open CSV SerDe for processing CSV", Athena
    /// user guide).
    fn convert(
        &self,
        texts: &StringArray,
        field: usize,
        data_type: &DataType,
    ) -> Result<ArrayRef, RecordError> {
        let values = match data_type {
            DataType::Date32 => {
                let days = convert::cast(texts, &DataType::Int32)?;
                convert::cast(&days, data_type)?
            }
            DataType::Timestamp(..) => {
                let millis = convert::cast(texts, &DataType::Int64)?;
                convert::cast(&millis, data_type)?
            }
            DataType::Utf8
            | DataType::Boolean
            | DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::Float32
            | DataType::Float64
            | DataType::Decimal128(..) => convert::primitives(texts, data_type)?,
            _ => {
                let kind = crate::types::hive_type(data_type);
                let reason = format!("OpenCSVSerDe has no columns of type {kind}");
                return Err(RecordError::value(None, reason));
            }
        };
        match convert::first_lost(texts, &values) {
            Some(row) if !self.null_for_invalid => Err(RecordError::value(
                Some(row),
                convert::parsing_error(texts.value(row), field),
            )),
            _ => Ok(values),
        }
    }
}

impl TextFormat for OpenCsv {
    fn margins(&self) -> Margins {
        self.margins
    }

    fn decode(
        &self,
        records: &[&[u8]],
        schema: &SchemaRef,
        columns: &[usize],
    ) -> Result<RecordBatch, RecordError> {
        delimited::columns(
            records,
            schema,
            columns,
            |record, enough, row| {
                let (quote, escape) = (Some(self.quote), Some(self.escape));
                let fields = quoted_fields(record, self.separator, quote, escape);
                row.extend(fields.take(enough).map(Some));
            },
            |texts, field, data_type| self.convert(&texts, field, data_type),
        )
    }
}

/// The fields of a record: quotes around a field or a part of it are taken off, a doubled quote
/// between quotes is one, an escape takes the next byte's meaning away.
pub(crate) fn quoted_fields(
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
            null_for_invalid: false,
            margins: Margins::default(),
        };
        let records: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
        format.decode(&records, &schema, &[0])
    }

    #[test]
    fn what_does_not_fit_is_an_error_that_names_the_record() {
        assert!(decode("int", &["1", "\"-2\""]).is_ok());
        assert!(decode("date", &["20000"]).is_ok());
        for (kind, right, wrong) in [
            ("int", "1", ""),
            ("int", "1", "x"),
            ("double", "1", "1.5x"),
            ("date", "20000", "2025-01-01"),
            ("timestamp", "1738318272500", "2025-01-31 10:11:12"),
            ("boolean", "TRUE", "1"),
        ] {
            let error = decode(kind, &[right, wrong]).unwrap_err();
            assert_eq!(error.record, Some(1), "{kind} {wrong}");
            assert!(error.reason.contains("column 'c'"), "{}", error.reason);
        }
    }
}
