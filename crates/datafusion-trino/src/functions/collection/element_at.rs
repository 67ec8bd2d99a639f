//! `element_at(array, index)` and `element_at(map, key)`: null where there is none; negative
//! indexes count from the end. Trino manual, "Array functions" and "Map functions".

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array, make_comparator};
use arrow::compute::{SortOptions, cast, take};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::untyped::ScalarFunction;

pub(in crate::functions) fn udf() -> ScalarUDF {
    ScalarFunction {
        name: "element_at",
        arguments: 2..=2,
        return_type: |types| value_type(&types[0]),
        invoke: |arguments, _| match arguments[0].data_type() {
            DataType::Map(..) => of_maps(&arguments[0], &arguments[1]),
            _ => of_arrays(&arguments[0], &arguments[1]),
        },
    }
    .into_udf()
}

fn value_type(collection: &DataType) -> Result<DataType> {
    match collection {
        DataType::List(element) | DataType::LargeList(element) => Ok(element.data_type().clone()),
        DataType::FixedSizeList(element, _) => Ok(element.data_type().clone()),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => Ok(fields[1].data_type().clone()),
            other => Err(TrinoError::wrong_types(format!(
                "map entries must be pairs, got {other}"
            ))),
        },
        other => Err(TrinoError::wrong_types(format!(
            "Unexpected parameters for function element_at: the first is {other}, no array or map"
        ))),
    }
}

fn of_arrays(arrays: &ArrayRef, indexes: &ArrayRef) -> Result<ArrayRef> {
    let lists = match arrays.data_type() {
        DataType::List(_) => arrays.clone(),
        DataType::LargeList(element) | DataType::FixedSizeList(element, _) => {
            cast(arrays, &DataType::List(element.clone()))?
        }
        other => {
            return Err(TrinoError::wrong_types(format!(
                "expected an array, got {other}"
            )));
        }
    };
    let lists = lists.as_list::<i32>();
    let indexes = cast(indexes, &DataType::Int64)?;
    let indexes = indexes.as_primitive::<Int64Type>();
    let mut places = Vec::with_capacity(lists.len());
    for row in 0..lists.len() {
        if lists.is_null(row) || indexes.is_null(row) {
            places.push(None);
            continue;
        }
        let length = i64::from(lists.value_length(row));
        let place = match indexes.value(row) {
            0 => {
                return Err(TrinoError::invalid_argument("SQL array indices start at 1"));
            }
            index if index > 0 => index - 1,
            index => length + index,
        };
        let start = lists.value_offsets()[row];
        places.push(match (0..length).contains(&place) {
            true => u32::try_from(i64::from(start) + place).ok(),
            false => None,
        });
    }
    Ok(take(lists.values(), &UInt32Array::from(places), None)?)
}

fn of_maps(maps: &ArrayRef, keys: &ArrayRef) -> Result<ArrayRef> {
    let maps = maps.as_map();
    let keys = cast(keys, maps.keys().data_type())?;
    let compare = make_comparator(maps.keys(), &keys, SortOptions::default())?;
    let offsets = maps.value_offsets();
    let places: UInt32Array = (0..maps.len())
        .map(|row| {
            if maps.is_null(row) || keys.is_null(row) {
                return None;
            }
            (offsets[row]..offsets[row + 1])
                .find(|entry| compare(*entry as usize, row).is_eq())
                .and_then(|entry| u32::try_from(entry).ok())
        })
        .collect();
    Ok(take(maps.values(), &places, None)?)
}
