//! `map_from_entries(array(row(K, V))) -> map(K, V)`, `multimap_from_entries(array(row(K, V))) ->
//! map(K, array(V))`, `map_entries(map(K, V)) -> array(row(K, V))`, `map_keys`, `map_values`,
//! `map_concat(map(K, V), …)`: later maps win. Trino manual, "Map functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("map_from_entries(ARRAY[ROW(1, 'x'), ROW(2, 'y')])"), "{1=x, 2=y}");
//! assert_eq!(evaluate("multimap_from_entries(ARRAY[ROW(1, 'x'), ROW(1, 'y')])"), "{1=[x, y]}");
//! assert_eq!(evaluate("map_entries(MAP(ARRAY['a'], ARRAY[1]))"), "[{a, 1}]");
//! assert_eq!(evaluate("map_concat(MAP(ARRAY['a', 'b'], ARRAY[1, 2]), MAP(ARRAY['a'], ARRAY[3]))"), "{a=3, b=2}");
//! assert_eq!(
//!     evaluate("map_from_entries(ARRAY[ROW(1, 'x'), ROW(1, 'y')])"),
//!     "INVALID_FUNCTION_ARGUMENT: Duplicate keys (1) are not allowed"
//! );
//! ```

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, ListArray, NullBufferBuilder, StructArray, UInt32Array,
};
use arrow::compute::{interleave, take};
use arrow::datatypes::{DataType, Field, Fields};
use arrow::row::{RowConverter, SortField};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::ScalarUDF;

use super::entries::make_maps;
use crate::error::TrinoError;
use crate::functions::array::lists::{ListMaker, Lists};
use crate::functions::scalar::Kind::{Array as ArrayOf, K, Map, T, V};
use crate::functions::scalar::{Call, Returns, entry_types, scalar};
use crate::text::TextColumn;
use crate::types::{map_type, type_name};

pub(in crate::functions) fn udfs() -> [ScalarUDF; 6] {
    let map = Map(&K, &V);
    [
        scalar("map_from_entries")
            .overload(
                [ArrayOf(&T)],
                Returns::Of(|types| entries_of(types).map(|(key, value)| map_type(key, value))),
                from_entries,
            )
            .udf(),
        scalar("multimap_from_entries")
            .overload(
                [ArrayOf(&T)],
                Returns::Of(|types| {
                    entries_of(types)
                        .map(|(key, value)| map_type(key, DataType::new_list(value, true)))
                }),
                multimap_from_entries,
            )
            .udf(),
        scalar("map_entries")
            .overload(
                [map],
                Returns::Of(|types| rows_of(&types[0]).map(|row| DataType::new_list(row, true))),
                entries,
            )
            .udf(),
        scalar("map_keys")
            .overload([map], ArrayOf(&K), |call| part(call, 0))
            .udf(),
        scalar("map_values")
            .overload([map], ArrayOf(&V), |call| part(call, 1))
            .udf(),
        scalar("map_concat").variadic([map, map], map, concat).udf(),
    ]
}

/// The types of the two fields that an array's rows have.
fn entries_of(types: &[DataType]) -> Result<(DataType, DataType)> {
    if types[0] == DataType::new_list(DataType::Null, true) {
        return Ok((DataType::Null, DataType::Null));
    }
    if let DataType::List(element) = &types[0]
        && let DataType::Struct(fields) = element.data_type()
        && let [key, value] = fields.as_ref()
    {
        return Ok((key.data_type().clone(), value.data_type().clone()));
    }
    Err(TrinoError::wrong_types(format!(
        "Unexpected parameters ({}) for function map_from_entries. Expected: map_from_entries(array(row(K,V)))",
        type_name(&types[0])
    )))
}

/// The type of a map's entries as rows without names.
fn rows_of(map: &DataType) -> Result<DataType> {
    let DataType::Map(entries, _) = map else {
        return internal_err!("{map} is no map");
    };
    let Some((key, value)) = entry_types(entries) else {
        return internal_err!("{map} is no map");
    };
    let fields = [("c0", key), ("c1", value)];
    let fields = fields.map(|(name, data_type)| Field::new(name, data_type.clone(), true));
    Ok(DataType::Struct(Fields::from(fields.to_vec())))
}

fn from_entries(call: &Call<'_>) -> Result<ArrayRef> {
    let arrays = Lists::of(call, 0)?;
    let rows = &entry_rows(&arrays);
    let (keys, values) = (rows.column(0), rows.column(1));
    let as_rows = RowConverter::new(vec![SortField::new(keys.data_type().clone())])?
        .convert_columns(std::slice::from_ref(keys))?;
    let mut places = Vec::new();
    let mut lengths = Vec::with_capacity(call.rows());
    let mut nulls = NullBufferBuilder::new(call.rows());
    for row in 0..call.rows() {
        let range = arrays.get(row);
        nulls.append(range.is_some());
        let range = range.unwrap_or_default();
        lengths.push(range.len());
        let mut seen = std::collections::HashSet::new();
        for place in range {
            check_entry(rows, keys, place)?;
            if !seen.insert(as_rows.row(place)) {
                return Err(duplicate(keys, place));
            }
            places.push(place as u32);
        }
    }
    let places = UInt32Array::from(places);
    let maps = make_maps(
        take(keys, &places, None)?,
        take(values, &places, None)?,
        lengths.into_iter(),
        nulls.finish(),
    )?;
    Ok(Arc::new(maps))
}

/// The entries as rows; nulls whose type nothing tells are rows, too.
fn entry_rows(arrays: &Lists) -> StructArray {
    match arrays.elements().as_struct_opt() {
        Some(rows) => rows.clone(),
        None => {
            let fields = ["c0", "c1"].map(|name| Field::new(name, DataType::Null, true));
            StructArray::new_null(Fields::from(fields.to_vec()), arrays.elements().len())
        }
    }
}

fn check_entry(rows: &StructArray, keys: &ArrayRef, place: usize) -> Result<()> {
    if rows.is_null(place) {
        return Err(TrinoError::invalid_argument("map entry cannot be null"));
    }
    if keys.is_null(place) {
        return Err(TrinoError::invalid_argument("map key cannot be null"));
    }
    Ok(())
}

fn duplicate(keys: &ArrayRef, place: usize) -> datafusion::error::DataFusionError {
    let text = TextColumn::new(keys).ok().and_then(|keys| keys.text(place));
    let key = text.unwrap_or_default();
    TrinoError::invalid_argument(format!("Duplicate keys ({key}) are not allowed"))
}

fn multimap_from_entries(call: &Call<'_>) -> Result<ArrayRef> {
    let arrays = Lists::of(call, 0)?;
    let rows = &entry_rows(&arrays);
    let (keys, values) = (rows.column(0), rows.column(1));
    let as_rows = RowConverter::new(vec![SortField::new(keys.data_type().clone())])?
        .convert_columns(std::slice::from_ref(keys))?;
    let mut key_places = Vec::new();
    let mut lengths = Vec::with_capacity(call.rows());
    let mut nulls = NullBufferBuilder::new(call.rows());
    let mut lists = ListMaker::new(0);
    for row in 0..call.rows() {
        let range = arrays.get(row);
        nulls.append(range.is_some());
        let mut groups: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut known = HashMap::new();
        for place in range.unwrap_or_default() {
            check_entry(rows, keys, place)?;
            let group = *known.entry(as_rows.row(place)).or_insert_with(|| {
                groups.push((place, Vec::new()));
                groups.len() - 1
            });
            groups[group].1.push(place);
        }
        lengths.push(groups.len());
        for (key, places) in groups {
            key_places.push(key as u32);
            lists.push(Some(places));
        }
    }
    let maps = make_maps(
        take(keys, &UInt32Array::from(key_places), None)?,
        lists.finish(values)?,
        lengths.into_iter(),
        nulls.finish(),
    )?;
    Ok(Arc::new(maps))
}

fn entries(call: &Call<'_>) -> Result<ArrayRef> {
    let maps = call.array(0)?;
    let maps = maps.as_map();
    let DataType::List(element) = call.return_type() else {
        return internal_err!("entries are an array");
    };
    let DataType::Struct(fields) = element.data_type() else {
        return internal_err!("entries are rows");
    };
    let columns = vec![Arc::clone(maps.keys()), Arc::clone(maps.values())];
    let rows = StructArray::try_new(fields.clone(), columns, None)?;
    Ok(Arc::new(ListArray::try_new(
        Arc::clone(element),
        maps.offsets().clone(),
        Arc::new(rows),
        maps.nulls().cloned(),
    )?))
}

fn part(call: &Call<'_>, column: usize) -> Result<ArrayRef> {
    let maps = call.array(0)?;
    let maps = maps.as_map();
    let elements = maps.entries().column(column);
    Ok(Arc::new(ListArray::try_new(
        Arc::new(Field::new_list_field(elements.data_type().clone(), true)),
        maps.offsets().clone(),
        Arc::clone(elements),
        maps.nulls().cloned(),
    )?))
}

fn concat(call: &Call<'_>) -> Result<ArrayRef> {
    let arrays: Vec<ArrayRef> = (0..call.len())
        .map(|argument| call.array(argument))
        .collect::<Result<_>>()?;
    let maps: Vec<_> = arrays.iter().map(|array| array.as_map()).collect();
    let converter = RowConverter::new(vec![SortField::new(maps[0].keys().data_type().clone())])?;
    let keys: Vec<_> = maps
        .iter()
        .map(|maps| Ok(converter.convert_columns(std::slice::from_ref(maps.keys()))?))
        .collect::<Result<_>>()?;
    let mut places: Vec<(usize, usize)> = Vec::new();
    let mut lengths = Vec::with_capacity(call.rows());
    let mut nulls = NullBufferBuilder::new(call.rows());
    for row in 0..call.rows() {
        let is_null = maps.iter().any(|map| map.is_null(row));
        nulls.append(!is_null);
        let start = places.len();
        let mut known = HashMap::new();
        for (argument, map) in maps.iter().enumerate().filter(|_| !is_null) {
            let offsets = map.value_offsets();
            for place in offsets[row] as usize..offsets[row + 1] as usize {
                match known.get(&keys[argument].row(place)) {
                    Some(earlier) => places[*earlier] = (argument, place),
                    None => {
                        known.insert(keys[argument].row(place), places.len());
                        places.push((argument, place));
                    }
                }
            }
        }
        lengths.push(places.len() - start);
    }
    let of = |column: usize| {
        let columns: Vec<&dyn Array> = maps
            .iter()
            .map(|map| map.entries().column(column).as_ref())
            .collect();
        Ok::<_, datafusion::error::DataFusionError>(interleave(&columns, &places)?)
    };
    let maps = make_maps(of(0)?, of(1)?, lengths.into_iter(), nulls.finish())?;
    Ok(Arc::new(maps))
}
