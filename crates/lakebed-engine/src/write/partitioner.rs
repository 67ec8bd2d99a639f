//! Which partition a row belongs to.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, interleave_record_batch};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::error::DataFusionError;
use datafusion::physical_plan::aggregates::group_values::{GroupValues, new_group_values};
use datafusion::physical_plan::aggregates::order::GroupOrdering;
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

/// Which columns are partition keys, and which stay in the files.
#[derive(Debug)]
pub(super) struct Partitioner {
    keys: Vec<usize>,
    others: Vec<usize>,
    key_schema: SchemaRef,
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
        let key_schema = schema.project(&keys).map_err(DataFusionError::from)?;
        let file_schema = schema.project(&others).map_err(DataFusionError::from)?;
        Ok(Self {
            keys,
            others,
            key_schema: Arc::new(key_schema),
            file_schema: Arc::new(file_schema.with_metadata(Default::default())),
        })
    }

    /// The columns that stay in the files.
    pub(super) fn file_schema(&self) -> SchemaRef {
        Arc::clone(&self.file_schema)
    }

    /// Splits the rows of one stream.
    pub(super) fn splitter(self: &Arc<Self>) -> Result<Splitter, EngineError> {
        Ok(Splitter {
            groups: new_group_values(Arc::clone(&self.key_schema), &GroupOrdering::None)?,
            partitioner: Arc::clone(self),
            values: Vec::new(),
        })
    }
}

/// Splits batches by the values of the partition columns.
///
/// The columns are hashed whole, into numbers of partitions; their values become texts once a
/// partition.
pub(super) struct Splitter {
    partitioner: Arc<Partitioner>,
    groups: Box<dyn GroupValues>,
    /// Those of each group that was seen, by its number.
    values: Vec<PartitionValues>,
}

impl Splitter {
    /// The rows of some batches, by partition, in the order in which partitions first appeared;
    /// partition columns are taken off.
    pub(super) fn split(
        &mut self,
        batches: &[RecordBatch],
    ) -> Result<Vec<(PartitionValues, RecordBatch)>, EngineError> {
        let partitioner = Arc::clone(&self.partitioner);
        let mut data = Vec::with_capacity(batches.len());
        for batch in batches {
            let others = batch.project(&partitioner.others);
            data.push(others.map_err(DataFusionError::from)?);
        }
        if partitioner.keys.is_empty() {
            let with_rows = data.into_iter().filter(|data| data.num_rows() > 0);
            return Ok(with_rows
                .map(|data| (PartitionValues::default(), data))
                .collect());
        }
        let mut groups = Vec::with_capacity(batches.len());
        for batch in batches {
            groups.push(self.groups_of(batch)?);
        }
        let rows = RowsByGroup::of(&groups, self.values.len());
        let data: Vec<&RecordBatch> = data.iter().collect();
        let mut parts = Vec::new();
        for (values, rows) in self.values.iter().zip(rows.iter()) {
            if !rows.is_empty() {
                let part = interleave_record_batch(&data, rows).map_err(DataFusionError::from)?;
                parts.push((values.clone(), part));
            }
        }
        Ok(parts)
    }

    /// The group of each row.
    fn groups_of(&mut self, batch: &RecordBatch) -> Result<Vec<usize>, EngineError> {
        let keys = self.partitioner.keys.iter();
        let keys: Vec<ArrayRef> = keys.map(|&key| Arc::clone(batch.column(key))).collect();
        let mut groups = Vec::with_capacity(batch.num_rows());
        self.groups.intern(&keys, &mut groups)?;
        if self.groups.len() > self.values.len() {
            for (row, &group) in groups.iter().enumerate() {
                if group == self.values.len() {
                    self.values.push(values_at(&keys, row)?);
                }
            }
        }
        Ok(groups)
    }
}

/// Batch and row of all rows, group after group.
struct RowsByGroup {
    rows: Vec<(usize, usize)>,
    /// Where each group ends.
    ends: Vec<usize>,
}

impl RowsByGroup {
    fn of(groups: &[Vec<usize>], count: usize) -> Self {
        // Where the next row of a group goes; in the end, where the group ends.
        let mut next = vec![0; count];
        for &group in groups.iter().flatten() {
            next[group] += 1;
        }
        let mut total = 0;
        for next in &mut next {
            total += std::mem::replace(next, total);
        }
        let mut rows = vec![(0, 0); total];
        for (batch, groups) in groups.iter().enumerate() {
            for (row, &group) in groups.iter().enumerate() {
                rows[next[group]] = (batch, row);
                next[group] += 1;
            }
        }
        Self { rows, ends: next }
    }

    fn iter(&self) -> impl Iterator<Item = &[(usize, usize)]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let rows = &self.rows[start..end];
            start = end;
            rows
        })
    }
}

fn values_at(keys: &[ArrayRef], row: usize) -> Result<PartitionValues, EngineError> {
    let value = |column: &ArrayRef| {
        let text = cast(&column.slice(row, 1), &DataType::Utf8)?;
        let text = text.as_string::<i32>();
        Ok(text.is_valid(0).then(|| text.value(0).to_owned()))
    };
    let values: Result<_, DataFusionError> = keys.iter().map(value).collect();
    Ok(PartitionValues(values?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use arrow::array::{Int32Array, StringArray};

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
        let keys = ["year".into(), "city".into()];
        let partitioner = Arc::new(Partitioner::new(&batch.schema(), &keys).unwrap());
        let parts: Vec<(String, Vec<i32>)> = partitioner
            .splitter()
            .unwrap()
            .split(&[batch.slice(0, 3), batch.slice(3, 1), batch.slice(0, 0)])
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
                (values.folder(&keys), numbers)
            })
            .collect();
        let expected = [
            ("year=2025/city=서울", vec![1, 3]),
            ("year=2024/city=a%2Fb", vec![2]),
            ("year=2024/city=__HIVE_DEFAULT_PARTITION__", vec![4]),
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
