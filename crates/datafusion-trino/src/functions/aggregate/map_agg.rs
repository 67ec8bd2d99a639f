//! `map_agg(key, value) -> map(K, V)`, the first value of each key; `multimap_agg(key, value) ->
//! map(K, array(V))`, all of them; `map_union(map) -> map`, the entries of all maps. Rows whose key
//! or map is null do not count. Null without any. Trino manual, "Map aggregate functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! let rows = "FROM (VALUES ('a', 1), ('b', 2), ('a', 3), (NULL, 4)) t(k, v)";
//! assert_eq!(evaluate(&format!("map_agg(k, v) {rows}")), "{a=1, b=2}");
//! assert_eq!(evaluate(&format!("multimap_agg(k, v) {rows}")), "{a=[1, 3], b=[2]}");
//! assert_eq!(evaluate(&format!("multimap_agg(k, v ORDER BY v DESC) {rows}")), "{a=[3, 1], b=[2]}");
//! assert_eq!(evaluate(&format!("map_union(MAP(ARRAY[v], ARRAY[k])) {rows}")), "{1=a, 2=b, 3=a, 4=null}");
//! ```

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, new_null_array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::AggregateUDF;

use super::aggregate;
use super::groups::{Groups, first_rows, rows_with, take_rows};
use super::histogram::one_map;
use super::reduction::Reduction;
use crate::functions::map::entries::make_maps;
use crate::functions::scalar::Kind::{Array as ArrayOf, K, Map, V};

pub(in crate::functions) fn udafs() -> [AggregateUDF; 3] {
    [
        aggregate("map_agg")
            .overload([K, V], Map(&K, &V), MapAgg)
            .udaf(),
        aggregate("multimap_agg")
            .overload([K, V], Map(&K, &ArrayOf(&V)), MultimapAgg)
            .udaf(),
        aggregate("map_union")
            .overload([Map(&K, &V)], Map(&K, &V), MapUnion)
            .udaf(),
    ]
}

/// Keys and values.
#[derive(Debug)]
struct MapAgg;

impl Reduction for MapAgg {
    fn state(&self, types: &[DataType]) -> Vec<DataType> {
        types.to_vec()
    }

    fn prepare(&self, arguments: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        rows_with(arguments, &arguments[0])
    }

    fn compact(&self, state: Vec<ArrayRef>) -> Result<Vec<ArrayRef>> {
        first_rows(&state, &state[..1])
    }

    fn finish(&self, state: &[ArrayRef], returns: &DataType) -> Result<ArrayRef> {
        one_map(state, returns)
    }
}

/// Keys and values.
#[derive(Debug)]
struct MultimapAgg;

impl Reduction for MultimapAgg {
    fn state(&self, types: &[DataType]) -> Vec<DataType> {
        types.to_vec()
    }

    fn prepare(&self, arguments: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        rows_with(arguments, &arguments[0])
    }

    fn finish(&self, state: &[ArrayRef], returns: &DataType) -> Result<ArrayRef> {
        let groups = Groups::of(&state[..1])?;
        let mut rows_of = vec![Vec::new(); groups.len()];
        for (row, group) in groups.of_rows.iter().enumerate() {
            rows_of[*group].push(row as u32);
        }
        let lengths = OffsetBuffer::from_lengths(rows_of.iter().map(Vec::len));
        let mut columns = take_rows(&state[..1], groups.firsts)?;
        let values = take_rows(&state[1..], rows_of.concat())?;
        for values in values {
            let field = Arc::new(Field::new_list_field(values.data_type().clone(), true));
            let lists = ListArray::try_new(field, lengths.clone(), values, None)?;
            columns.push(Arc::new(lists));
        }
        one_map(&columns, returns)
    }
}

/// Maps, each key in the first one that has it. One is kept even if it is empty.
#[derive(Debug)]
struct MapUnion;

impl Reduction for MapUnion {
    fn state(&self, types: &[DataType]) -> Vec<DataType> {
        types.to_vec()
    }

    fn prepare(&self, arguments: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        rows_with(arguments, &arguments[0])
    }

    fn compact(&self, state: Vec<ArrayRef>) -> Result<Vec<ArrayRef>> {
        match state[0].len() {
            0 | 1 => Ok(state),
            _ => Ok(vec![Arc::new(union(state[0].as_map())?)]),
        }
    }

    fn finish(&self, state: &[ArrayRef], returns: &DataType) -> Result<ArrayRef> {
        match state[0].is_empty() {
            true => Ok(new_null_array(returns, 1)),
            false => Ok(Arc::clone(&state[0])),
        }
    }
}

fn union(maps: &MapArray) -> Result<MapArray> {
    let offsets = maps.value_offsets();
    let begin = offsets[0] as usize;
    let length = offsets[offsets.len() - 1] as usize - begin;
    let entries = [maps.keys(), maps.values()].map(|column| column.slice(begin, length));
    let mut first = first_rows(&entries, &entries[..1])?;
    let (Some(values), Some(keys)) = (first.pop(), first.pop()) else {
        return internal_err!("a map's entries are keys and values");
    };
    let length = keys.len();
    make_maps(keys, values, std::iter::once(length), None)
}
