//! `combinations(array, n)`: all choices of n elements by their places, n at most 5. Trino manual,
//! "Array functions".

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::lists::{self, Nested};
use crate::error::TrinoError;
use crate::functions::untyped::ScalarFunction;

const LARGEST_CHOICE: i64 = 5;
const MOST_CHOICES: u128 = 100_000;

pub(in crate::functions) fn udf() -> ScalarUDF {
    ScalarFunction {
        name: "combinations",
        arguments: 2..=2,
        return_type: |types| lists::element("combinations", &types[0]).map(lists::of_lists),
        invoke: combinations,
    }
    .into_udf()
}

fn combinations(arguments: &[ArrayRef], nested: &DataType) -> Result<ArrayRef> {
    let arrays = lists::lists("combinations", &arguments[0])?;
    let sizes = lists::integers(&arguments[1])?;
    let mut choices = Nested::default();
    lists::for_each_row(
        &arrays,
        &sizes,
        &mut choices,
        Nested::push_null,
        |choices, places, size| {
            if size < 0 {
                return Err(TrinoError::invalid_argument(format!(
                    "combination size must not be negative: {size}"
                )));
            }
            if size > LARGEST_CHOICE {
                return Err(TrinoError::invalid_argument(format!(
                    "combination size must not exceed {LARGEST_CHOICE}: {size}"
                )));
            }
            let size = size as u32;
            if count(places.len() as u128, u128::from(size)) > MOST_CHOICES {
                return Err(TrinoError::invalid_argument("combinations exceed max size"));
            }
            choose(choices, places.start, places.end, size, &mut Vec::new());
            choices.close();
            Ok(())
        },
    )?;
    choices.build(arrays.values(), nested)
}

/// How many choices of `size` there are among `all`.
fn count(all: u128, size: u128) -> u128 {
    (0..size).fold(1, |count, taken| {
        count * all.saturating_sub(taken) / (taken + 1)
    })
}

/// Adds every choice that begins with `chosen` and goes on with `missing` of the places from `start`.
fn choose(choices: &mut Nested, start: u32, end: u32, missing: u32, chosen: &mut Vec<u32>) {
    if missing == 0 {
        choices.inner.push(chosen.iter().copied());
        return;
    }
    for place in start..end {
        chosen.push(place);
        choose(choices, place + 1, end, missing - 1, chosen);
        chosen.pop();
    }
}
