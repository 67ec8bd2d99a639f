//! `regexp_extract(text, pattern[, group])`: the group (the first if not said) of the first match,
//! `''` if there is none.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringBuilder};
use datafusion::arrow::datatypes::{DataType, Int32Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ScalarUDF;

use super::pattern;
use crate::spark::functions::function::{Function, Memo};

pub(super) fn function() -> ScalarUDF {
    Function {
        name: "regexp_extract",
        takes: vec![
            Some(DataType::Utf8),
            Some(DataType::Utf8),
            Some(DataType::Int32),
        ],
        required: 2,
        returns: DataType::Utf8,
        kernel: regexp_extract,
    }
    .into_udf(&[])
}

fn regexp_extract(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let (texts, patterns) = (columns[0].as_string::<i32>(), columns[1].as_string::<i32>());
    let groups = columns
        .get(2)
        .map(|groups| groups.as_primitive::<Int32Type>());
    let mut compiled = Memo::new();
    let mut extracted = StringBuilder::new();
    for row in 0..texts.len() {
        if columns.iter().any(|column| column.is_null(row)) {
            extracted.append_null();
            continue;
        }
        let regex = compiled.get(patterns.value(row), pattern)?;
        let group = groups.map_or(1, |groups| groups.value(row));
        let Some(group) = usize::try_from(group)
            .ok()
            .filter(|g| *g < regex.captures_len())
        else {
            return exec_err!(
                "regexp_extract asks for group {group}, but '{regex}' has {}",
                regex.captures_len() - 1
            );
        };
        let found = regex.captures(texts.value(row));
        let text = found.as_ref().and_then(|found| found.get(group));
        extracted.append_value(text.map_or("", |text| text.as_str()));
    }
    Ok(Arc::new(extracted.finish()))
}
