//! The functions as the engine calls them.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

use super::clauses::{Clauses, Format, Function};
use super::item::has_json;
use super::{construct, parse, query};
use crate::error::{ErrorCode, TrinoError};
use crate::functions::cast_array;
use crate::types::{Own, parse_type, type_name};

pub(super) fn udf(function: Function) -> ScalarUDF {
    ScalarUDF::from(SqlJson {
        function,
        signature: Signature::variadic_any(Volatility::Immutable),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct SqlJson {
    function: Function,
    signature: Signature,
}

/// The call's columns, behind the clauses, and how many rows are asked for.
pub(super) struct Arguments {
    pub(super) columns: Vec<ArrayRef>,
    pub(super) rows: usize,
    pub(super) return_type: DataType,
}

impl ScalarUDFImpl for SqlJson {
    fn name(&self) -> &str {
        self.function.internal_name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("the type of {} is told by its clauses", self.name())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let clauses = args.scalar_arguments.first().copied().flatten();
        let clauses = clauses_of(clauses.and_then(|clauses| clauses.try_as_str().flatten()))?;
        let types: Vec<&DataType> = args.arg_fields[1..]
            .iter()
            .map(|field| field.data_type())
            .collect();
        let data_type = self.checked_type(&clauses, &types)?;
        Ok(Arc::new(Field::new(self.name(), data_type, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let clauses = match args.args.first() {
            Some(ColumnarValue::Scalar(clauses)) => clauses_of(clauses.try_as_str().flatten())?,
            _ => return internal_err!("the clauses of {} are no constant", self.name()),
        };
        let is_constant = args
            .args
            .iter()
            .all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
        let rows = if is_constant { 1 } else { args.number_rows };
        let columns = args.args[1..]
            .iter()
            .map(|argument| plain(&argument.to_array(rows)?))
            .collect::<Result<_>>()?;
        let arguments = Arguments {
            columns,
            rows,
            return_type: args.return_type().clone(),
        };
        let answers = match self.function {
            Function::Exists | Function::Query | Function::Value => {
                query::run(self.function, &clauses, &arguments)?
            }
            Function::Array | Function::Object => {
                construct::run(self.function, &clauses, &arguments)?
            }
        };
        Ok(match is_constant {
            true => ColumnarValue::Scalar(ScalarValue::try_from_array(&answers, 0)?),
            false => ColumnarValue::Array(answers),
        })
    }
}

fn clauses_of(text: Option<&str>) -> Result<Clauses> {
    match text {
        Some(text) => Clauses::from_text(text),
        None => internal_err!("a function of SQL/JSON without its clauses"),
    }
}

/// Values that neither JSON nor the path language has a form for are their texts.
fn plain(array: &ArrayRef) -> Result<ArrayRef> {
    match !array.data_type().is_null() && is_kept(array.data_type()) {
        true => Ok(Arc::clone(array)),
        false => cast_array(array, &DataType::Utf8),
    }
}

fn is_kept(data_type: &DataType) -> bool {
    has_json(data_type)
        || data_type.is_binary()
        || data_type.is_temporal()
            && !matches!(data_type, DataType::Duration(_) | DataType::Interval(_))
        || match Own::of(data_type) {
            Some(Own::Geometry | Own::SphericalGeography | Own::BingTile | Own::Sketch(_)) => false,
            Some(own) => !matches!(own, Own::Uuid | Own::IpAddress),
            None => false,
        }
}

impl SqlJson {
    /// The answer's type, if the clauses fit the arguments and the path is one.
    fn checked_type(&self, clauses: &Clauses, types: &[&DataType]) -> Result<DataType> {
        let inputs: Vec<(&DataType, Option<Format>)> = match self.function {
            Function::Array => types.iter().copied().zip(clauses.values.clone()).collect(),
            Function::Object => {
                check_names(types.iter().step_by(2).copied())?;
                let values = types.iter().skip(1).step_by(2).copied();
                values.zip(clauses.values.clone()).collect()
            }
            _ => {
                let names: Vec<&str> = clauses
                    .passing
                    .iter()
                    .map(|passed| passed.name.as_str())
                    .collect();
                parse::parse(&clauses.path, &names)?;
                let passed = clauses.passing.iter().map(|passed| passed.format);
                let input = clauses.input.unwrap_or(Format { encoding: None });
                let formats = std::iter::once(Some(input)).chain(passed);
                types.iter().copied().zip(formats).collect()
            }
        };
        for (data_type, format) in inputs {
            check_input(data_type, format)?;
        }
        let returning = match &clauses.returning {
            None => DataType::Utf8,
            Some(name) => parse_type(name).ok_or_else(|| {
                TrinoError::new(ErrorCode::TypeMismatch, format!("Unknown type: {name}"))
            })?,
        };
        match self.function {
            Function::Exists => Ok(DataType::Boolean),
            Function::Value => Ok(returning),
            _ => check_output(returning, clauses.output),
        }
    }
}

fn is_text(data_type: &DataType) -> bool {
    data_type.is_string() || matches!(Own::of(data_type), Some(Own::Char(_)))
}

fn check_names<'a>(types: impl Iterator<Item = &'a DataType>) -> Result<()> {
    for data_type in types {
        if !is_text(data_type) && !data_type.is_null() {
            return Err(TrinoError::wrong_types(format!(
                "Invalid type of JSON object key: {}",
                type_name(data_type)
            )));
        }
    }
    Ok(())
}

fn check_input(data_type: &DataType, format: Option<Format>) -> Result<()> {
    let is_read = match format {
        _ if data_type.is_null() => true,
        Some(Format { encoding: None }) => {
            is_text(data_type) || data_type.is_binary() || Own::of(data_type) == Some(Own::Json)
        }
        Some(Format { encoding: Some(_) }) => data_type.is_binary(),
        None => {
            if is_kept(data_type) && !data_type.is_binary()
                || crate::functions::has_cast(data_type, &DataType::Utf8)
            {
                return Ok(());
            }
            return Err(TrinoError::new(
                ErrorCode::NotSupported,
                format!(
                    "Cannot use a value of type {} as JSON",
                    type_name(data_type)
                ),
            )
            .into());
        }
    };
    match (is_read, format) {
        (false, Some(format)) => Err(TrinoError::wrong_types(format!(
            "Cannot read input of type {} as JSON using formatting {}",
            type_name(data_type),
            format.name()
        ))),
        _ => Ok(()),
    }
}

fn check_output(data_type: DataType, format: Option<Format>) -> Result<DataType> {
    let format = format.unwrap_or(Format { encoding: None });
    let is_written = match format.encoding {
        None => is_text(&data_type) || data_type.is_binary(),
        Some(_) => data_type.is_binary(),
    };
    match is_written {
        true => Ok(data_type),
        false => Err(TrinoError::wrong_types(format!(
            "Cannot output JSON value as {} using formatting {}",
            type_name(&data_type),
            format.name()
        ))),
    }
}
