use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch, StructArray};
use arrow::datatypes::{
    DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use super::source::{Counter, Source};
use crate::value::Value;
use crate::{Error, Result};

/// The records of a Parquet object.
pub(crate) struct ParquetRecords {
    batches: ParquetRecordBatchReader,
    waiting: VecDeque<Value>,
}

impl ParquetRecords {
    /// Begins to read.
    ///
    /// # Errors
    /// `ParquetParsingError`.
    pub(crate) fn new(source: Arc<dyn Source>, scanned: &Counter) -> Result<Self> {
        let file = ParquetFile {
            source,
            scanned: scanned.clone(),
        };
        let batches = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(|builder| builder.with_batch_size(1024).build())
            .map_err(|error| not_parquet(&error))?;
        Ok(Self {
            batches,
            waiting: VecDeque::new(),
        })
    }

    /// The next record.
    ///
    /// # Errors
    /// `ParquetParsingError`.
    pub(crate) fn next(&mut self) -> Result<Option<Value>> {
        loop {
            if let Some(record) = self.waiting.pop_front() {
                return Ok(Some(record));
            }
            match self.batches.next() {
                None => return Ok(None),
                Some(Err(error)) => return Err(not_parquet(&error)),
                Some(Ok(batch)) => self.waiting.extend(rows(batch)),
            }
        }
    }
}

fn not_parquet(error: &dyn std::error::Error) -> Error {
    Error::data(
        "ParquetParsingError",
        format!("Error parsing Parquet file. Please check the file and try again: {error}"),
    )
}

fn rows(batch: RecordBatch) -> Vec<Value> {
    let rows = batch.num_rows();
    let batch = StructArray::from(batch);
    (0..rows).map(|row| value(&batch, row)).collect()
}

/// A cell as a value; what S3 Select has no type for is text.
fn value(array: &dyn Array, row: usize) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    let int = |number: i64| Value::Int(number);
    match array.data_type() {
        DataType::Boolean => array
            .as_any()
            .downcast_ref::<BooleanArray>()
            .map_or(Value::Null, |array| Value::Bool(array.value(row))),
        DataType::Int8 => int(array.as_primitive::<Int8Type>().value(row).into()),
        DataType::Int16 => int(array.as_primitive::<Int16Type>().value(row).into()),
        DataType::Int32 => int(array.as_primitive::<Int32Type>().value(row).into()),
        DataType::Int64 => int(array.as_primitive::<Int64Type>().value(row)),
        DataType::UInt8 => int(array.as_primitive::<UInt8Type>().value(row).into()),
        DataType::UInt16 => int(array.as_primitive::<UInt16Type>().value(row).into()),
        DataType::UInt32 => int(array.as_primitive::<UInt32Type>().value(row).into()),
        DataType::Float32 => Value::Float(array.as_primitive::<Float32Type>().value(row).into()),
        DataType::Float64 => Value::Float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => Value::Text(array.as_string::<i32>().value(row).to_owned()),
        DataType::Struct(fields) => {
            let columns = array.as_struct();
            let fields = fields.iter().zip(columns.columns());
            Value::Tuple(
                fields
                    .map(|(field, column)| (field.name().clone(), value(column, row)))
                    .collect(),
            )
        }
        DataType::List(_) => {
            let list = array.as_list::<i32>().value(row);
            Value::List((0..list.len()).map(|at| value(&list, at)).collect())
        }
        DataType::Decimal128(..) | DataType::Decimal256(..) => {
            let text = written(array, row);
            match text.parse() {
                Ok(number) => Value::Float(number),
                Err(_) => Value::Text(text),
            }
        }
        DataType::Timestamp(..) => {
            let text = written(array, row);
            let zoned = if text.ends_with('Z') || text.contains('+') {
                text.clone()
            } else {
                format!("{text}Z")
            };
            match chrono::DateTime::parse_from_rfc3339(&zoned) {
                Ok(time) => Value::Time(time),
                Err(_) => Value::Text(text),
            }
        }
        _ => Value::Text(written(array, row)),
    }
}

fn written(array: &dyn Array, row: usize) -> String {
    let options = FormatOptions::default();
    ArrayFormatter::try_new(array, &options)
        .ok()
        .and_then(|formatter| formatter.value(row).try_to_string().ok())
        .unwrap_or_default()
}

/// A Parquet file that is read where it is asked.
struct ParquetFile {
    source: Arc<dyn Source>,
    scanned: Counter,
}

impl Length for ParquetFile {
    fn len(&self) -> u64 {
        self.source.size()
    }
}

impl ChunkReader for ParquetFile {
    type T = Box<dyn Read + Send>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(Box::new(super::open(
            Arc::clone(&self.source),
            start,
            super::Compression::None,
            &self.scanned,
            &Counter::default(),
        )))
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let end = start + length as u64;
        if end > self.source.size() {
            return Err(ParquetError::EOF("the object ends too early".to_owned()));
        }
        let bytes = self
            .source
            .read(start..end)
            .map_err(|error: io::Error| ParquetError::External(Box::new(error)))?;
        self.scanned.add(bytes.len() as u64);
        Ok(bytes)
    }
}
