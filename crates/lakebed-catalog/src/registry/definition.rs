//! A schema's definition, read by its format.

use lakebed_wire::glue::DataFormat;
use serde_json::Value;

use super::compatibility::avro;
use crate::Error;

/// The drafts of JSON Schema that Glue takes. Glue developer guide, "Schema Registry".
const DRAFTS: [&str; 3] = ["draft-04", "draft-06", "draft-07"];

/// A definition that is one.
#[derive(Debug, Clone)]
pub(super) enum Definition {
    Avro(Value),
    Json(Value),
}

impl Definition {
    /// # Errors
    /// [`Error::InvalidInput`] with what is wrong with it.
    pub(super) fn read(format: &DataFormat, text: &str) -> Result<Self, Error> {
        let invalid = |reason: String| {
            Error::InvalidInput(format!(
                "Schema definition of {} data format is invalid: {reason}",
                format.as_str()
            ))
        };
        if *format == DataFormat::Protobuf {
            return Err(Error::InvalidInput(
                "lakebed does not support the data format PROTOBUF yet".to_owned(),
            ));
        }
        let value = match (format, serde_json::from_str(text)) {
            (_, Ok(value)) => value,
            // The name of a primitive type need not be in quotes.
            (DataFormat::Avro, Err(_)) if text.chars().all(char::is_alphabetic) => {
                Value::String(text.to_owned())
            }
            (_, Err(error)) => return Err(invalid(error.to_string())),
        };
        match format {
            DataFormat::Avro => {
                avro::check(&value).map_err(invalid)?;
                Ok(Self::Avro(value))
            }
            _ => {
                check_json(&value).map_err(invalid)?;
                Ok(Self::Json(value))
            }
        }
    }

    pub(super) fn value(&self) -> &Value {
        match self {
            Self::Avro(value) | Self::Json(value) => value,
        }
    }
}

fn check_json(schema: &Value) -> Result<(), String> {
    let Value::Object(members) = schema else {
        return match schema {
            Value::Bool(_) => Ok(()),
            other => Err(format!("a JSON schema is an object, not {other}")),
        };
    };
    if let Some(draft) = members.get("$schema").and_then(Value::as_str)
        && !DRAFTS.iter().any(|known| draft.contains(known))
    {
        return Err(format!(
            "the specification {draft} is none of Draft-04, Draft-06 and Draft-07"
        ));
    }
    let kinds = match members.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().collect(),
        Some(kind) => vec![kind],
        None => Vec::new(),
    };
    for kind in kinds {
        let known = [
            "null", "boolean", "object", "array", "number", "string", "integer",
        ];
        if !kind.as_str().is_some_and(|kind| known.contains(&kind)) {
            return Err(format!("{kind} is no type of JSON Schema"));
        }
    }
    for (_, property) in members
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        check_json(property)?;
    }
    members
        .get("items")
        .filter(|items| items.is_object())
        .map_or(Ok(()), check_json)
}
