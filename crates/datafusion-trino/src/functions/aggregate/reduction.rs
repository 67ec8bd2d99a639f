//! Reducing the rows of a group to a few that say the same.

use std::fmt::Debug;
use std::mem::size_of_val;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, new_empty_array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{SortOptions, concat};
use arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Accumulator;

use super::groups::{comparable, first_rows, take_rows};
use crate::functions::scalar::Output;

/// How an aggregate function reduces rows: they become rows of its state, which become fewer now
/// and then, and at last the answer.
pub(in crate::functions) trait Reduction:
    Debug + Send + Sync + 'static
{
    /// The types of the state's columns, for arguments of these types.
    fn state(&self, types: &[DataType]) -> Vec<DataType>;

    /// Rows of the state for rows of arguments.
    fn prepare(&self, arguments: &[ArrayRef]) -> Result<Vec<ArrayRef>>;

    /// Fewer rows of the state that mean the same.
    fn compact(&self, state: Vec<ArrayRef>) -> Result<Vec<ArrayRef>> {
        Ok(state)
    }

    /// The answer, which is one row. There may be no rows at all.
    fn finish(&self, state: &[ArrayRef], returns: &DataType) -> Result<ArrayRef>;
}

/// An answer of one row.
pub(in crate::functions) fn one<R: Output>(
    value: Option<R>,
    returns: &DataType,
) -> Result<ArrayRef> {
    let mut builder = R::builder(1, returns)?;
    R::append(value, &mut builder);
    Ok(R::finish(builder))
}

/// The rows of each group count once.
#[derive(Debug)]
pub(super) struct Distinct(pub(super) Arc<dyn Reduction>);

impl Reduction for Distinct {
    fn state(&self, types: &[DataType]) -> Vec<DataType> {
        types.to_vec()
    }

    fn prepare(&self, arguments: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        Ok(arguments.to_vec())
    }

    fn compact(&self, state: Vec<ArrayRef>) -> Result<Vec<ArrayRef>> {
        first_rows(&state, &state)
    }

    fn finish(&self, state: &[ArrayRef], returns: &DataType) -> Result<ArrayRef> {
        let inner = self.0.compact(self.0.prepare(state)?)?;
        self.0.finish(&inner, returns)
    }
}

/// The rows of each group count in an order, by the columns that stand behind the arguments.
#[derive(Debug)]
pub(super) struct Ordered {
    pub(super) reduction: Arc<dyn Reduction>,
    pub(super) order: Vec<SortOptions>,
}

impl Reduction for Ordered {
    fn state(&self, types: &[DataType]) -> Vec<DataType> {
        types.to_vec()
    }

    fn prepare(&self, arguments: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        Ok(arguments.to_vec())
    }

    fn finish(&self, state: &[ArrayRef], returns: &DataType) -> Result<ArrayRef> {
        let (arguments, keys) = state.split_at(state.len() - self.order.len());
        let keys = comparable(keys, &self.order)?;
        let mut rows: Vec<u32> = (0..keys.num_rows() as u32).collect();
        rows.sort_by_key(|row| keys.row(*row as usize));
        let prepared = self.reduction.prepare(&take_rows(arguments, rows)?)?;
        self.reduction
            .finish(&self.reduction.compact(prepared)?, returns)
    }
}

/// Rows are reduced when there are so many, or twice as many as after the last time.
const MOST_ROWS: usize = 1_024;

/// Accumulates the rows of one group.
#[derive(Debug)]
pub(super) struct Reducer {
    reduction: Arc<dyn Reduction>,
    types: Vec<DataType>,
    returns: DataType,
    batches: Vec<Vec<ArrayRef>>,
    rows: usize,
    most_rows: usize,
}

impl Reducer {
    pub(super) fn new(
        reduction: Arc<dyn Reduction>,
        arguments: &[DataType],
        returns: DataType,
    ) -> Self {
        let types = reduction.state(arguments);
        Self {
            reduction,
            types,
            returns,
            batches: Vec::new(),
            rows: 0,
            most_rows: MOST_ROWS,
        }
    }

    fn push(&mut self, columns: Vec<ArrayRef>) -> Result<()> {
        self.rows += columns.first().map_or(0, |column| column.len());
        self.batches.push(columns);
        if self.rows > self.most_rows {
            self.reduce()?;
            self.most_rows = MOST_ROWS.max(2 * self.rows);
        }
        Ok(())
    }

    /// All rows in one batch, as few as possible.
    fn reduce(&mut self) -> Result<Vec<ArrayRef>> {
        let columns: Result<Vec<ArrayRef>> = (0..self.types.len())
            .map(|place| {
                let columns: Vec<&dyn Array> = self
                    .batches
                    .iter()
                    .map(|batch| batch[place].as_ref())
                    .collect();
                Ok(match columns.is_empty() {
                    true => new_empty_array(&self.types[place]),
                    false => concat(&columns)?,
                })
            })
            .collect();
        let reduced = self.reduction.compact(columns?)?;
        self.rows = reduced.first().map_or(0, |column| column.len());
        self.batches = vec![reduced.clone()];
        Ok(reduced)
    }
}

impl Accumulator for Reducer {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let prepared = self.reduction.prepare(values)?;
        self.push(prepared)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let columns = self.reduce()?;
        let answer = self.reduction.finish(&columns, &self.returns)?;
        ScalarValue::try_from_array(&answer, 0)
    }

    fn size(&self) -> usize {
        let columns = self.batches.iter().flatten();
        let bytes: usize = columns.map(|column| column.get_array_memory_size()).sum();
        size_of_val(self) + bytes
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let columns = self.reduce()?.into_iter();
        columns
            .map(|column| {
                let field = Arc::new(Field::new_list_field(column.data_type().clone(), true));
                let offsets = OffsetBuffer::from_lengths([column.len()]);
                let list = ListArray::try_new(field, offsets, column, None)?;
                Ok(ScalarValue::List(Arc::new(list)))
            })
            .collect()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let groups = states.first().map_or(0, |column| column.len());
        for group in 0..groups {
            let columns = states
                .iter()
                .map(|column| column.as_list::<i32>().value(group));
            self.push(columns.collect())?;
        }
        Ok(())
    }
}
