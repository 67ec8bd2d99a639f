//! Athena's result file: comma-separated, everything quoted, nulls empty.
//! Athena user guide, "Work with query results and recent queries".

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use datafusion_trino::TextColumn;

/// Appends the line of column names.
pub(crate) fn write_header<'a>(names: impl IntoIterator<Item = &'a str>, out: &mut Vec<u8>) {
    for (position, name) in names.into_iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        write_quoted(name, out);
    }
    out.push(b'\n');
}

/// Appends the rows of a batch.
///
/// # Errors
/// If a column is of a type that has no text.
pub(crate) fn write_rows(batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), ArrowError> {
    let columns = batch
        .columns()
        .iter()
        .map(TextColumn::new)
        .collect::<Result<Vec<_>, _>>()?;
    let mut text = String::new();
    for row in 0..batch.num_rows() {
        for (position, column) in columns.iter().enumerate() {
            if position > 0 {
                out.push(b',');
            }
            if !column.is_null(row) {
                text.clear();
                column.write(row, &mut text);
                write_quoted(&text, out);
            }
        }
        out.push(b'\n');
    }
    Ok(())
}

fn write_quoted(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for (position, part) in text.split('"').enumerate() {
        if position > 0 {
            out.extend_from_slice(b"\"\"");
        }
        out.extend_from_slice(part.as_bytes());
    }
    out.push(b'"');
}

/// A row of a result: a text or null for each column.
pub(crate) type Row = Vec<Option<String>>;

/// Reads one row from the beginning of `bytes`; answers it and how many bytes it takes, or none
/// if the row does not end within `bytes`.
pub(crate) fn read_row(bytes: &[u8]) -> Option<(Row, usize)> {
    let mut row = Row::new();
    let mut at = 0;
    loop {
        let field = match bytes.get(at)? {
            b'"' => {
                let (text, length) = read_quoted(&bytes[at + 1..])?;
                at += length + 1;
                Some(text)
            }
            _ => None,
        };
        row.push(field);
        match bytes.get(at)? {
            b',' => at += 1,
            _ => return Some((row, at + 1)),
        }
    }
}

/// The text up to the closing quote, and how many bytes it takes with that quote.
fn read_quoted(bytes: &[u8]) -> Option<(String, usize)> {
    let mut text = Vec::new();
    let mut at = 0;
    loop {
        let length = bytes[at..].iter().position(|byte| *byte == b'"')?;
        text.extend_from_slice(&bytes[at..at + length]);
        at += length + 1;
        if bytes.get(at)? != &b'"' {
            return Some((String::from_utf8_lossy(&text).into_owned(), at));
        }
        text.push(b'"');
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, StringArray};

    use super::*;

    #[test]
    fn values_are_quoted_and_nulls_are_empty() {
        let batch = RecordBatch::try_from_iter([
            (
                "a",
                Arc::new(Int64Array::from(vec![Some(1), None])) as ArrayRef,
            ),
            (
                "b",
                Arc::new(StringArray::from(vec!["say \"hi\",\nplease", ""])) as ArrayRef,
            ),
        ])
        .unwrap();
        let mut file = Vec::new();
        write_header(["a", "b"], &mut file);
        write_rows(&batch, &mut file).unwrap();
        assert_eq!(
            String::from_utf8(file.clone()).unwrap(),
            "\"a\",\"b\"\n\"1\",\"say \"\"hi\"\",\nplease\"\n,\"\"\n"
        );

        let mut rows = Vec::new();
        let mut rest = file.as_slice();
        while let Some((row, length)) = read_row(rest) {
            rows.push(row);
            rest = &rest[length..];
        }
        let text = |value: &str| Some(value.to_owned());
        assert_eq!(
            rows,
            [
                vec![text("a"), text("b")],
                vec![text("1"), text("say \"hi\",\nplease")],
                vec![None, text("")],
            ]
        );
    }

    #[test]
    fn a_row_that_is_cut_off_is_not_read() {
        let file = b"\"1\",\"a\"\"b\"\n";
        for cut in 0..file.len() {
            assert_eq!(read_row(&file[..cut]), None, "{cut}");
        }
        assert_eq!(read_row(file).unwrap().1, file.len());
    }
}
