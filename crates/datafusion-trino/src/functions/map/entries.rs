//! Maps from their entries.

use std::collections::HashSet;

use arrow::array::{Array, ArrayRef, MapArray, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::DataType;
use arrow::row::{RowConverter, SortField};
use datafusion::common::{Result, internal_err};

use crate::error::TrinoError;
use crate::text::TextColumn;
use crate::types::map_type;

/// The maps whose entries stand one after the other, so many in each.
///
/// # Errors
/// `INVALID_FUNCTION_ARGUMENT` if a key is null, or twice in a map.
pub(in crate::functions) fn make_maps(
    keys: ArrayRef,
    values: ArrayRef,
    lengths: impl Iterator<Item = usize>,
    nulls: Option<NullBuffer>,
) -> Result<MapArray> {
    let data_type = map_type(keys.data_type().clone(), values.data_type().clone());
    let DataType::Map(entries_field, sorted) = data_type else {
        return internal_err!("the type of maps is a map");
    };
    let DataType::Struct(fields) = entries_field.data_type().clone() else {
        return internal_err!("a map's entries are rows");
    };
    let offsets = OffsetBuffer::from_lengths(lengths);
    check_keys(&keys, &offsets)?;
    let entries = StructArray::try_new(fields, vec![keys, values], None)?;
    Ok(MapArray::try_new(
        entries_field,
        offsets,
        entries,
        nulls,
        sorted,
    )?)
}

fn check_keys(keys: &ArrayRef, offsets: &OffsetBuffer<i32>) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    if keys.logical_null_count() > 0 {
        return Err(TrinoError::invalid_argument("map key cannot be null"));
    }
    let converter = RowConverter::new(vec![SortField::new(keys.data_type().clone())])?;
    let rows = converter.convert_columns(std::slice::from_ref(keys))?;
    let mut seen = HashSet::new();
    for bounds in offsets.windows(2) {
        seen.clear();
        for place in bounds[0] as usize..bounds[1] as usize {
            if !seen.insert(rows.row(place)) {
                let key = TextColumn::new(keys)?.text(place).unwrap_or_default();
                return Err(TrinoError::invalid_argument(format!(
                    "Duplicate map keys ({key}) are not allowed"
                )));
            }
        }
    }
    Ok(())
}
