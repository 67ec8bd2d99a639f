//! `json_array` and `json_object`: JSON of SQL's values.

use std::collections::HashSet;
use std::rc::Rc;

use arrow::array::{Array, ArrayRef};
use datafusion::common::{Result, ScalarValue};

use super::clauses::{Clauses, Format, Function};
use super::function::Arguments;
use super::item::{json_of, text_of};
use super::java_map;
use super::query::{read, write};
use crate::error::{ErrorCode, TrinoError};
use crate::functions::cast_array;
use crate::types::Own;
use crate::types::json::JsonValue;

pub(super) fn run(
    function: Function,
    clauses: &Clauses,
    arguments: &Arguments,
) -> Result<ArrayRef> {
    let answers = (0..arguments.rows)
        .map(|row| {
            let json = match function {
                Function::Object => object(clauses, &arguments.columns, row)?,
                _ => array(clauses, &arguments.columns, row)?,
            };
            write(&json, clauses, &arguments.return_type)
        })
        .collect::<Result<Vec<_>>>()?;
    ScalarValue::iter_to_array(answers)
}

fn array(clauses: &Clauses, columns: &[ArrayRef], row: usize) -> Result<JsonValue> {
    let mut elements = Vec::with_capacity(columns.len());
    for (column, format) in columns.iter().zip(&clauses.values) {
        match value(Function::Array, column, *format, row)? {
            None if !clauses.null_on_null => {}
            value => elements.push(value.unwrap_or(JsonValue::Null)),
        }
    }
    Ok(JsonValue::Array(elements.into()))
}

fn object(clauses: &Clauses, columns: &[ArrayRef], row: usize) -> Result<JsonValue> {
    let mut members: Vec<(Rc<str>, JsonValue)> = Vec::with_capacity(clauses.values.len());
    let mut names: HashSet<Rc<str>> = HashSet::with_capacity(clauses.values.len());
    for (pair, format) in columns.chunks(2).zip(&clauses.values) {
        let [name, column] = pair else {
            continue;
        };
        let name = match name.is_null(row) {
            true => None,
            false => text_of(&ScalarValue::try_from_array(name, row)?),
        };
        let name: Rc<str> = name.map(Rc::from).ok_or_else(|| {
            TrinoError::invalid_argument(
                "null value passed for JSON object key to JSON_OBJECT function",
            )
        })?;
        let value = match value(Function::Object, column, *format, row)? {
            None if !clauses.null_on_null => continue,
            value => value.unwrap_or(JsonValue::Null),
        };
        if !names.insert(Rc::clone(&name)) {
            return Err(match clauses.unique_keys {
                true => {
                    TrinoError::invalid_argument("duplicate key passed to JSON_OBJECT function")
                }
                false => TrinoError::new(
                    ErrorCode::NotSupported,
                    "cannot construct a JSON object with duplicate key",
                )
                .into(),
            });
        }
        members.push((name, value));
    }
    let names: Vec<&str> = members.iter().map(|(name, _)| name.as_ref()).collect();
    let order = java_map::order(&names);
    Ok(JsonValue::Object(
        order
            .into_iter()
            .map(|place| members[place].clone())
            .collect(),
    ))
}

/// A value as JSON; none for null.
fn value(
    function: Function,
    column: &ArrayRef,
    format: Option<Format>,
    row: usize,
) -> Result<Option<JsonValue>> {
    if column.is_null(row) {
        return Ok(None);
    }
    if format.is_some() || Own::of(column.data_type()) == Some(Own::Json) {
        let json = read(column, row, format.unwrap_or(Format { encoding: None }));
        return json.map(Some).ok_or_else(|| {
            TrinoError::new(
                ErrorCode::JsonInputConversionError,
                format!(
                    "conversion to JSON failed: malformed value passed to {} function",
                    function.name()
                ),
            )
            .into()
        });
    }
    if let Some(json) = json_of(&ScalarValue::try_from_array(column, row)?) {
        return Ok(Some(json));
    }
    // Dates and times are their texts.
    let text = cast_array(&column.slice(row, 1), &arrow::datatypes::DataType::Utf8)?;
    Ok(json_of(&ScalarValue::try_from_array(&text, 0)?))
}
