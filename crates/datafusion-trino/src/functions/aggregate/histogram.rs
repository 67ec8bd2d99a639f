//! `histogram(x) -> map(T, bigint)`: how often each value is there. Null without any. Trino manual,
//! "Map aggregate functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("histogram(x) FROM (VALUES 'a', 'b', 'a', NULL) t(x)"), "{a=2, b=1}");
//! assert_eq!(evaluate("histogram(DISTINCT x) FROM (VALUES 1, 1, 2) t(x)"), "{1=1, 2=1}");
//! assert_eq!(evaluate("histogram(x) FROM (VALUES 1) t(x) WHERE false"), "null");
//! ```

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, new_null_array};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::AggregateUDF;

use super::aggregate;
use super::groups::{Groups, rows_with, take_rows};
use super::reduction::Reduction;
use crate::functions::map::entries::make_maps;
use crate::functions::scalar::Input;
use crate::functions::scalar::Kind::{Bigint, Map, T};

pub(in crate::functions) fn udaf() -> AggregateUDF {
    aggregate("histogram")
        .overload([T], Map(&T, &Bigint), Histogram)
        .udaf()
}

/// Values, and how often each was there.
#[derive(Debug)]
struct Histogram;

impl Reduction for Histogram {
    fn state(&self, types: &[DataType]) -> Vec<DataType> {
        vec![types[0].clone(), DataType::Int64]
    }

    fn prepare(&self, arguments: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        let mut state = rows_with(arguments, &arguments[0])?;
        state.truncate(1);
        state.push(Arc::new(Int64Array::from_value(1, state[0].len())));
        Ok(state)
    }

    fn compact(&self, state: Vec<ArrayRef>) -> Result<Vec<ArrayRef>> {
        count(&state)
    }

    fn finish(&self, state: &[ArrayRef], returns: &DataType) -> Result<ArrayRef> {
        one_map(state, returns)
    }
}

/// One row for each value, with the sum of its counts.
pub(super) fn count(state: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
    let groups = Groups::of(&state[..1])?;
    let mut counts = vec![0_i64; groups.len()];
    let given = <i64 as Input>::column(&state[1])?;
    for (count, group) in given.iter().flatten().zip(&groups.of_rows) {
        counts[*group] += count;
    }
    let mut counted = take_rows(&state[..1], groups.firsts)?;
    counted.push(Arc::new(Int64Array::from(counts)));
    Ok(counted)
}

/// A map of these keys and values, null if there are none.
pub(super) fn one_map(entries: &[ArrayRef], returns: &DataType) -> Result<ArrayRef> {
    if entries[0].is_empty() {
        return Ok(new_null_array(returns, 1));
    }
    let (keys, values) = (Arc::clone(&entries[0]), Arc::clone(&entries[1]));
    let length = keys.len();
    let map = make_maps(keys, values, std::iter::once(length), None)?;
    Ok(Arc::new(map))
}
