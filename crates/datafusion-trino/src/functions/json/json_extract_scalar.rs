//! `json_extract_scalar(json, json_path) -> varchar`: the boolean, number or string at a path,
//! null for anything else. Trino manual, "JSON functions and operators".

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringBuilder};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use serde_json::Value;

use super::path::JsonPath;
use crate::functions::untyped::{Compiled, ScalarFunction, texts};

pub(in crate::functions) fn udf() -> ScalarUDF {
    ScalarFunction {
        name: "json_extract_scalar",
        arguments: 2..=2,
        return_type: |_| Ok(DataType::Utf8),
        invoke: |arguments, _| extract(arguments, scalar_text),
    }
    .into_udf()
}

fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
    }
}

/// The texts of what the paths lead to; text that is no JSON leads nowhere.
pub(super) fn extract(
    arguments: &[ArrayRef],
    text_of: fn(&Value) -> Option<String>,
) -> Result<ArrayRef> {
    let documents = texts(&arguments[0])?;
    let paths = texts(&arguments[1])?;
    let mut path = Compiled::with(JsonPath::compile);
    let mut answers = StringBuilder::new();
    for row in 0..documents.len() {
        if documents.is_null(row) || paths.is_null(row) {
            answers.append_null();
            continue;
        }
        let path = path.get(paths.value(row))?;
        let document: Option<Value> = serde_json::from_str(documents.value(row)).ok();
        let found = document.as_ref().and_then(|document| path.find(document));
        answers.append_option(found.and_then(text_of));
    }
    Ok(Arc::new(answers.finish()))
}
