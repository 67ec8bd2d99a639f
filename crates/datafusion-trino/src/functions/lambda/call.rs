use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, UInt32Array};
use arrow::compute::{cast, take, take_arrays};
use arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{HigherOrderFunctionArgs, LambdaArgument, ValueOrLambda};

/// The arguments of one call over a batch of rows.
pub(super) struct LambdaCall<'a> {
    values: Vec<ArrayRef>,
    lambdas: Vec<&'a LambdaArgument>,
    rows: usize,
    return_type: &'a DataType,
}

/// What is in the arrays or maps of all rows, one after the other.
pub(super) struct Elements {
    /// The elements; the keys and the values.
    pub(super) columns: Vec<ArrayRef>,
    /// The row that each is in.
    pub(super) rows: UInt32Array,
    /// Where those of each row begin and end.
    pub(super) ranges: Vec<std::ops::Range<usize>>,
}

impl<'a> LambdaCall<'a> {
    pub(super) fn new(args: &'a HigherOrderFunctionArgs) -> Result<Self> {
        let mut values = Vec::new();
        let mut lambdas = Vec::new();
        for argument in &args.args {
            match argument {
                ValueOrLambda::Value(value) => values.push(value.to_array(args.number_rows)?),
                ValueOrLambda::Lambda(lambda) => lambdas.push(lambda),
            }
        }
        Ok(Self {
            values,
            lambdas,
            rows: args.number_rows,
            return_type: args.return_type(),
        })
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn return_type(&self) -> &DataType {
        self.return_type
    }

    pub(super) fn value(&self, argument: usize) -> &ArrayRef {
        &self.values[argument]
    }

    /// An argument's arrays.
    pub(super) fn arrays(&self, argument: usize) -> Result<ListArray> {
        let array = &self.values[argument];
        Ok(match array.data_type() {
            DataType::List(_) => array.as_list().clone(),
            DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
                let list = DataType::List(Arc::clone(field));
                cast(array, &list)?.as_list().clone()
            }
            DataType::Null => {
                let element = Arc::new(Field::new_list_field(DataType::Null, true));
                ListArray::new_null(element, array.len())
            }
            other => return internal_err!("expected arrays, got {other}"),
        })
    }

    /// An argument's maps; none if all are null.
    pub(super) fn maps(&self, argument: usize) -> Result<Option<&MapArray>> {
        let array = &self.values[argument];
        match array.data_type() {
            DataType::Map(..) => Ok(Some(array.as_map())),
            DataType::Null => Ok(None),
            other => internal_err!("expected maps, got {other}"),
        }
    }

    /// What a lambda answers to these parameters, each of which belongs to one of the call's rows.
    pub(super) fn evaluate(
        &self,
        lambda: usize,
        parameters: &[ArrayRef],
        rows: &UInt32Array,
    ) -> Result<ArrayRef> {
        let of = |array: &ArrayRef| {
            let array = Arc::clone(array);
            move || Ok(Arc::clone(&array))
        };
        let parameters: Vec<_> = parameters.iter().map(of).collect();
        let parameters: Vec<&dyn Fn() -> Result<ArrayRef>> = parameters
            .iter()
            .map(|parameter| parameter as &dyn Fn() -> Result<ArrayRef>)
            .collect();
        self.lambdas[lambda]
            .evaluate(&parameters, |captures| {
                Ok(take_arrays(captures, rows, None)?)
            })?
            .into_array(rows.len())
    }
}

impl Elements {
    pub(super) fn of_arrays(arrays: &ListArray) -> Result<Self> {
        let ranges = (0..arrays.len()).map(|row| match arrays.is_valid(row) {
            true => range(arrays.value_offsets(), row),
            false => 0..0,
        });
        Self::gather(std::slice::from_ref(arrays.values()), ranges)
    }

    pub(super) fn of_maps(maps: &MapArray) -> Result<Self> {
        let ranges = (0..maps.len()).map(|row| match maps.is_valid(row) {
            true => range(maps.value_offsets(), row),
            false => 0..0,
        });
        Self::gather(
            &[Arc::clone(maps.keys()), Arc::clone(maps.values())],
            ranges,
        )
    }

    /// Only what rows that are not null have: what lies between could be refused by a lambda.
    fn gather(
        columns: &[ArrayRef],
        ranges: impl Iterator<Item = std::ops::Range<usize>>,
    ) -> Result<Self> {
        let mut places = Vec::new();
        let mut rows = Vec::new();
        let mut gathered = Vec::new();
        for (row, range) in ranges.enumerate() {
            let start = places.len();
            rows.extend(std::iter::repeat_n(row as u32, range.len()));
            places.extend(range.map(|place| place as u32));
            gathered.push(start..places.len());
        }
        let places = UInt32Array::from(places);
        let columns = columns
            .iter()
            .map(|column| Ok(take(column, &places, None)?))
            .collect::<Result<_>>()?;
        Ok(Self {
            columns,
            rows: UInt32Array::from(rows),
            ranges: gathered,
        })
    }

    pub(super) fn lengths(&self) -> impl Iterator<Item = usize> {
        self.ranges.iter().map(ExactSizeIterator::len)
    }
}

fn range(offsets: &[i32], row: usize) -> std::ops::Range<usize> {
    offsets[row] as usize..offsets[row + 1] as usize
}
