//! `date_trunc(unit, x) -> [same as input]`: DataFusion's function, whose dates become
//! timestamps, brought back to dates. Trino manual, "Truncation function".

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, TimeUnit};
use datafusion::common::config::ConfigOptions;
use datafusion::common::{Result, ScalarValue};
use datafusion::functions::datetime::date_trunc as datafusion_date_trunc;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF};

use crate::error::TrinoError;
use crate::functions::untyped::{ScalarFunction, texts};

pub(in crate::functions) fn udf() -> ScalarUDF {
    ScalarFunction {
        name: "date_trunc",
        arguments: 2..=2,
        return_type: |types| match &types[1] {
            kind @ (DataType::Date32 | DataType::Timestamp(..)) => Ok(kind.clone()),
            other => Err(TrinoError::wrong_types(format!(
                "Unexpected parameters for function date_trunc: the second is {other}, no date or timestamp"
            ))),
        },
        invoke: date_trunc,
    }
    .into_udf()
}

fn date_trunc(arguments: &[ArrayRef], return_type: &DataType) -> Result<ArrayRef> {
    let units = texts(&arguments[0])?;
    let Some(unit) = units.iter().flatten().next() else {
        return Ok(arrow::array::new_null_array(return_type, units.len()));
    };
    if units.iter().any(|other| other != Some(unit)) {
        return Err(TrinoError::invalid_argument(
            "the unit of date_trunc must be the same in all rows",
        ));
    }
    let moments = match return_type {
        DataType::Date32 => cast(
            &arguments[1],
            &DataType::Timestamp(TimeUnit::Nanosecond, None),
        )?,
        _ => arguments[1].clone(),
    };
    let kind = moments.data_type().clone();
    let field = |name: &str, kind: DataType| Arc::new(Field::new(name, kind, true));
    let truncated = datafusion_date_trunc().invoke_with_args(ScalarFunctionArgs {
        number_rows: moments.len(),
        arg_fields: vec![field("unit", DataType::Utf8), field("x", kind.clone())],
        return_field: field("date_trunc", kind),
        args: vec![
            ColumnarValue::Scalar(ScalarValue::Utf8(Some(unit.to_ascii_lowercase()))),
            ColumnarValue::Array(moments),
        ],
        config_options: Arc::new(ConfigOptions::default()),
    })?;
    Ok(cast(&truncated.to_array(units.len())?, return_type)?)
}
