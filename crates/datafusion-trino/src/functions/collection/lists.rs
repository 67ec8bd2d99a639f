//! Arrays made of the elements of others, told by where those lie.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, ListArray, UInt32Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::{Result, exec_err};

use crate::error::TrinoError;

/// The field of the elements of an array type.
pub(super) fn element(function: &str, array: &DataType) -> Result<FieldRef> {
    match array {
        DataType::List(element)
        | DataType::LargeList(element)
        | DataType::FixedSizeList(element, _) => Ok(element.clone()),
        DataType::Null => Ok(Arc::new(Field::new_list_field(DataType::Null, true))),
        other => Err(TrinoError::wrong_types(format!(
            "Unexpected parameters for function {function}: the first is {other}, no array"
        ))),
    }
}

/// The type of arrays of such elements.
pub(super) fn of(element: FieldRef) -> DataType {
    DataType::List(element)
}

/// The type of arrays of arrays of such elements.
pub(super) fn of_lists(element: FieldRef) -> DataType {
    of(Arc::new(Field::new_list_field(of(element), true)))
}

/// An argument as arrays, whatever the width of their offsets.
pub(super) fn lists(function: &str, argument: &ArrayRef) -> Result<ListArray> {
    let element = element(function, argument.data_type())?;
    Ok(cast(argument, &of(element))?.as_list::<i32>().clone())
}

/// An argument as bigints.
pub(super) fn integers(argument: &ArrayRef) -> Result<Int64Array> {
    Ok(cast(argument, &DataType::Int64)?
        .as_primitive::<Int64Type>()
        .clone())
}

/// Arrays whose elements lie at `places` of `values`.
#[derive(Default)]
pub(super) struct Picked {
    places: Vec<u32>,
    lengths: Vec<usize>,
    valid: Vec<bool>,
}

impl Picked {
    /// Adds an array.
    pub(super) fn push(&mut self, places: impl IntoIterator<Item = u32>) {
        let before = self.places.len();
        self.places.extend(places);
        self.lengths.push(self.places.len() - before);
        self.valid.push(true);
    }

    /// Adds a null.
    pub(super) fn push_null(&mut self) {
        self.lengths.push(0);
        self.valid.push(false);
    }

    /// The number of arrays so far, nulls among them.
    pub(super) fn len(&self) -> usize {
        self.lengths.len()
    }

    /// The arrays, of the array type `list`.
    pub(super) fn build(self, values: &ArrayRef, list: &DataType) -> Result<ArrayRef> {
        let DataType::List(element) = list else {
            return exec_err!("arrays cannot be {list}");
        };
        let values = take(values, &UInt32Array::from(self.places), None)?;
        Ok(Arc::new(ListArray::try_new(
            element.clone(),
            OffsetBuffer::from_lengths(self.lengths),
            values,
            Some(NullBuffer::from(self.valid)),
        )?))
    }
}

/// Where the elements of an array lie among all those of its column.
pub(super) fn places(lists: &ListArray, row: usize) -> Result<Range<u32>> {
    let offsets = lists.value_offsets();
    match (u32::try_from(offsets[row]), u32::try_from(offsets[row + 1])) {
        (Ok(start), Ok(end)) => Ok(start..end),
        _ => exec_err!("negative offset in row {row} of a list array"),
    }
}

/// Calls `each` for every row whose arguments are both present, `null` for the others.
pub(super) fn for_each_row<S>(
    lists: &ListArray,
    numbers: &Int64Array,
    state: &mut S,
    null: fn(&mut S),
    each: fn(&mut S, Range<u32>, i64) -> Result<()>,
) -> Result<()> {
    use arrow::array::Array;
    for row in 0..lists.len() {
        match lists.is_null(row) || numbers.is_null(row) {
            true => null(state),
            false => each(state, places(lists, row)?, numbers.value(row))?,
        }
    }
    Ok(())
}

/// Arrays of arrays.
#[derive(Default)]
pub(super) struct Nested {
    /// All the inner arrays.
    pub(super) inner: Picked,
    outer: Picked,
}

impl Nested {
    /// Adds an array of the inner arrays that were added since the last one.
    pub(super) fn close(&mut self) {
        let start = self.outer.places.len() as u32;
        self.outer.push(start..self.inner.len() as u32);
    }

    /// Adds a null.
    pub(super) fn push_null(&mut self) {
        self.outer.push_null();
    }

    /// The arrays, of the type [`of_lists`] made.
    pub(super) fn build(self, values: &ArrayRef, nested: &DataType) -> Result<ArrayRef> {
        let DataType::List(inner) = nested else {
            return exec_err!("arrays cannot be {nested}");
        };
        let inner = self.inner.build(values, inner.data_type())?;
        self.outer.build(&inner, nested)
    }
}
