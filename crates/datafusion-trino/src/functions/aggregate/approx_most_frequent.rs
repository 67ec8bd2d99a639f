//! `approx_most_frequent(buckets, value, capacity) -> map(T, bigint)`: the values that are there
//! most often, and how often. Values are forgotten when there are more different ones than the
//! capacity. Null without any. Trino manual, "Approximate aggregate functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(
//!     evaluate("approx_most_frequent(2, x, 10) FROM (VALUES 'a', 'b', 'a', 'c', 'b', 'a') t(x)"),
//!     "{a=3, b=2}"
//! );
//! ```

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::AggregateUDF;

use super::aggregate;
use super::groups::{rows_with, take_rows};
use super::histogram::{count, one_map};
use super::reduction::Reduction;
use crate::functions::scalar::Input;
use crate::functions::scalar::Kind::{Bigint, Map, T};

pub(in crate::functions) fn udaf() -> AggregateUDF {
    aggregate("approx_most_frequent")
        .overload([Bigint, T, Bigint], Map(&T, &Bigint), MostFrequent)
        .udaf()
}

/// Values, how often each was there, how many are asked for, and how many are kept.
#[derive(Debug)]
struct MostFrequent;

impl Reduction for MostFrequent {
    fn state(&self, types: &[DataType]) -> Vec<DataType> {
        let count = DataType::Int64;
        vec![types[1].clone(), count.clone(), count.clone(), count]
    }

    fn prepare(&self, arguments: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        let rows = rows_with(arguments, &arguments[1])?;
        let ones = Arc::new(Int64Array::from_value(1, rows[1].len()));
        let [buckets, values, capacity] = [0, 1, 2].map(|place| Arc::clone(&rows[place]));
        Ok(vec![values, ones, buckets, capacity])
    }

    fn compact(&self, state: Vec<ArrayRef>) -> Result<Vec<ArrayRef>> {
        let capacity = first(&state[3])?;
        let mut counted = most(&count(&state[..2])?, capacity)?;
        let length = counted[0].len();
        counted.extend(state[2..].iter().map(|column| column.slice(0, length)));
        Ok(counted)
    }

    fn finish(&self, state: &[ArrayRef], returns: &DataType) -> Result<ArrayRef> {
        let buckets = first(&state[2])?;
        one_map(&most(&state[..2], buckets)?, returns)
    }
}

/// What all rows say.
fn first(column: &ArrayRef) -> Result<usize> {
    let first = <i64 as Input>::column(column)?.iter().flatten().next();
    Ok(first
        .and_then(|first| usize::try_from(first).ok())
        .unwrap_or(0))
}

/// The rows with the highest counts.
fn most(counted: &[ArrayRef], length: usize) -> Result<Vec<ArrayRef>> {
    let counts = <i64 as Input>::column(&counted[1])?;
    let mut rows: Vec<u32> = (0..counts.len() as u32).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(counts.value(*row as usize)));
    rows.truncate(length);
    take_rows(counted, rows)
}
