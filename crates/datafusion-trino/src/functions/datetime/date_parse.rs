//! `date_parse(string, format) -> timestamp(3)`: MySQL date patterns. Trino manual, "Date and
//! time functions and operators".

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::moment;
use super::mysql_pattern::MysqlPattern;
use crate::functions::untyped::{Compiled, ScalarFunction, texts};

pub(in crate::functions) fn udf() -> ScalarUDF {
    ScalarFunction {
        name: "date_parse",
        arguments: 2..=2,
        return_type: |_| Ok(DataType::Timestamp(TimeUnit::Millisecond, None)),
        invoke: date_parse,
    }
    .into_udf()
}

fn date_parse(arguments: &[ArrayRef], return_type: &DataType) -> Result<ArrayRef> {
    let values = texts(&arguments[0])?;
    let patterns = texts(&arguments[1])?;
    let mut pattern = Compiled::with(MysqlPattern::compile);
    let mut moments = Vec::with_capacity(values.len());
    for row in 0..values.len() {
        moments.push(match values.is_valid(row) && patterns.is_valid(row) {
            true => Some(pattern.get(patterns.value(row))?.parse(values.value(row))?),
            false => None,
        });
    }
    moment::to_array(moments, return_type)
}
