//! `date_format(timestamp, format) -> varchar`: MySQL date patterns. Trino manual, "Date and time
//! functions and operators".

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringBuilder};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::moment::Moments;
use super::mysql_pattern::MysqlPattern;
use crate::functions::untyped::{Compiled, ScalarFunction, texts};

pub(in crate::functions) fn udf() -> ScalarUDF {
    ScalarFunction {
        name: "date_format",
        arguments: 2..=2,
        return_type: |_| Ok(DataType::Utf8),
        invoke: |arguments, _| date_format(arguments),
    }
    .into_udf()
}

fn date_format(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let moments = Moments::of(&arguments[0])?;
    let patterns = texts(&arguments[1])?;
    let mut pattern = Compiled::with(MysqlPattern::compile);
    let mut answers = StringBuilder::new();
    let mut text = String::new();
    for row in 0..patterns.len() {
        match moments.get(row) {
            Some(moment) if patterns.is_valid(row) => {
                text.clear();
                pattern.get(patterns.value(row))?.format(moment, &mut text);
                answers.append_value(&text);
            }
            _ => answers.append_null(),
        }
    }
    Ok(Arc::new(answers.finish()))
}
