//! Functions that take functions. Trino manual, "Lambda expressions" and, each, "Array functions"
//! and "Map functions".

pub(in crate::functions) mod array_sort;
mod call;
pub(super) mod map_filter;
pub(super) mod map_zip_with;
pub(super) mod matches;
pub(super) mod reduce;
pub(super) mod transform_keys;
pub(super) mod transform_values;
pub(super) mod zip_with;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature,
    HigherOrderUDF, HigherOrderUDFImpl, LambdaParametersProgress, ValueOrLambda, Volatility,
};

use crate::error::TrinoError;
use crate::functions::scalar::entry_types;
use crate::types::type_name;

use call::LambdaCall;

/// Whether a function, by its name in small letters, takes lambdas.
pub(crate) fn takes_lambdas(name: &str) -> bool {
    matches!(
        name,
        "all_match"
            | "any_match"
            | "array_sort"
            | "filter"
            | "map_filter"
            | "map_zip_with"
            | "none_match"
            | "reduce"
            | "reduce_agg"
            | "regexp_replace"
            | "transform"
            | "transform_keys"
            | "transform_values"
            | "zip_with"
    )
}

/// What a lambda's parameters are, by the types of the values and of what lambdas answer, as far
/// as they are known. None if another lambda's answer must be known first.
type Parameters = fn(&[DataType], &[Option<DataType>]) -> Result<Vec<Option<Vec<DataType>>>>;

/// The declaration of a function whose last arguments are lambdas.
struct Lambda {
    name: &'static str,
    parameters: Parameters,
    /// The answer's type, by those of the values and of what the lambdas answer.
    returns: fn(&[DataType], &[DataType]) -> Result<DataType>,
    kernel: fn(&LambdaCall<'_>) -> Result<ArrayRef>,
    signature: HigherOrderSignature,
}

impl Lambda {
    fn udf(
        name: &'static str,
        values: usize,
        lambdas: usize,
        parameters: Parameters,
        returns: fn(&[DataType], &[DataType]) -> Result<DataType>,
        kernel: fn(&LambdaCall<'_>) -> Result<ArrayRef>,
    ) -> HigherOrderUDF {
        let values = std::iter::repeat_n(ValueOrLambda::Value(()), values);
        let lambdas = std::iter::repeat_n(ValueOrLambda::Lambda(()), lambdas);
        HigherOrderUDF::new_from_impl(Self {
            name,
            parameters,
            returns,
            kernel,
            signature: HigherOrderSignature::exact(
                values.chain(lambdas).collect(),
                Volatility::Immutable,
            ),
        })
    }
}

impl fmt::Debug for Lambda {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Functions are told apart by their names, which are unique.
impl PartialEq for Lambda {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Lambda {}

impl Hash for Lambda {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

fn field(name: &str, data_type: DataType) -> FieldRef {
    Arc::new(Field::new(name, data_type, true))
}

impl HigherOrderUDFImpl for Lambda {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn coerce_value_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(types.to_vec())
    }

    fn lambda_parameters(
        &self,
        _step: usize,
        fields: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> Result<LambdaParametersProgress> {
        let mut values = Vec::new();
        let mut lambdas = Vec::new();
        for field in fields {
            match field {
                ValueOrLambda::Value(field) => values.push(field.data_type().clone()),
                ValueOrLambda::Lambda(field) => {
                    lambdas.push(field.as_ref().map(|field| field.data_type().clone()));
                }
            }
        }
        let parameters = (self.parameters)(&values, &lambdas)?;
        let named = |types: Vec<DataType>| -> Vec<FieldRef> {
            types
                .into_iter()
                .map(|data_type| field("", data_type))
                .collect()
        };
        let is_complete = parameters.iter().all(Option::is_some);
        let parameters = parameters.into_iter().map(|types| types.map(named));
        Ok(match is_complete {
            true => LambdaParametersProgress::Complete(parameters.flatten().collect()),
            false => LambdaParametersProgress::Partial(parameters.collect()),
        })
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs<'_>) -> Result<FieldRef> {
        let mut values = Vec::new();
        let mut lambdas = Vec::new();
        for argument in args.arg_fields {
            match argument {
                ValueOrLambda::Value(field) => values.push(field.data_type().clone()),
                ValueOrLambda::Lambda(field) => lambdas.push(field.data_type().clone()),
            }
        }
        Ok(field("", (self.returns)(&values, &lambdas)?))
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Result<ColumnarValue> {
        let call = LambdaCall::new(&args)?;
        (self.kernel)(&call).map(ColumnarValue::Array)
    }
}

/// The functions, to be registered with a session.
pub(super) fn udfs() -> Vec<HigherOrderUDF> {
    let mut functions = matches::udfs();
    functions.extend([
        array_sort::udf(),
        map_filter::udf(),
        map_zip_with::udf(),
        reduce::udf(),
        transform_keys::udf(),
        transform_values::udf(),
        zip_with::udf(),
    ]);
    functions
}

/// The type of an array's elements.
///
/// # Errors
/// `TYPE_MISMATCH` if it is no array.
fn element_type<'a>(function: &str, data_type: &'a DataType) -> Result<&'a DataType> {
    match data_type {
        DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
            Ok(field.data_type())
        }
        DataType::Null => Ok(&DataType::Null),
        other => Err(unexpected(function, other)),
    }
}

/// The types of a map's keys and values.
///
/// # Errors
/// `TYPE_MISMATCH` if it is no map.
fn map_types<'a>(function: &str, data_type: &'a DataType) -> Result<(&'a DataType, &'a DataType)> {
    match data_type {
        DataType::Map(entries, _) => {
            entry_types(entries).ok_or_else(|| unexpected(function, data_type))
        }
        DataType::Null => Ok((&DataType::Null, &DataType::Null)),
        other => Err(unexpected(function, other)),
    }
}

fn unexpected(function: &str, data_type: &DataType) -> datafusion::error::DataFusionError {
    TrinoError::wrong_types(format!(
        "Unexpected parameters ({}, function) for function {function}",
        type_name(data_type)
    ))
}

/// # Errors
/// `TYPE_MISMATCH` if a lambda that decides something answers no boolean.
fn check_condition(function: &str, answer: &DataType) -> Result<()> {
    match answer {
        DataType::Boolean | DataType::Null => Ok(()),
        other => Err(TrinoError::wrong_types(format!(
            "Unexpected parameters for function {function}: the lambda expression answers {}, not boolean",
            type_name(other)
        ))),
    }
}
