//! Conditions and measures, evaluated for rows of a match.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Int64Array, StringArray, UInt32Array, new_null_array,
};
use arrow::compute::kernels::window::shift;
use arrow::compute::{cast, filter_record_batch, take_record_batch};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::Result;
use datafusion::common::cast::as_boolean_array;
use datafusion::physical_expr::aggregate::AggregateFunctionExpr;
use datafusion::physical_expr::{PhysicalExpr, PhysicalSortExpr};
use datafusion::scalar::ScalarValue;

use super::matcher::Labelled;

/// Which rows of a match are meant: those with one of these labels, or all.
pub(super) type LabelSet = Option<Vec<usize>>;

/// A row of a match, told from the others by its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Navigation {
    pub(super) labels: LabelSet,
    /// Counted from the first such row, or from the last.
    pub(super) from_first: bool,
    pub(super) skipped: usize,
    /// Among all rows of the match, or those up to the current one.
    pub(super) is_final: bool,
    /// So many rows behind that one, or before it.
    pub(super) distance: i64,
}

impl Navigation {
    pub(super) const CURRENT: Self = Self {
        labels: None,
        from_first: false,
        skipped: 0,
        is_final: false,
        distance: 0,
    };

    /// Whether it means the row that is tried for `label`, or one at a distance of it.
    fn is_of_tried(&self, label: usize) -> bool {
        let has_label = self.labels.as_ref().is_none_or(|set| set.contains(&label));
        has_label && !self.from_first && self.skipped == 0
    }
}

/// What an expression is made of, besides functions.
#[derive(Debug)]
pub(super) enum Input {
    /// A column's value in a row.
    Column(Navigation, usize),
    /// The label of a row.
    Classifier(Navigation),
    MatchNumber,
    Aggregate(Aggregation),
}

/// An aggregation over rows of a match.
#[derive(Debug)]
pub(super) struct Aggregation {
    pub(super) labels: LabelSet,
    pub(super) is_final: bool,
    pub(super) function: Arc<AggregateFunctionExpr>,
    pub(super) filter: Option<Arc<dyn PhysicalExpr>>,
    pub(super) order: Vec<PhysicalSortExpr>,
    /// The columns, the label and the match's number of a row.
    pub(super) schema: SchemaRef,
}

/// An expression over its inputs.
#[derive(Debug)]
pub(super) struct Computation {
    pub(super) inputs: Vec<Input>,
    pub(super) schema: SchemaRef,
    pub(super) expr: Arc<dyn PhysicalExpr>,
    pub(super) data_type: DataType,
}

/// A match, or as much of it as there is yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Match<'a> {
    pub(super) partition: &'a RecordBatch,
    pub(super) label_names: &'a [String],
    pub(super) start: usize,
    pub(super) rows: &'a [Labelled],
    /// How many rows there are up to the current one.
    pub(super) current: usize,
    pub(super) number: i64,
}

impl Match<'_> {
    /// The rows that a running or final expression sees.
    fn seen(&self, is_final: bool) -> &[Labelled] {
        match is_final {
            true => self.rows,
            false => &self.rows[..self.current],
        }
    }

    fn row(&self, navigation: &Navigation) -> Option<usize> {
        let seen = self.seen(navigation.is_final);
        let is_meant = |place: &usize| is_in(&navigation.labels, seen[*place].label);
        let place = match navigation.from_first {
            true => (0..seen.len()).filter(is_meant).nth(navigation.skipped),
            false => (0..seen.len())
                .rev()
                .filter(is_meant)
                .nth(navigation.skipped),
        }?;
        let row =
            (self.start + place).checked_add_signed(isize::try_from(navigation.distance).ok()?)?;
        (row < self.partition.num_rows()).then_some(row)
    }

    fn label(&self, row: usize) -> Option<&str> {
        let labelled = self.rows[..self.rows.len()].get(row.checked_sub(self.start)?)?;
        self.label_names.get(labelled.label).map(String::as_str)
    }
}

fn is_in(labels: &LabelSet, label: usize) -> bool {
    labels.as_ref().is_none_or(|set| set.contains(&label))
}

impl Computation {
    /// The value for the current row of a match.
    pub(super) fn value(&self, of: &Match<'_>) -> Result<ArrayRef> {
        let inputs = self.inputs.iter().map(|input| input.value(of));
        let inputs = inputs.collect::<Result<Vec<_>>>()?;
        self.over(inputs, 1)
    }

    fn over(&self, inputs: Vec<ArrayRef>, rows: usize) -> Result<ArrayRef> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), inputs, &options)?;
        let value = self.expr.evaluate(&batch)?.into_array(rows)?;
        match *value.data_type() == self.data_type {
            true => Ok(value),
            false => Ok(cast(&value, &self.data_type)?),
        }
    }

    /// Whether it is true for the current row of a match.
    pub(super) fn holds(&self, of: &Match<'_>) -> Result<bool> {
        let value = self.value(of)?;
        let value = as_boolean_array(&value)?;
        Ok(value.is_valid(0) && value.value(0))
    }

    /// For which rows of a partition it is true, if that hangs on no labels but `label`, which it
    /// defines.
    pub(super) fn all(
        &self,
        partition: &RecordBatch,
        label: usize,
    ) -> Result<Option<BooleanArray>> {
        let mut inputs = Vec::with_capacity(self.inputs.len());
        for input in &self.inputs {
            let Input::Column(navigation, column) = input else {
                return Ok(None);
            };
            if !navigation.is_of_tried(label) {
                return Ok(None);
            }
            let column = partition.column(*column);
            inputs.push(match navigation.distance {
                0 => Arc::clone(column),
                distance => shift(column, -distance)?,
            });
        }
        let value = self.over(inputs, partition.num_rows())?;
        Ok(Some(as_boolean_array(&value)?.clone()))
    }
}

impl Input {
    fn value(&self, of: &Match<'_>) -> Result<ArrayRef> {
        Ok(match self {
            Self::Column(navigation, column) => {
                let column = of.partition.column(*column);
                match of.row(navigation) {
                    Some(row) => column.slice(row, 1),
                    None => new_null_array(column.data_type(), 1),
                }
            }
            Self::Classifier(navigation) => {
                let label = of.row(navigation).and_then(|row| of.label(row));
                Arc::new(StringArray::from(vec![label]))
            }
            Self::MatchNumber => Arc::new(Int64Array::from(vec![of.number])),
            Self::Aggregate(aggregation) => aggregation.value(of)?,
        })
    }
}

impl Aggregation {
    fn value(&self, of: &Match<'_>) -> Result<ArrayRef> {
        let batch = self.rows(of)?;
        let batch = match &self.filter {
            Some(filter) => {
                let wanted = filter.evaluate(&batch)?.into_array(batch.num_rows())?;
                filter_record_batch(&batch, as_boolean_array(&wanted)?)?
            }
            None => batch,
        };
        let mut values = Vec::new();
        for expr in self.function.expressions() {
            values.push(expr.evaluate(&batch)?.into_array(batch.num_rows())?);
        }
        for sort in &self.order {
            values.push(sort.expr.evaluate(&batch)?.into_array(batch.num_rows())?);
        }
        let mut accumulator = self.function.create_accumulator()?;
        accumulator.update_batch(&values)?;
        let value: ScalarValue = accumulator.evaluate()?;
        value.to_array()
    }

    /// The rows that are aggregated.
    fn rows(&self, of: &Match<'_>) -> Result<RecordBatch> {
        let seen = of.seen(self.is_final);
        let wanted = (0..seen.len()).filter(|place| is_in(&self.labels, seen[*place].label));
        let places: Vec<usize> = wanted.collect();
        let rows: UInt32Array = places
            .iter()
            .map(|place| (of.start + place) as u32)
            .collect();
        let labels: StringArray = places
            .iter()
            .map(|place| of.label_names.get(seen[*place].label))
            .collect();
        let taken = take_record_batch(of.partition, &rows)?;
        let mut columns = taken.columns().to_vec();
        columns.push(Arc::new(labels));
        columns.push(Arc::new(Int64Array::from(vec![of.number; places.len()])));
        let options = RecordBatchOptions::new().with_row_count(Some(places.len()));
        let schema = Arc::clone(&self.schema);
        Ok(RecordBatch::try_new_with_options(
            schema, columns, &options,
        )?)
    }
}
