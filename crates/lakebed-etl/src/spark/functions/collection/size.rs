//! `size(array or map)`: how many elements; -1 for null, as Spark says with ANSI mode off.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int32Array};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ScalarUDF;

use crate::spark::functions::function::Function;

pub(super) fn function() -> ScalarUDF {
    Function {
        name: "size",
        takes: vec![None],
        required: 1,
        returns: DataType::Int32,
        kernel: size,
    }
    .into_udf(&["cardinality"])
}

fn size(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let collections = &columns[0];
    let length: Box<dyn Fn(usize) -> i32> = match collections.data_type() {
        DataType::List(_) => {
            let lists = collections.as_list::<i32>();
            Box::new(|row| lists.value_length(row))
        }
        DataType::Map(..) => {
            let maps = collections.as_map();
            Box::new(|row| maps.value_length(row))
        }
        other => return exec_err!("size takes an array or a map, got {other}"),
    };
    let sizes: Int32Array = (0..collections.len())
        .map(|row| {
            if collections.is_null(row) {
                -1
            } else {
                length(row)
            }
        })
        .collect();
    Ok(Arc::new(sizes))
}
