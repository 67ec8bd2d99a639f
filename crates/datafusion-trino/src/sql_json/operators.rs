//! SQL's operators and casts on single values.

use std::cmp::Ordering;
use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field};
use datafusion::common::config::ConfigOptions;
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use crate::coercion::{common_type, operation};
use crate::functions::cast_array;
use crate::functions::scalar::Scalar;
use crate::types::Own;

/// A value as one of another type.
///
/// # Errors
/// As its cast.
pub(super) fn cast(value: &ScalarValue, to: &DataType) -> Result<ScalarValue> {
    if value.data_type() == *to {
        return Ok(value.clone());
    }
    ScalarValue::try_from_array(&cast_array(&value.to_array()?, to)?, 0)
}

/// `left operator right`.
///
/// # Errors
/// `TYPE_MISMATCH` if the operator takes no such values, or what it fails with.
pub(super) fn arithmetic(
    operator: &BinaryOperator,
    left: &ScalarValue,
    right: &ScalarValue,
) -> Result<ScalarValue> {
    match operation(operator) {
        Some(function) => apply(function, &[left, right]),
        None => internal_err!("{operator} is no arithmetic operator"),
    }
}

/// What a function makes of values.
pub(super) fn apply(function: &Scalar, values: &[&ScalarValue]) -> Result<ScalarValue> {
    let types: Vec<DataType> = values.iter().map(|value| value.data_type()).collect();
    let coerced = function.coerced(&types)?;
    let args = values
        .iter()
        .zip(&coerced)
        .map(|(value, wanted)| Ok(ColumnarValue::Scalar(cast(value, wanted)?)))
        .collect::<Result<_>>()?;
    let field = |data_type: &DataType| Arc::new(Field::new("", data_type.clone(), true));
    let answer = function.invoke_with_args(ScalarFunctionArgs {
        args,
        arg_fields: coerced.iter().map(field).collect(),
        number_rows: 1,
        return_field: field(&function.return_type(&coerced)?),
        config_options: Arc::clone(&OPTIONS),
    })?;
    match answer {
        ColumnarValue::Scalar(value) => Ok(value),
        ColumnarValue::Array(array) => ScalarValue::try_from_array(&array, 0),
    }
}

static OPTIONS: LazyLock<Arc<ConfigOptions>> = LazyLock::new(Arc::default);

/// How two values compare; none if they do not.
pub(super) fn compare(left: &ScalarValue, right: &ScalarValue) -> Option<Ordering> {
    let common = common_type(&left.data_type(), &right.data_type())?;
    let comparable = |value: &ScalarValue| {
        let value = cast(value, &common).ok()?;
        match Own::of(&common).and_then(Own::comparable) {
            Some(own) => cast(&value, &own.data_type()).ok(),
            None => Some(value),
        }
    };
    comparable(left)?.partial_cmp(&comparable(right)?)
}
