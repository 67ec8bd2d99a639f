//! Arrays by row, and arrays made of other arrays' elements.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, NullBufferBuilder, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{interleave, take};
use arrow::datatypes::Field;
use datafusion::common::{Result, internal_datafusion_err};

use crate::functions::scalar::Call;

/// An argument's arrays.
pub(in crate::functions) struct Lists(ListArray);

impl Lists {
    pub(in crate::functions) fn of(call: &Call<'_>, argument: usize) -> Result<Self> {
        let array = call.array(argument)?;
        let list = array.as_list_opt::<i32>().cloned();
        let list = list.ok_or_else(|| {
            internal_datafusion_err!("expected arrays, got {}", array.data_type())
        })?;
        Ok(Self(list))
    }

    /// The elements of all rows.
    pub(in crate::functions) fn elements(&self) -> &ArrayRef {
        self.0.values()
    }

    /// Where the elements of a row are; none if it is null.
    pub(in crate::functions) fn get(&self, row: usize) -> Option<Range<usize>> {
        let offsets = self.0.value_offsets();
        let range = || offsets[row] as usize..offsets[row + 1] as usize;
        self.0.is_valid(row).then(range)
    }
}

/// Makes arrays of elements of others.
pub(in crate::functions) struct ListMaker<P> {
    places: Vec<P>,
    lengths: Vec<usize>,
    nulls: NullBufferBuilder,
}

impl<P> ListMaker<P> {
    pub(in crate::functions) fn new(rows: usize) -> Self {
        Self {
            places: Vec::new(),
            lengths: Vec::with_capacity(rows),
            nulls: NullBufferBuilder::new(rows),
        }
    }

    /// Appends the array of these elements; none for null.
    pub(in crate::functions) fn push(&mut self, places: Option<impl IntoIterator<Item = P>>) {
        let before = self.places.len();
        self.nulls.append(places.is_some());
        self.places.extend(places.into_iter().flatten());
        self.lengths.push(self.places.len() - before);
    }

    fn finish_with(mut self, elements: impl FnOnce(&[P]) -> Result<ArrayRef>) -> Result<ArrayRef> {
        let elements = elements(&self.places)?;
        Ok(Arc::new(ListArray::try_new(
            Arc::new(Field::new_list_field(elements.data_type().clone(), true)),
            OffsetBuffer::from_lengths(self.lengths),
            elements,
            self.nulls.finish(),
        )?))
    }
}

impl ListMaker<usize> {
    /// The arrays, of elements by their places.
    pub(in crate::functions) fn finish(self, elements: &ArrayRef) -> Result<ArrayRef> {
        self.finish_with(|places| {
            let places: UInt32Array = places
                .iter()
                .map(|place| *place as u32)
                .collect::<Vec<_>>()
                .into();
            Ok(take(elements, &places, None)?)
        })
    }
}

impl ListMaker<(usize, usize)> {
    /// The arrays, of elements by which array they are from and their places there.
    pub(in crate::functions) fn finish_of(self, elements: &[&ArrayRef]) -> Result<ArrayRef> {
        let elements: Vec<&dyn Array> = elements.iter().map(|array| array.as_ref()).collect();
        self.finish_with(|places| Ok(interleave(&elements, places)?))
    }
}
