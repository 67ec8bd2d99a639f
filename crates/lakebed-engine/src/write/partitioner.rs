use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray, UInt32Array};
use arrow::compute::{cast, take_record_batch};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use arrow::row::{RowConverter, SortField};
use datafusion::error::DataFusionError;
use lakebed_core::hive_path;

use crate::EngineError;

/// The values of the partition columns that some rows share.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct PartitionValues(pub(super) Vec<Option<String>>);

impl PartitionValues {
    /// `year=2025/month=01`.
    pub(super) fn folder(&self, keys: &[String]) -> String {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let values: Vec<Option<&str>> = self.0.iter().map(Option::as_deref).collect();
        hive_path::write(&keys, &values)
    }
}

/// Splits batches by the values of some columns.
#[derive(Debug)]
pub(super) struct Partitioner {
    keys: Vec<usize>,
    others: Vec<usize>,
    converter: RowConverter,
    file_schema: SchemaRef,
}

impl Partitioner {
    pub(super) fn new(schema: &Schema, keys: &[String]) -> Result<Self, EngineError> {
        let keys = keys
            .iter()
            .map(|key| {
                schema.index_of(key).map_err(|_| {
                    let columns: Vec<&str> = schema
                        .fields()
                        .iter()
                        .map(|field| field.name().as_str())
                        .collect();
                    EngineError::InvalidMetadata(format!(
                        "partition column '{key}' is not among the columns {}",
                        columns.join(", ")
                    ))
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let others: Vec<usize> = (0..schema.fields().len())
            .filter(|index| !keys.contains(index))
            .collect();
        let sort_fields = keys
            .iter()
            .map(|_| SortField::new(DataType::Utf8))
            .collect();
        let file_schema = schema.project(&others).map_err(DataFusionError::from)?;
        Ok(Self {
            keys,
            others,
            converter: RowConverter::new(sort_fields).map_err(DataFusionError::from)?,
            file_schema: Arc::new(file_schema.with_metadata(Default::default())),
        })
    }

    /// The columns that stay in the files.
    pub(super) fn file_schema(&self) -> SchemaRef {
        Arc::clone(&self.file_schema)
    }

    /// The rows of a batch, by partition; partition columns are taken off.
    pub(super) fn split(
        &mut self,
        batch: &RecordBatch,
    ) -> Result<Vec<(PartitionValues, RecordBatch)>, EngineError> {
        if batch.num_rows() == 0 {
            return Ok(Vec::new());
        }
        let data = batch.project(&self.others).map_err(DataFusionError::from)?;
        if self.keys.is_empty() {
            return Ok(vec![(PartitionValues::default(), data)]);
        }
        let texts = self
            .keys
            .iter()
            .map(|&key| cast(batch.column(key), &DataType::Utf8))
            .collect::<Result<Vec<ArrayRef>, _>>()
            .map_err(DataFusionError::from)?;
        let rows = self
            .converter
            .convert_columns(&texts)
            .map_err(DataFusionError::from)?;
        let mut groups: HashMap<&[u8], Vec<u32>> = HashMap::new();
        for (index, row) in rows.iter().enumerate() {
            groups.entry(row.data()).or_default().push(index as u32);
        }
        // In the order in which they first appear, so that the same rows always make the same files.
        let mut groups: Vec<Vec<u32>> = groups.into_values().collect();
        groups.sort_unstable_by_key(|indices| indices.first().copied());
        let mut parts = Vec::with_capacity(groups.len());
        for indices in groups {
            let values = values_at(&texts, indices.first().copied().unwrap_or(0) as usize);
            let part = if indices.len() == data.num_rows() {
                data.clone()
            } else {
                take_record_batch(&data, &UInt32Array::from(indices))
                    .map_err(DataFusionError::from)?
            };
            parts.push((values, part));
        }
        Ok(parts)
    }
}

fn values_at(texts: &[ArrayRef], row: usize) -> PartitionValues {
    let value = |column: &ArrayRef| {
        let texts = column.as_any().downcast_ref::<StringArray>()?;
        texts.is_valid(row).then(|| texts.value(row).to_owned())
    };
    PartitionValues(texts.iter().map(value).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use arrow::array::Int32Array;

    use super::*;

    #[test]
    fn rows_go_to_the_partition_their_values_name() {
        let batch = RecordBatch::try_from_iter([
            (
                "n",
                Arc::new(Int32Array::from(vec![1, 2, 3, 4])) as ArrayRef,
            ),
            (
                "year",
                Arc::new(Int32Array::from(vec![2025, 2024, 2025, 2024])) as ArrayRef,
            ),
            (
                "city",
                Arc::new(StringArray::from(vec![
                    Some("서울"),
                    Some("a/b"),
                    Some("서울"),
                    None,
                ])) as ArrayRef,
            ),
        ])
        .unwrap();
        let mut partitioner =
            Partitioner::new(&batch.schema(), &["year".into(), "city".into()]).unwrap();
        let mut parts: Vec<(String, Vec<i32>)> = partitioner
            .split(&batch)
            .unwrap()
            .into_iter()
            .map(|(values, part)| {
                assert_eq!(part.schema(), partitioner.file_schema());
                let numbers = part
                    .column(0)
                    .as_any()
                    .downcast_ref::<Int32Array>()
                    .unwrap()
                    .values()
                    .to_vec();
                (values.folder(&["year".into(), "city".into()]), numbers)
            })
            .collect();
        parts.sort();
        let expected = [
            ("year=2024/city=__HIVE_DEFAULT_PARTITION__", vec![4]),
            ("year=2024/city=a%2Fb", vec![2]),
            ("year=2025/city=서울", vec![1, 3]),
        ];
        assert_eq!(
            parts,
            expected.map(|(folder, rows)| (folder.to_owned(), rows))
        );
    }

    #[test]
    fn an_unknown_partition_column_is_named() {
        let column = Arc::new(Int32Array::from(vec![1])) as ArrayRef;
        let batch = RecordBatch::try_from_iter([("n", column)]).unwrap();
        let error = Partitioner::new(&batch.schema(), &["year".into()]).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("'year' is not among the columns n"),
            "{error}"
        );
    }
}
