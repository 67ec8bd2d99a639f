//! `regexp_extract(string, pattern[, group]) -> varchar`: the first match, or one of its groups.
//! Trino manual, "Regular expression functions".

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::pattern;
use crate::error::TrinoError;
use crate::functions::untyped::{Compiled, ScalarFunction, texts};

pub(in crate::functions) fn udf() -> ScalarUDF {
    ScalarFunction {
        name: "regexp_extract",
        arguments: 2..=3,
        return_type: |_| Ok(DataType::Utf8),
        invoke: |arguments, _| regexp_extract(arguments),
    }
    .into_udf()
}

fn regexp_extract(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let values = texts(&arguments[0])?;
    let patterns = texts(&arguments[1])?;
    let groups = match arguments.get(2) {
        Some(groups) => Some(cast(groups, &DataType::Int64)?),
        None => None,
    };
    let groups = groups
        .as_ref()
        .map(|groups| groups.as_primitive::<Int64Type>());
    let mut pattern = Compiled::with(pattern::compile);
    let mut answers = StringBuilder::new();
    for row in 0..values.len() {
        if values.is_null(row) || patterns.is_null(row) {
            answers.append_null();
            continue;
        }
        let pattern = pattern.get(patterns.value(row))?;
        let group = groups.map_or(0, |groups| groups.value(row));
        let group = usize::try_from(group)
            .ok()
            .filter(|group| *group < pattern.captures_len())
            .ok_or_else(|| {
                TrinoError::invalid_argument(format!(
                    "Pattern has {} groups. Cannot access group {group}",
                    pattern.captures_len() - 1
                ))
            })?;
        let found = pattern
            .captures(values.value(row))
            .and_then(|found| Some(found.get(group)?.as_str().to_owned()));
        answers.append_option(found);
    }
    Ok(Arc::new(answers.finish()))
}
