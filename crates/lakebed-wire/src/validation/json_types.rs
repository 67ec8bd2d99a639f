use serde_json::Value;

use super::place::Place;
use crate::{Failure, Shape};

/// Checks that a value has the JSON type of its shape; null is of every type.
///
/// # Errors
/// `SerializationException` in the words of AWS's JSON reader, with the place, which AWS leaves out.
pub(super) fn check_type(shape: Shape, value: &Value, place: &Place<'_>) -> Result<(), Failure> {
    match (mismatch(shape, value), place) {
        (None, _) => Ok(()),
        (Some(mismatch), Place::Root) => Err(Failure::serialization(mismatch)),
        (Some(mismatch), place) => Err(Failure::serialization(format!("{mismatch} at '{place}'"))),
    }
}

fn mismatch(shape: Shape, value: &Value) -> Option<String> {
    let found = match value {
        Value::Null => return None,
        Value::Array(_) => {
            return (!matches!(shape, Shape::List(_)))
                .then(|| "Start of list found where not expected".to_owned());
        }
        Value::Object(_) => {
            return (!matches!(shape, Shape::Structure(_) | Shape::Map(_)))
                .then(|| "Start of structure or map found where not expected".to_owned());
        }
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
    };
    let (fits, expected) = match shape {
        Shape::List(_) => return Some("Expected list or null".to_owned()),
        Shape::Structure(_) | Shape::Map(_) => return Some("Expected null".to_owned()),
        Shape::Text(_) => (value.is_string(), "a String"),
        Shape::Blob => (value.is_string(), "a ByteBuffer"),
        Shape::Integer(_) => (value.is_i64(), "an Integer"),
        Shape::Float(_) => (value.is_number(), "a Double"),
        Shape::Boolean => (value.is_boolean(), "a Boolean"),
        Shape::Timestamp => (
            value.is_number() || value.is_string(),
            "milliseconds since epoch",
        ),
    };
    (!fits).then(|| format!("{found} can not be converted to {expected}"))
}
