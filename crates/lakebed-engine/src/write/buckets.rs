//! Which bucket a row belongs to: Hive's own hash, so that readers who skip buckets find what they
//! look for ("Bucketing in Athena", Athena user guide).

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::{
    DataType, Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Schema, TimeUnit, TimestampMillisecondType,
};
use arrow::error::ArrowError;

use crate::{EngineError, types};

/// Rows with the same values in these columns go to the same file of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buckets {
    /// The columns whose values decide.
    pub columns: Vec<String>,
    /// How many buckets there are.
    pub count: u32,
}

/// Finds the buckets of rows.
#[derive(Debug)]
pub(super) struct Bucketer {
    columns: Vec<usize>,
    count: u32,
}

impl Bucketer {
    /// # Errors
    /// [`EngineError::InvalidMetadata`] for columns that are not there,
    /// [`EngineError::UnsupportedFormat`] for types that cannot be bucketed.
    pub(super) fn new(schema: &Schema, buckets: &Buckets) -> Result<Self, EngineError> {
        if buckets.count == 0 {
            return Err(EngineError::InvalidMetadata(
                "bucket_count must be greater than zero".to_owned(),
            ));
        }
        let mut columns = Vec::with_capacity(buckets.columns.len());
        for name in &buckets.columns {
            let index = schema.index_of(name).map_err(|_| {
                EngineError::InvalidMetadata(format!(
                    "bucketing column '{name}' is not among the columns of the files"
                ))
            })?;
            let data_type = schema.field(index).data_type();
            if !has_hash(data_type) {
                return Err(EngineError::UnsupportedFormat(format!(
                    "bucketing by column '{name}' of type {}",
                    types::hive_type(data_type)
                )));
            }
            columns.push(index);
        }
        Ok(Self {
            columns,
            count: buckets.count,
        })
    }

    /// The rows of each bucket that has some, in the buckets' order.
    pub(super) fn split(&self, batch: &RecordBatch) -> Result<Vec<(u32, RecordBatch)>, ArrowError> {
        let mut rows: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (row, bucket) in self.buckets(batch).into_iter().enumerate() {
            rows.entry(bucket).or_default().push(row as u32);
        }
        rows.into_iter()
            .map(|(bucket, rows)| Ok((bucket, take_record_batch(batch, &UInt32Array::from(rows))?)))
            .collect()
    }

    /// The bucket of each row.
    fn buckets(&self, batch: &RecordBatch) -> Vec<u32> {
        let mut hashes = vec![0i32; batch.num_rows()];
        for &column in &self.columns {
            add_hashes(batch.column(column), &mut hashes);
        }
        hashes
            .into_iter()
            .map(|hash| (hash & i32::MAX) as u32 % self.count)
            .collect()
    }
}

fn has_hash(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Boolean
            | DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::Float32
            | DataType::Float64
            | DataType::Date32
            | DataType::Utf8
            | DataType::Timestamp(TimeUnit::Millisecond, None)
    )
}

/// Adds a column's hashes to those of the columns before it.
fn add_hashes(column: &ArrayRef, hashes: &mut [i32]) {
    let hash = hash_of(column);
    for (row, before) in hashes.iter_mut().enumerate() {
        let own = if column.is_null(row) { 0 } else { hash(row) };
        *before = before.wrapping_mul(31).wrapping_add(own);
    }
}

fn hash_of(column: &ArrayRef) -> Box<dyn Fn(usize) -> i32 + '_> {
    match column.data_type() {
        DataType::Boolean => {
            let values = column.as_boolean();
            Box::new(|row| i32::from(values.value(row)))
        }
        DataType::Int8 => {
            let values = column.as_primitive::<Int8Type>();
            Box::new(|row| i32::from(values.value(row)))
        }
        DataType::Int16 => {
            let values = column.as_primitive::<Int16Type>();
            Box::new(|row| i32::from(values.value(row)))
        }
        DataType::Int32 => {
            let values = column.as_primitive::<Int32Type>();
            Box::new(|row| values.value(row))
        }
        DataType::Date32 => {
            let values = column.as_primitive::<Date32Type>();
            Box::new(|row| values.value(row))
        }
        DataType::Int64 => {
            let values = column.as_primitive::<Int64Type>();
            Box::new(|row| folded(values.value(row)))
        }
        DataType::Float32 => {
            let values = column.as_primitive::<Float32Type>();
            Box::new(|row| values.value(row).to_bits() as i32)
        }
        DataType::Float64 => {
            let values = column.as_primitive::<Float64Type>();
            Box::new(|row| folded(values.value(row).to_bits() as i64))
        }
        DataType::Timestamp(..) => {
            let values = column.as_primitive::<TimestampMillisecondType>();
            Box::new(|row| timestamp_hash(values.value(row)))
        }
        _ => {
            let values = column.as_string::<i32>();
            Box::new(|row| text_hash(values.value(row)))
        }
    }
}

fn folded(value: i64) -> i32 {
    (value ^ ((value as u64) >> 32) as i64) as i32
}

/// Java's hash of bytes, which are signed there.
fn text_hash(text: &str) -> i32 {
    text.bytes().fold(0i32, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(i32::from(byte as i8))
    })
}

/// Seconds and nanoseconds in one number.
fn timestamp_hash(millis: i64) -> i32 {
    let seconds = millis.div_euclid(1_000);
    let nanos = millis.rem_euclid(1_000) * 1_000_000;
    folded((seconds << 30) | nanos)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use arrow::array::{Int32Array, Int64Array, StringArray};

    use super::*;

    fn buckets(columns: Vec<ArrayRef>, count: u32) -> Vec<u32> {
        let named = columns.into_iter().enumerate();
        let batch =
            RecordBatch::try_from_iter(named.map(|(i, column)| (format!("c{i}"), column))).unwrap();
        let wanted = Buckets {
            columns: batch
                .schema()
                .fields()
                .iter()
                .map(|f| f.name().clone())
                .collect(),
            count,
        };
        Bucketer::new(&batch.schema(), &wanted)
            .unwrap()
            .buckets(&batch)
    }

    /// The hashes of Java's `Integer`, `Long` and of a text's bytes.
    #[test]
    fn rows_are_hashed_as_hive_hashes_them() {
        let integers: ArrayRef = Arc::new(Int32Array::from(vec![Some(7), Some(-1), None]));
        assert_eq!(buckets(vec![integers], 4), [3, 3, 0]);
        let longs: ArrayRef = Arc::new(Int64Array::from(vec![7, 1 << 32, -1]));
        assert_eq!(buckets(vec![longs], 1_000), [7, 1, 0]);
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["a", "ab", ""]));
        assert_eq!(buckets(vec![texts], 10_000), [97, 97 * 31 + 98, 0]);
        let one: ArrayRef = Arc::new(Int32Array::from(vec![2]));
        let two: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
        assert_eq!(buckets(vec![one, two], 1_000), [2 * 31 + 97]);
    }

    #[test]
    fn what_cannot_be_bucketed_is_refused() {
        let schema = Schema::new(vec![arrow::datatypes::Field::new(
            "tags",
            types::arrow_type("array<int>").unwrap(),
            true,
        )]);
        let wanted = |column: &str, count| Buckets {
            columns: vec![column.to_owned()],
            count,
        };
        for (buckets, reason) in [
            (
                wanted("tags", 2),
                "bucketing by column 'tags' of type array<int>",
            ),
            (wanted("none", 2), "bucketing column 'none' is not among"),
            (wanted("tags", 0), "bucket_count must be greater than zero"),
        ] {
            let error = Bucketer::new(&schema, &buckets).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
