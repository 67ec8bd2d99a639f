//! `json_exists`, `json_query` and `json_value`: what a path leads to.

use std::rc::Rc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast as arrow_cast;
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};

use super::clauses::{Behavior, Clauses, Encoding, Format, Function, Wrapper};
use super::function::Arguments;
use super::item::Item;
use super::operators::cast;
use super::parse;
use super::path::JsonPath;
use crate::error::{ErrorCode, TrinoError};
use crate::functions::cast_array;
use crate::functions::scalar::Input;
use crate::types::json::JsonValue;
use crate::types::{Json, Own, type_name};

pub(super) fn run(
    function: Function,
    clauses: &Clauses,
    arguments: &Arguments,
) -> Result<ArrayRef> {
    let names: Vec<&str> = clauses
        .passing
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    let mut defaults = arguments.columns[1 + names.len()..].iter();
    let mut default = |behavior| match behavior {
        Behavior::Default => defaults
            .next()
            .map(|default| cast_array(default, &arguments.return_type))
            .transpose(),
        _ => Ok(None),
    };
    let call = Call {
        function,
        clauses,
        path: parse::parse(&clauses.path, &names)?,
        arguments,
    };
    let (on_empty, on_error) = (default(clauses.on_empty)?, default(clauses.on_error)?);
    let null = ScalarValue::try_from(&arguments.return_type)?;
    let answers = (0..arguments.rows)
        .map(|row| {
            if arguments.columns[0].is_null(row) {
                return Ok(null.clone());
            }
            let (behavior, default, refusal) = match call.answer(row) {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => {
                    let refusal = call.no_output("JSON path found no items");
                    (clauses.on_empty, &on_empty, refusal)
                }
                Err(refusal) => (clauses.on_error, &on_error, refusal),
            };
            match default {
                Some(default) => ScalarValue::try_from_array(default, row),
                None => call.instead(behavior, refusal),
            }
        })
        .collect::<Result<Vec<_>>>()?;
    ScalarValue::iter_to_array(answers)
}

struct Call<'a> {
    function: Function,
    clauses: &'a Clauses,
    path: JsonPath,
    arguments: &'a Arguments,
}

impl Call<'_> {
    /// What is answered for one row; none if the path leads nowhere.
    ///
    /// # Errors
    /// What the clause ON ERROR is for.
    fn answer(&self, row: usize) -> Result<Option<ScalarValue>, TrinoError> {
        let columns = &self.arguments.columns;
        let format = self.clauses.input.unwrap_or(Format { encoding: None });
        let input = read(&columns[0], row, format);
        let input = input.ok_or_else(|| self.malformed("malformed input argument to"))?;
        let mut passed = Vec::with_capacity(self.clauses.passing.len());
        for (column, named) in columns[1..].iter().zip(&self.clauses.passing) {
            passed.push(self.passed(column, row, named.format)?);
        }
        let items = self.path.evaluate(&input, &passed)?;
        match self.function {
            Function::Exists => Ok(Some(ScalarValue::from(!items.is_empty()))),
            _ if items.is_empty() => Ok(None),
            Function::Value => self.value(&items).map(Some),
            _ => self.json(&items).map(Some),
        }
    }

    /// A passed value; none for one that is an empty sequence.
    fn passed(
        &self,
        column: &ArrayRef,
        row: usize,
        format: Option<Format>,
    ) -> Result<Option<Item>, TrinoError> {
        let is_json = format.is_some() || Own::of(column.data_type()) == Some(Own::Json);
        if column.is_null(row) {
            return Ok((!is_json).then_some(Item::Json(JsonValue::Null)));
        }
        if is_json {
            let json = read(column, row, format.unwrap_or(Format { encoding: None }));
            let json = json.ok_or_else(|| self.malformed("malformed JSON path parameter to"))?;
            return Ok(Some(Item::Json(json)));
        }
        let value = ScalarValue::try_from_array(column, row);
        let value = value.map_err(|error| TrinoError::from(&error))?;
        Ok(Some(Item::Value(value)))
    }

    fn malformed(&self, what: &str) -> TrinoError {
        let name = self.function.name();
        TrinoError::new(
            ErrorCode::JsonInputConversionError,
            format!("conversion to JSON failed: {what} {name} function"),
        )
    }

    fn no_output(&self, reason: &str) -> TrinoError {
        match self.function {
            Function::Value => TrinoError::new(
                ErrorCode::JsonValueResultError,
                format!("cannot extract SQL scalar from JSON: {reason}"),
            ),
            _ => TrinoError::new(
                ErrorCode::JsonOutputConversionError,
                format!("conversion from JSON failed: {reason}"),
            ),
        }
    }

    /// What the clauses ON EMPTY and ON ERROR say, but for defaults.
    fn instead(&self, behavior: Behavior, refusal: TrinoError) -> Result<ScalarValue> {
        match behavior {
            Behavior::Error => Err(refusal.into()),
            Behavior::Null | Behavior::Default => {
                ScalarValue::try_from(&self.arguments.return_type)
            }
            Behavior::True => Ok(ScalarValue::from(true)),
            Behavior::False => Ok(ScalarValue::from(false)),
            Behavior::EmptyArray => self.written(&JsonValue::Array(Rc::from([]))),
            Behavior::EmptyObject => self.written(&JsonValue::Object(Rc::from([]))),
        }
    }

    fn value(&self, items: &[Item]) -> Result<ScalarValue, TrinoError> {
        let to = &self.arguments.return_type;
        let [item] = items else {
            return Err(self.no_output("JSON path found multiple items"));
        };
        if matches!(item, Item::Json(JsonValue::Null)) {
            return ScalarValue::try_from(to).map_err(|error| TrinoError::from(&error));
        }
        let value = item.scalar().ok().flatten().ok_or_else(|| {
            self.no_output("JSON path found an item that cannot be converted to an SQL value")
        })?;
        cast(&value, to).map_err(|_| {
            self.no_output(&format!(
                "Cannot cast value of type {} to declared return type of function JSON_VALUE: {}",
                type_name(&value.data_type()),
                type_name(to)
            ))
        })
    }

    fn json(&self, items: &[Item]) -> Result<ScalarValue, TrinoError> {
        let found: Option<Vec<JsonValue>> = items.iter().map(Item::json).collect();
        let found = found.ok_or_else(|| {
            self.no_output(
                "JSON path returned a scalar SQL value that cannot be represented as JSON",
            )
        })?;
        let is_wrapped = match self.clauses.wrapper {
            Wrapper::Without => false,
            Wrapper::Unconditional => true,
            Wrapper::Conditional => !matches!(
                found.as_slice(),
                [JsonValue::Array(_) | JsonValue::Object(_)]
            ),
        };
        let json = match (is_wrapped, found.as_slice()) {
            (true, _) => JsonValue::Array(found.into()),
            (false, [single]) => single.clone(),
            (false, _) => return Err(self.no_output("JSON path found multiple items")),
        };
        self.written(&json)
            .map_err(|error| TrinoError::from(&error))
    }

    fn written(&self, json: &JsonValue) -> Result<ScalarValue> {
        write(json, self.clauses, &self.arguments.return_type)
    }
}

/// The JSON value of a row that is not null; none if it is malformed.
pub(super) fn read(column: &ArrayRef, row: usize, format: Format) -> Option<JsonValue> {
    let encoding = format.encoding.unwrap_or(Encoding::Utf8);
    if column.data_type().is_binary() {
        let bytes = arrow_cast(column, &DataType::Binary).ok()?;
        let text = encoding.decode(bytes.as_binary::<i32>().value(row))?;
        return JsonValue::parse(&text).ok();
    }
    if Own::of(column.data_type()) == Some(Own::Json) {
        let documents = <Json<&str> as Input<'_>>::column(column).ok()?;
        let Json(text) = <Json<&str>>::get(&documents, row)?;
        return JsonValue::parse(text).ok();
    }
    if column.data_type().is_string() {
        let texts = <&str as Input<'_>>::column(column).ok()?;
        return JsonValue::parse(<&str>::get(&texts, row)?).ok();
    }
    let value = ScalarValue::try_from_array(column, row).ok()?;
    JsonValue::parse(&super::item::text_of(&value)?).ok()
}

/// A JSON value as the answer's type.
pub(super) fn write(
    json: &JsonValue,
    clauses: &Clauses,
    return_type: &DataType,
) -> Result<ScalarValue> {
    let text = match json {
        JsonValue::Text(text) if clauses.omits_quotes => text.as_ref().to_owned(),
        json => json.to_string(),
    };
    if return_type.is_binary() {
        let encoding = clauses.output.and_then(|format| format.encoding);
        let bytes = encoding.unwrap_or(Encoding::Utf8).encode(&text);
        return Ok(ScalarValue::Binary(Some(bytes)));
    }
    cast(&ScalarValue::from(text), return_type)
}
