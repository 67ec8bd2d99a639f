//! `cast`, the Spark way: what does not fit becomes null.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::utils::take_function_args;
use datafusion::common::{Result, ScalarValue, exec_err, plan_datafusion_err, plan_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

use super::coerce::is_text;
use crate::{casts, types};

/// Casts an expression to a type as Spark does.
pub(crate) fn spark_cast(value: Expr, to: &DataType) -> Expr {
    let cast = ScalarUDF::new_from_impl(SparkCast {
        to: to.clone(),
        signature: Signature::any(1, Volatility::Immutable),
    });
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(cast), vec![value]))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct SparkCast {
    to: DataType,
    signature: Signature,
}

impl ScalarUDFImpl for SparkCast {
    fn name(&self) -> &'static str {
        "spark_cast"
    }

    /// Casts of one value to several types must not share a name.
    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let [value] = args else {
            return exec_err!("a cast takes one value, got {}", args.len());
        };
        Ok(format!("cast({} AS {})", value.schema_name(), self.to))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.to.clone())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(self.name(), self.to.clone(), true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [value] = take_function_args(self.name(), args.args)?;
        cast_value(value, &self.to, args.number_rows)
    }
}

/// `spark_cast(value, 'type')`, which casts in a query's text are turned into.
pub(super) fn sql_cast() -> ScalarUDF {
    ScalarUDF::new_from_impl(SqlCast {
        signature: Signature::any(2, Volatility::Immutable),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct SqlCast {
    signature: Signature,
}

impl ScalarUDFImpl for SqlCast {
    fn name(&self) -> &'static str {
        "spark_cast"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        plan_err!("the type of a cast depends on its second argument")
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let to = args.scalar_arguments.get(1).copied().flatten();
        let Some(Some(to)) = to.map(|to| to.try_as_str()) else {
            return plan_err!("the type of a cast must be written out");
        };
        let to = types::parse(to.unwrap_or_default())
            .map_err(|error| plan_datafusion_err!("{error}"))?;
        Ok(Arc::new(Field::new(self.name(), to, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let to = args.return_field.data_type().clone();
        let [value, _] = take_function_args(self.name(), args.args)?;
        cast_value(value, &to, args.number_rows)
    }
}

/// `spark_number(value)`: texts become doubles, anything else stays, before it is calculated with.
pub(super) fn number() -> ScalarUDF {
    ScalarUDF::new_from_impl(Number {
        signature: Signature::any(1, Volatility::Immutable),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Number {
    signature: Signature,
}

impl ScalarUDFImpl for Number {
    fn name(&self) -> &'static str {
        "spark_number"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        let [from] = take_function_args(self.name(), arg_types)?;
        Ok(if is_text(from) {
            DataType::Float64
        } else {
            from.clone()
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let to = args.return_field.data_type().clone();
        let [value] = take_function_args(self.name(), args.args)?;
        cast_value(value, &to, args.number_rows)
    }
}

fn cast_value(value: ColumnarValue, to: &DataType, rows: usize) -> Result<ColumnarValue> {
    let constant = matches!(value, ColumnarValue::Scalar(_));
    let values = value.into_array(if constant { 1 } else { rows })?;
    let cast = casts::cast(&values, to)?;
    if constant {
        return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(
            &cast, 0,
        )?));
    }
    Ok(ColumnarValue::Array(cast))
}
