//! What a path's steps pass on.

use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};

use crate::error::{ErrorCode, TrinoError};
use crate::types::json::{JsonValue, write_decimal, write_double, write_real};
use crate::types::{Own, type_name};

/// A value of a path: part of a document, or SQL's.
#[derive(Debug, Clone)]
pub(super) enum Item {
    Json(JsonValue),
    Value(ScalarValue),
}

/// That a path cannot be followed.
pub(super) fn path_error(reason: impl std::fmt::Display) -> TrinoError {
    TrinoError::new(
        ErrorCode::PathEvaluationError,
        format!("path evaluation failed: {reason}"),
    )
}

pub(super) fn wrong_item(expected: &str, item: &Item) -> TrinoError {
    path_error(format!(
        "invalid item type. Expected: {expected}, actual: {}",
        item.type_name()
    ))
}

impl Item {
    fn type_name(&self) -> String {
        match self {
            Self::Json(JsonValue::Null) => "NULL".to_owned(),
            Self::Json(JsonValue::Boolean(_)) => "BOOLEAN".to_owned(),
            Self::Json(JsonValue::Number(_) | JsonValue::Decimal(_)) => "NUMBER".to_owned(),
            Self::Json(JsonValue::Text(_)) => "STRING".to_owned(),
            Self::Json(JsonValue::Array(_)) => "ARRAY".to_owned(),
            Self::Json(JsonValue::Object(_)) => "OBJECT".to_owned(),
            Self::Value(value) => type_name(&value.data_type()),
        }
    }

    /// The item as a value of SQL's; none for JSON's null, arrays and objects.
    ///
    /// # Errors
    /// `PATH_EVALUATION_ERROR` if it is a number that no type of SQL's holds.
    pub(super) fn scalar(&self) -> Result<Option<ScalarValue>, TrinoError> {
        Ok(Some(match self {
            Self::Value(value) => value.clone(),
            Self::Json(JsonValue::Boolean(value)) => ScalarValue::from(*value),
            Self::Json(JsonValue::Text(text)) => ScalarValue::from(text.as_ref()),
            Self::Json(JsonValue::Number(digits)) => number(digits)?,
            Self::Json(
                JsonValue::Null
                | JsonValue::Array(_)
                | JsonValue::Object(_)
                | JsonValue::Decimal(_),
            ) => return Ok(None),
        }))
    }

    /// The item as a number.
    ///
    /// # Errors
    /// `PATH_EVALUATION_ERROR` if it is none.
    pub(super) fn number(&self) -> Result<ScalarValue, TrinoError> {
        self.scalar()?
            .filter(|value| value.data_type().is_numeric())
            .ok_or_else(|| wrong_item("NUMBER", self))
    }

    /// The item as a text.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Json(JsonValue::Text(text)) => Some(text.as_ref().to_owned()),
            Self::Json(_) => None,
            Self::Value(value) => text_of(value),
        }
    }

    /// The item as JSON; none for values that JSON has no form for.
    pub(super) fn json(&self) -> Option<JsonValue> {
        match self {
            Self::Json(json) => Some(json.clone()),
            Self::Value(value) => json_of(value),
        }
    }
}

fn number(digits: &str) -> Result<ScalarValue, TrinoError> {
    let too_big = || {
        path_error(format!(
            "cannot convert {digits} to Trino value (value too big)"
        ))
    };
    if digits.contains(['.', 'e', 'E']) {
        let number: Option<f64> = digits.parse().ok();
        return number.map(ScalarValue::from).ok_or_else(too_big);
    }
    match digits.parse::<i32>() {
        Ok(number) => Ok(ScalarValue::from(number)),
        Err(_) => {
            let number: Option<i64> = digits.parse().ok();
            number.map(ScalarValue::from).ok_or_else(too_big)
        }
    }
}

/// The text of a `varchar` or `char`, which is filled with blanks.
pub(super) fn text_of(value: &ScalarValue) -> Option<String> {
    if let Some(text) = value.try_as_str() {
        return text.map(str::to_owned);
    }
    let Some(Own::Char(length)) = Own::of(&value.data_type()) else {
        return None;
    };
    let array = value.to_array().ok()?;
    let mut text = String::new();
    Own::Char(length).write(&array, 0, &mut text);
    Some(text)
}

/// A value that is not null as JSON; none where JSON has no form for it.
pub(super) fn json_of(value: &ScalarValue) -> Option<JsonValue> {
    let mut digits = String::new();
    match value {
        ScalarValue::Boolean(Some(value)) => return Some(JsonValue::Boolean(*value)),
        ScalarValue::Float64(Some(number)) => write_double(*number, &mut digits),
        ScalarValue::Float32(Some(number)) => write_real(*number, &mut digits),
        ScalarValue::Decimal128(Some(number), _, scale) => {
            write_decimal(*number, usize::from(scale.unsigned_abs()), &mut digits);
            return Some(JsonValue::Decimal(digits.into()));
        }
        other if other.data_type().is_integer() => digits = other.to_string(),
        other => return text_of(other).map(|text| JsonValue::Text(text.into())),
    }
    // What is no number is a text.
    let word = digits
        .strip_prefix('"')
        .and_then(|word| word.strip_suffix('"'));
    Some(match word {
        Some(word) => JsonValue::Text(word.into()),
        None => JsonValue::Number(digits.into()),
    })
}

/// Whether JSON has a form for values of a type.
pub(super) fn has_json(data_type: &DataType) -> bool {
    match Own::of(data_type) {
        Some(own) => matches!(own, Own::Char(_)),
        None => {
            data_type.is_null()
                || data_type.is_numeric()
                || data_type.is_string()
                || *data_type == DataType::Boolean
        }
    }
}
