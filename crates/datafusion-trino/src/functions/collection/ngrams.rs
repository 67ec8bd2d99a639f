//! `ngrams(array, n)`: all runs of n neighbours; the whole array where it has no more than n.
//! Trino manual, "Array functions".

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::lists::{self, Nested};
use crate::error::TrinoError;
use crate::functions::untyped::ScalarFunction;

pub(in crate::functions) fn udf() -> ScalarUDF {
    ScalarFunction {
        name: "ngrams",
        arguments: 2..=2,
        return_type: |types| lists::element("ngrams", &types[0]).map(lists::of_lists),
        invoke: ngrams,
    }
    .into_udf()
}

fn ngrams(arguments: &[ArrayRef], nested: &DataType) -> Result<ArrayRef> {
    let arrays = lists::lists("ngrams", &arguments[0])?;
    let sizes = lists::integers(&arguments[1])?;
    let mut runs = Nested::default();
    lists::for_each_row(
        &arrays,
        &sizes,
        &mut runs,
        Nested::push_null,
        |runs, places, size| {
            if size <= 0 {
                return Err(TrinoError::invalid_argument("N must be positive"));
            }
            let size = size.min(places.len() as i64) as u32;
            for start in places.start..=places.end - size {
                runs.inner.push(start..start + size);
            }
            runs.close();
            Ok(())
        },
    )?;
    runs.build(arrays.values(), nested)
}
