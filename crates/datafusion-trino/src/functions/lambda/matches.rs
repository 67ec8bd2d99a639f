//! `any_match(array(T), function(T, boolean)) -> boolean`, `all_match`, `none_match`: null if a
//! null among the answers leaves it undecided. Trino manual, "Array functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("any_match(ARRAY[1, 2], x -> x > 1)"), "true");
//! assert_eq!(evaluate("all_match(ARRAY[1, NULL], x -> x > 0)"), "null");
//! assert_eq!(evaluate("none_match(ARRAY[], x -> true)"), "true");
//! ```

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::HigherOrderUDF;

use super::call::{Elements, LambdaCall};
use super::{Lambda, check_condition, element_type};

pub(super) fn udfs() -> Vec<HigherOrderUDF> {
    vec![
        Lambda::udf("any_match", 1, 1, parameters, returns, |call| {
            decide(call, true).map(|found| Arc::new(found) as ArrayRef)
        }),
        Lambda::udf("all_match", 1, 1, parameters, returns, |call| {
            not(&decide(call, false)?)
        }),
        Lambda::udf("none_match", 1, 1, parameters, returns, |call| {
            not(&decide(call, true)?)
        }),
    ]
}

fn parameters(values: &[DataType], _: &[Option<DataType>]) -> Result<Vec<Option<Vec<DataType>>>> {
    let element = element_type("any_match", &values[0])?;
    Ok(vec![Some(vec![element.clone()])])
}

fn returns(_: &[DataType], lambdas: &[DataType]) -> Result<DataType> {
    check_condition("any_match", &lambdas[0])?;
    Ok(DataType::Boolean)
}

/// Whether one of the answers is `wanted`.
fn decide(call: &LambdaCall<'_>, wanted: bool) -> Result<BooleanArray> {
    let arrays = call.arrays(0)?;
    let elements = Elements::of_arrays(&arrays)?;
    let answers = call.evaluate(0, &elements.columns, &elements.rows)?;
    let answers = cast(&answers, &DataType::Boolean)?;
    let answers = answers.as_boolean();
    let decided = elements.ranges.into_iter().enumerate().map(|(row, range)| {
        if arrays.is_null(row) {
            return None;
        }
        let mut is_open = false;
        for place in range {
            match answers.is_valid(place).then(|| answers.value(place)) {
                Some(answer) if answer == wanted => return Some(true),
                Some(_) => {}
                None => is_open = true,
            }
        }
        (!is_open).then_some(false)
    });
    Ok(decided.collect())
}

fn not(found: &BooleanArray) -> Result<ArrayRef> {
    Ok(Arc::new(arrow::compute::not(found)?))
}
