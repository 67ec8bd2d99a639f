//! `regexp_replace(string, pattern[, replacement]) -> varchar`: replaces every match, with nothing
//! if no replacement is given. Trino manual, "Regular expression functions".

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringBuilder};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::pattern;
use crate::functions::untyped::{Compiled, ScalarFunction, texts};

pub(in crate::functions) fn udf() -> ScalarUDF {
    ScalarFunction {
        name: "regexp_replace",
        arguments: 2..=3,
        return_type: |_| Ok(DataType::Utf8),
        invoke: |arguments, _| regexp_replace(arguments),
    }
    .into_udf()
}

fn regexp_replace(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let values = texts(&arguments[0])?;
    let patterns = texts(&arguments[1])?;
    let replacements = match arguments.get(2) {
        Some(replacements) => Some(texts(replacements)?),
        None => None,
    };
    let mut pattern = Compiled::with(pattern::compile);
    let mut replacement = Compiled::with(pattern::replacement);
    let mut answers = StringBuilder::new();
    for row in 0..values.len() {
        let with = match &replacements {
            Some(replacements) if replacements.is_null(row) => None,
            Some(replacements) => Some(replacements.value(row)),
            None => Some(""),
        };
        match with {
            Some(with) if values.is_valid(row) && patterns.is_valid(row) => {
                let pattern = pattern.get(patterns.value(row))?;
                let with = replacement.get(with)?.as_str();
                answers.append_value(pattern.replace_all(values.value(row), with));
            }
            _ => answers.append_null(),
        }
    }
    Ok(Arc::new(answers.finish()))
}
