//! Arrays, maps and rows, by what is in them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, StructArray};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::Result;

use super::{cast_array, invalid};
use crate::types::type_name;

/// The types of what is in both, in order; none if their shapes differ.
pub(super) fn children(from: &DataType, to: &DataType) -> Option<Vec<(DataType, DataType)>> {
    let pair = |from: &FieldRef, to: &FieldRef| (from.data_type().clone(), to.data_type().clone());
    match (from, to) {
        (
            DataType::List(from) | DataType::LargeList(from) | DataType::FixedSizeList(from, _),
            DataType::List(to),
        ) => Some(vec![pair(from, to)]),
        (DataType::Map(from, _), DataType::Map(to, _)) => {
            children(from.data_type(), to.data_type())
        }
        (DataType::Struct(from), DataType::Struct(to)) if from.len() == to.len() => Some(
            from.iter()
                .zip(to)
                .map(|(from, to)| pair(from, to))
                .collect(),
        ),
        _ => None,
    }
}

pub(super) fn cast(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    Ok(match (array.data_type(), to) {
        (DataType::List(_), DataType::List(element)) => {
            let list = array.as_list::<i32>();
            let values = cast_array(list.values(), element.data_type())?;
            Arc::new(ListArray::try_new(
                Arc::clone(element),
                list.offsets().clone(),
                values,
                list.nulls().cloned(),
            )?)
        }
        (DataType::LargeList(from) | DataType::FixedSizeList(from, _), DataType::List(_)) => {
            let list = DataType::List(Arc::clone(from));
            cast(&arrow::compute::cast(array, &list)?, to)?
        }
        (DataType::Map(..), DataType::Map(entries, sorted)) => {
            let map = array.as_map();
            let whole: ArrayRef = Arc::new(map.entries().clone());
            let entries_array = cast(&whole, entries.data_type())?;
            let cast = MapArray::try_new(
                Arc::clone(entries),
                map.offsets().clone(),
                entries_array.as_struct().clone(),
                map.nulls().cloned(),
                *sorted,
            )?;
            refuse_duplicate_keys(&cast)?;
            Arc::new(cast)
        }
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let row = array.as_struct();
            let columns: Vec<ArrayRef> = row
                .columns()
                .iter()
                .zip(fields)
                .map(|(column, field)| cast_array(column, field.data_type()))
                .collect::<Result<_>>()?;
            Arc::new(StructArray::try_new_with_length(
                fields.clone(),
                columns,
                row.nulls().cloned(),
                row.len(),
            )?)
        }
        (from, to) => {
            return Err(invalid(format!(
                "Cannot cast {} to {}",
                type_name(from),
                type_name(to)
            )));
        }
    })
}

/// Keys that were different can be the same as another type: `1.2` and `1.3` as integers.
pub(super) fn refuse_duplicate_keys(map: &MapArray) -> Result<()> {
    let keys = arrow::row::RowConverter::new(vec![arrow::row::SortField::new(
        map.keys().data_type().clone(),
    )])
    .and_then(|converter| converter.convert_columns(&[Arc::clone(map.keys())]));
    let keys = keys?;
    for row in 0..map.len() {
        let entries = map.value_offsets()[row] as usize..map.value_offsets()[row + 1] as usize;
        let mut seen = std::collections::HashSet::with_capacity(entries.len());
        if !entries
            .map(|entry| keys.row(entry))
            .all(|key| seen.insert(key))
        {
            return Err(invalid("duplicate keys"));
        }
    }
    Ok(())
}
