//! Rows as `LazySimpleSerDe` writes them: delimiters, no quotes, `\N` for null.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float32Type, Float64Type, TimeUnit, TimestampMillisecondType};
use arrow::error::ArrowError;
use arrow::util::display::array_value_to_string;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;

use super::format::HiveDelimiters;

/// The lines of a batch.
///
/// # Errors
/// For types nested deeper than there are delimiters.
pub(super) fn lines(
    batch: &RecordBatch,
    delimiters: &HiveDelimiters,
) -> Result<Vec<u8>, ArrowError> {
    let mut line = Line {
        delimiters,
        text: Vec::new(),
    };
    for row in 0..batch.num_rows() {
        for (index, column) in batch.columns().iter().enumerate() {
            if index > 0 {
                line.text.push(delimiters.field);
            }
            line.value(column.as_ref(), row, &delimiters.nested)?;
        }
        line.text.push(b'\n');
    }
    Ok(line.text)
}

struct Line<'a> {
    delimiters: &'a HiveDelimiters,
    text: Vec<u8>,
}

impl Line<'_> {
    fn value(&mut self, array: &dyn Array, row: usize, nested: &[u8]) -> Result<(), ArrowError> {
        if array.is_null(row) {
            self.text.extend_from_slice(self.delimiters.null.as_bytes());
            return Ok(());
        }
        match array.data_type() {
            DataType::Utf8 => self.escaped(array.as_string::<i32>().value(row)),
            DataType::Binary => {
                let encoded = STANDARD.encode(array.as_binary::<i32>().value(row));
                self.escaped(&encoded);
            }
            DataType::Timestamp(TimeUnit::Millisecond, None) => {
                let millis = array.as_primitive::<TimestampMillisecondType>().value(row);
                self.escaped(&timestamp(millis));
            }
            DataType::Float32 => {
                let number = array.as_primitive::<Float32Type>().value(row);
                self.escaped(&java_number(
                    f64::from(number),
                    &number.to_string(),
                    &format!("{number:e}"),
                ));
            }
            DataType::Float64 => {
                let number = array.as_primitive::<Float64Type>().value(row);
                self.escaped(&java_number(
                    number,
                    &number.to_string(),
                    &format!("{number:e}"),
                ));
            }
            DataType::List(_) => {
                let (delimiter, nested) = outermost(nested)?;
                let elements = array.as_list::<i32>().value(row);
                for element in 0..elements.len() {
                    self.separate(element, delimiter);
                    self.value(elements.as_ref(), element, nested)?;
                }
            }
            DataType::Struct(_) => {
                let (delimiter, nested) = outermost(nested)?;
                for (index, column) in array.as_struct().columns().iter().enumerate() {
                    self.separate(index, delimiter);
                    self.value(column.as_ref(), row, nested)?;
                }
            }
            DataType::Map(..) => {
                let (outer, nested) = outermost(nested)?;
                let (inner, nested) = outermost(nested)?;
                let pairs = array.as_map().value(row);
                for pair in 0..pairs.len() {
                    self.separate(pair, outer);
                    self.value(pairs.column(0).as_ref(), pair, nested)?;
                    self.text.push(inner);
                    self.value(pairs.column(1).as_ref(), pair, nested)?;
                }
            }
            _ => {
                let text = array_value_to_string(array, row)?;
                self.escaped(&text);
            }
        }
        Ok(())
    }

    fn separate(&mut self, index: usize, delimiter: u8) {
        if index > 0 {
            self.text.push(delimiter);
        }
    }

    fn escaped(&mut self, text: &str) {
        let HiveDelimiters {
            field,
            nested,
            escape,
            ..
        } = self.delimiters;
        let Some(escape) = *escape else {
            self.text.extend_from_slice(text.as_bytes());
            return;
        };
        for byte in text.bytes() {
            if byte == escape || byte == *field || nested.contains(&byte) {
                self.text.push(escape);
            }
            self.text.push(byte);
        }
    }
}

fn outermost(nested: &[u8]) -> Result<(u8, &[u8]), ArrowError> {
    match nested.split_first() {
        Some((delimiter, nested)) => Ok((*delimiter, nested)),
        None => Err(ArrowError::InvalidArgumentError(
            "the type is nested deeper than there are delimiters".to_owned(),
        )),
    }
}

/// `2025-01-31 10:11:12.5`: no zeros at the end.
fn timestamp(millis: i64) -> String {
    let Some(instant) = DateTime::from_timestamp_millis(millis) else {
        return millis.to_string();
    };
    let text = instant.format("%Y-%m-%d %H:%M:%S%.3f").to_string();
    match text.rsplit_once('.') {
        Some((seconds, "000")) => seconds.to_owned(),
        _ => text.trim_end_matches('0').to_owned(),
    }
}

/// As Java writes numbers: `1.0`, `1.0E10`.
fn java_number(number: f64, plain: &str, scientific: &str) -> String {
    let size = number.abs();
    if !number.is_finite() {
        return match number {
            number if number.is_nan() => "NaN".to_owned(),
            number if number > 0.0 => "Infinity".to_owned(),
            _ => "-Infinity".to_owned(),
        };
    }
    let with_point = |text: &str| {
        if text.contains('.') {
            text.to_owned()
        } else {
            format!("{text}.0")
        }
    };
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return with_point(plain);
    }
    match scientific.split_once('e') {
        Some((mantissa, exponent)) => format!("{}E{exponent}", with_point(mantissa)),
        None => plain.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, BooleanArray, Float64Array, StringArray, TimestampMillisecondArray,
    };

    use super::*;

    #[test]
    fn values_are_written_as_hive_writes_them() {
        let columns: [(&str, ArrayRef); 4] = [
            (
                "s",
                Arc::new(StringArray::from(vec![Some("a,b"), None, Some("c\\d;")])),
            ),
            (
                "d",
                Arc::new(Float64Array::from(vec![1.0, 1.5e10, f64::NAN])),
            ),
            (
                "t",
                Arc::new(TimestampMillisecondArray::from(vec![
                    1_738_318_272_500,
                    0,
                    -1,
                ])),
            ),
            ("b", Arc::new(BooleanArray::from(vec![true, false, true]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let delimiters = HiveDelimiters {
            field: b',',
            nested: vec![b';'],
            escape: Some(b'\\'),
            ..HiveDelimiters::default()
        };
        assert_eq!(
            String::from_utf8(lines(&batch, &delimiters).unwrap()).unwrap(),
            "a\\,b,1.0,2025-01-31 10:11:12.5,true\n\
             \\N,1.5E10,1970-01-01 00:00:00,false\n\
             c\\\\d\\;,NaN,1969-12-31 23:59:59.999,true\n"
        );
    }
}
