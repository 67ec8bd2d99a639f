//! `reduce(array(T), initialState S, inputFunction(S, T, S), outputFunction(S, R)) -> R`. Trino
//! manual, "Array functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("reduce(ARRAY[5, 20, 50], 0, (s, x) -> s + x, s -> s)"), "75");
//! assert_eq!(evaluate("reduce(ARRAY[], 1, (s, x) -> s + x, s -> s)"), "1");
//! assert_eq!(evaluate("reduce(ARRAY[5, NULL], 0, (s, x) -> s + x, s -> s)"), "null");
//! ```

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, UInt32Array};
use arrow::compute::{interleave, nullif, take};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::HigherOrderUDF;

use super::call::{Elements, LambdaCall};
use super::{Lambda, element_type};
use crate::coercion::common_type;
use crate::error::TrinoError;
use crate::functions::conversion::cast::cast_array;
use crate::types::type_name;

pub(super) fn udf() -> HigherOrderUDF {
    Lambda::udf(
        "reduce",
        2,
        2,
        parameters,
        |_, lambdas| Ok(lambdas[1].clone()),
        reduce,
    )
}

/// The state is what both the initial one and what the first lambda answers become.
fn parameters(
    values: &[DataType],
    lambdas: &[Option<DataType>],
) -> Result<Vec<Option<Vec<DataType>>>> {
    let element = element_type("reduce", &values[0])?;
    let initial = &values[1];
    let input = |state: &DataType| Some(vec![state.clone(), element.clone()]);
    let Some(answer) = &lambdas[0] else {
        return Ok(vec![input(initial), None]);
    };
    let state = common_type(initial, answer).ok_or_else(|| {
        TrinoError::wrong_types(format!(
            "Unexpected parameters for function reduce: the state is {}, and the input function answers {}",
            type_name(initial),
            type_name(answer)
        ))
    })?;
    Ok(vec![input(&state), Some(vec![state])])
}

/// Takes the first element of all rows' arrays, then the second, and so on.
fn reduce(call: &LambdaCall<'_>) -> Result<ArrayRef> {
    let arrays = call.arrays(0)?;
    let elements = Elements::of_arrays(&arrays)?;
    let all: Vec<u32> = (0..call.rows() as u32).collect();
    let mut states = Arc::clone(call.value(1));
    let longest = elements.lengths().max().unwrap_or(0);
    for step in 0..longest {
        let rows: Vec<u32> = all
            .iter()
            .copied()
            .filter(|row| elements.ranges[*row as usize].len() > step)
            .collect();
        let places: Vec<u32> = rows
            .iter()
            .map(|row| (elements.ranges[*row as usize].start + step) as u32)
            .collect();
        let rows = UInt32Array::from(rows);
        let parameters = [
            take(&states, &rows, None)?,
            take(&elements.columns[0], &UInt32Array::from(places), None)?,
        ];
        let next = call.evaluate(0, &parameters, &rows)?;
        states = replaced(&states, &rows, &next)?;
    }
    let answers = call.evaluate(1, &[states], &UInt32Array::from(all))?;
    let is_null: BooleanArray = (0..call.rows())
        .map(|row| Some(arrays.is_null(row)))
        .collect();
    Ok(nullif(&answers, &is_null)?)
}

/// The states with those of some rows replaced.
fn replaced(states: &ArrayRef, rows: &UInt32Array, next: &ArrayRef) -> Result<ArrayRef> {
    let wanted = match common_type(states.data_type(), next.data_type()) {
        Some(common) => common,
        None => next.data_type().clone(),
    };
    let (states, next) = (cast_array(states, &wanted)?, cast_array(next, &wanted)?);
    let mut places: Vec<(usize, usize)> = (0..states.len()).map(|row| (0, row)).collect();
    for (place, row) in rows.values().iter().enumerate() {
        places[*row as usize] = (1, place);
    }
    Ok(interleave(&[&states, &next], &places)?)
}
