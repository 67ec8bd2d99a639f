//! `split(text, pattern[, limit])`: the parts between matches of a regular expression.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListBuilder, StringBuilder};
use datafusion::arrow::datatypes::{DataType, Int32Type};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::pattern;
use crate::spark::functions::function::{Function, Memo};

pub(super) fn function() -> ScalarUDF {
    Function {
        name: "split",
        takes: vec![
            Some(DataType::Utf8),
            Some(DataType::Utf8),
            Some(DataType::Int32),
        ],
        required: 2,
        returns: DataType::new_list(DataType::Utf8, true),
        kernel: split,
    }
    .into_udf(&[])
}

fn split(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let (texts, patterns) = (columns[0].as_string::<i32>(), columns[1].as_string::<i32>());
    let limits = columns
        .get(2)
        .map(|limits| limits.as_primitive::<Int32Type>());
    let mut compiled = Memo::new();
    let mut parts = ListBuilder::new(StringBuilder::new());
    for row in 0..texts.len() {
        if columns.iter().any(|column| column.is_null(row)) {
            parts.append_null();
            continue;
        }
        let regex = compiled.get(patterns.value(row), pattern)?;
        let limit = limits.map_or(0, |limits| limits.value(row));
        // No limit, zero and below mean all parts, empty ones at the end included.
        match usize::try_from(limit) {
            Ok(limit) if limit > 0 => {
                for part in regex.splitn(texts.value(row), limit) {
                    parts.values().append_value(part);
                }
            }
            _ => {
                for part in regex.split(texts.value(row)) {
                    parts.values().append_value(part);
                }
            }
        }
        parts.append(true);
    }
    Ok(Arc::new(parts.finish()))
}
