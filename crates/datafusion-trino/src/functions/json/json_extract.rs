//! `json_extract(json, json_path) -> json`: the value at a path, as JSON text. Trino manual,
//! "JSON functions and operators".

use arrow::datatypes::DataType;
use datafusion::logical_expr::ScalarUDF;

use super::json_extract_scalar::extract;
use crate::functions::untyped::ScalarFunction;

pub(in crate::functions) fn udf() -> ScalarUDF {
    ScalarFunction {
        name: "json_extract",
        arguments: 2..=2,
        return_type: |_| Ok(DataType::Utf8),
        invoke: |arguments, _| extract(arguments, |value| Some(value.to_string())),
    }
    .into_udf()
}
