//! `repeat(element, count)`: an array of the element, at most 10,000 times. Trino manual, "Array
//! functions".

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DataType, Field};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::lists::{self, Picked};
use crate::error::TrinoError;
use crate::functions::untyped::ScalarFunction;

const MOST_ELEMENTS: i64 = 10_000;

pub(in crate::functions) fn udf() -> ScalarUDF {
    ScalarFunction {
        name: "repeat",
        arguments: 2..=2,
        return_type: |types| {
            let element = Field::new_list_field(types[0].clone(), true);
            Ok(lists::of(Arc::new(element)))
        },
        invoke: repeat,
    }
    .into_udf()
}

fn repeat(arguments: &[ArrayRef], list: &DataType) -> Result<ArrayRef> {
    let counts = lists::integers(&arguments[1])?;
    let mut repeated = Picked::default();
    for row in 0..counts.len() {
        if counts.is_null(row) {
            repeated.push_null();
            continue;
        }
        let count = counts.value(row);
        if count < 0 {
            return Err(TrinoError::invalid_argument(
                "count argument of repeat function must be greater than or equal to 0",
            ));
        }
        if count > MOST_ELEMENTS {
            return Err(TrinoError::invalid_argument(format!(
                "count argument of repeat function must be less than or equal to {MOST_ELEMENTS}"
            )));
        }
        repeated.push(std::iter::repeat_n(row as u32, count as usize));
    }
    repeated.build(&arguments[0], list)
}
