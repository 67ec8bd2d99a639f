//! AWS JSON 1.0 and 1.1.

use serde_json::{Map, Value};

use super::Response;
use crate::Failure;

/// Reads a request; an empty body is a request without members.
///
/// # Errors
/// `SerializationException` if the body is not a JSON object.
pub fn read_request(body: &[u8]) -> Result<Value, Failure> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    match serde_json::from_slice(body) {
        Ok(request @ Value::Object(_)) => Ok(request),
        Ok(_) => Err(Failure::serialization("the request is not a JSON object")),
        Err(error) => Err(Failure::serialization(format!(
            "the request is not JSON: {error}"
        ))),
    }
}

/// Writes an answer; `version` is `1.0` or `1.1`.
#[must_use]
pub fn write_answer(version: &str, answer: &Value) -> Response {
    Response {
        status: 200,
        content_type: content_type(version),
        error_type: None,
        body: answer.to_string().into_bytes(),
    }
}

/// Writes an error. Both spellings of the message are sent: SDKs differ in which they read.
#[must_use]
pub fn write_failure(version: &str, failure: &Failure) -> Response {
    let mut members = failure.members.clone();
    members.insert("__type".to_owned(), failure.code.clone().into());
    members.insert("message".to_owned(), failure.message.clone().into());
    members.insert("Message".to_owned(), failure.message.clone().into());
    Response {
        status: failure.status,
        content_type: content_type(version),
        error_type: Some(failure.code.clone()),
        body: Value::Object(members).to_string().into_bytes(),
    }
}

fn content_type(version: &str) -> &'static str {
    match version {
        "1.0" => "application/x-amz-json-1.0",
        _ => "application/x-amz-json-1.1",
    }
}
