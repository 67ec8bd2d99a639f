//! `try(expression)`: null for the rows where the expression divides by zero, casts or takes what it
//! cannot, or is out of range. Trino manual, "Conditional expressions".
//!
//! The dialect writes `try(x)` as a function of the lambda `_ -> x`, so that `x` is not evaluated
//! before it.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("try(1 / 0)"), "null");
//! assert_eq!(evaluate("try(CAST('x' AS integer))"), "null");
//! assert_eq!(evaluate("try(6 / 2)"), "3");
//! ```

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, NullArray, new_null_array};
use arrow::compute::concat;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature,
    HigherOrderUDF, HigherOrderUDFImpl, LambdaArgument, LambdaParametersProgress, ValueOrLambda,
    Volatility,
};

use crate::error::{ErrorCode, TrinoError};

pub(in crate::functions) fn udf() -> HigherOrderUDF {
    HigherOrderUDF::new_from_impl(Try {
        signature: HigherOrderSignature::any(1, Volatility::Immutable),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Try {
    signature: HigherOrderSignature,
}

impl HigherOrderUDFImpl for Try {
    fn name(&self) -> &str {
        "$try"
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    /// One that is not spoken of: it only tells how many rows there are.
    fn lambda_parameters(
        &self,
        _: usize,
        _: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> Result<LambdaParametersProgress> {
        let parameter: FieldRef = Arc::new(Field::new("$row", DataType::Null, true));
        Ok(LambdaParametersProgress::Complete(vec![vec![parameter]]))
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs<'_>) -> Result<FieldRef> {
        match args.arg_fields {
            [ValueOrLambda::Lambda(body)] => {
                Ok(Arc::new(Field::new("", body.data_type().clone(), true)))
            }
            _ => internal_err!("try takes an expression"),
        }
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Result<ColumnarValue> {
        let [ValueOrLambda::Lambda(body)] = args.args.as_slice() else {
            return internal_err!("try takes an expression");
        };
        let mut parts = Vec::new();
        try_rows(body, 0, args.number_rows, args.return_type(), &mut parts)?;
        let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
        Ok(ColumnarValue::Array(match parts.as_slice() {
            [] => new_null_array(args.return_type(), 0),
            parts => concat(parts)?,
        }))
    }
}

/// Evaluates rows; where that fails, each half of them.
fn try_rows(
    body: &LambdaArgument,
    begin: usize,
    rows: usize,
    data_type: &DataType,
    parts: &mut Vec<ArrayRef>,
) -> Result<()> {
    match evaluate(body, begin, rows) {
        Ok(values) => parts.push(values),
        Err(error) if !is_tried(&error) => return Err(error),
        Err(_) if rows <= 1 => parts.push(new_null_array(data_type, rows)),
        Err(_) => {
            let half = rows / 2;
            try_rows(body, begin, half, data_type, parts)?;
            try_rows(body, begin + half, rows - half, data_type, parts)?;
        }
    }
    Ok(())
}

fn evaluate(body: &LambdaArgument, begin: usize, rows: usize) -> Result<ArrayRef> {
    let parameter = || Ok(Arc::new(NullArray::new(rows)) as ArrayRef);
    let value = body.evaluate(&[&parameter], |captures| {
        Ok(captures
            .iter()
            .map(|capture| capture.slice(begin, rows))
            .collect())
    })?;
    value.into_array(rows)
}

fn is_tried(error: &datafusion::error::DataFusionError) -> bool {
    matches!(
        TrinoError::from(error).code(),
        ErrorCode::DivisionByZero
            | ErrorCode::InvalidCastArgument
            | ErrorCode::InvalidFunctionArgument
            | ErrorCode::NumericValueOutOfRange
    )
}
