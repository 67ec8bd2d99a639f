//! From `char(n)`: blanks at the end are no part of a value, and all of its length.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::datatypes::DataType;
use datafusion::common::Result;

use super::{cast_array, from_text};
use crate::types::Own;

pub(super) fn cast(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    if let Some(Own::Char(_)) = Own::of(to) {
        return from_text::cast(&unpadded(array), super::Family::Char, to);
    }
    cast_array(&padded(array), to)
}

fn unpadded(array: &ArrayRef) -> ArrayRef {
    let row = array.as_struct();
    let texts = row.column(0).as_string::<i32>();
    let nulls = row.nulls().cloned();
    Arc::new(StringArray::new(
        texts.offsets().clone(),
        texts.values().clone(),
        nulls,
    ))
}

/// The texts with their blanks.
pub(super) fn padded(array: &ArrayRef) -> ArrayRef {
    let length = match Own::of(array.data_type()) {
        Some(Own::Char(length)) => length as usize,
        _ => 0,
    };
    let texts = unpadded(array);
    let padded: StringArray = texts
        .as_string::<i32>()
        .iter()
        .map(|text| text.map(|text| format!("{text:<length$}")))
        .collect();
    Arc::new(padded)
}
