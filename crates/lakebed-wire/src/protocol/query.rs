//! The query protocol: form-encoded requests, XML answers.

use std::collections::BTreeMap;

use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::writer::Writer;
use serde_json::{Map, Value};

use super::Response;
use crate::{Failure, Shape, Structure};

const CONTENT_TYPE: &str = "text/xml";

/// A form's names and values; of a name that came twice, the first value.
#[derive(Debug)]
pub struct Form {
    values: BTreeMap<String, String>,
}

impl Form {
    /// Reads a form-encoded body.
    #[must_use]
    pub fn parse(body: &[u8]) -> Self {
        let mut values = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            values
                .entry(name.into_owned())
                .or_insert_with(|| value.into_owned());
        }
        Self { values }
    }

    /// The value of a name, if it was sent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Whether a name was sent that goes on from `prefix`.
    fn has_below(&self, prefix: &str) -> bool {
        let start = format!("{prefix}.");
        self.values
            .range(start.clone()..)
            .next()
            .is_some_and(|(name, _)| name.starts_with(&start))
    }

    /// The operation that is called.
    ///
    /// # Errors
    /// `MissingAction` if the form names none.
    pub fn action(&self) -> Result<&str, Failure> {
        self.get("Action").ok_or_else(|| {
            Failure::new(
                400,
                "MissingAction",
                "the request is missing an action or a required parameter",
            )
        })
    }

    /// The request as a JSON value of the shape `structure`.
    ///
    /// # Errors
    /// `MalformedInput` where a value cannot be read as its shape.
    pub fn request(&self, structure: &Structure) -> Result<Value, Failure> {
        Ok(self
            .structure(structure, "")?
            .unwrap_or_else(|| Value::Object(Map::new())))
    }

    fn structure(&self, structure: &Structure, prefix: &str) -> Result<Option<Value>, Failure> {
        let mut members = Map::new();
        for member in structure.members {
            let name = join(prefix, member.location.unwrap_or(member.name));
            if let Some(value) = self.value(member.shape, &name)? {
                members.insert(member.name.to_owned(), value);
            }
        }
        Ok((!members.is_empty()).then_some(Value::Object(members)))
    }

    fn value(&self, shape: Shape, name: &str) -> Result<Option<Value>, Failure> {
        match shape {
            // Structures may hold themselves, so only what was sent is looked for.
            Shape::Structure(_) if !self.has_below(name) => Ok(None),
            Shape::Structure(structure) => self.structure(structure, name),
            Shape::List(list) => {
                let prefix = if list.flattened {
                    name.to_owned()
                } else {
                    format!("{name}.member")
                };
                let mut elements = Vec::new();
                while let Some(element) =
                    self.value(list.member, &format!("{prefix}.{}", elements.len() + 1))?
                {
                    elements.push(element);
                }
                Ok((!elements.is_empty()).then_some(Value::Array(elements)))
            }
            Shape::Map(map) => {
                let mut entries = Map::new();
                loop {
                    let entry = format!("{name}.entry.{}", entries.len() + 1);
                    let Some(key) = self.get(&format!("{entry}.key")) else {
                        break;
                    };
                    let value = self.value(map.value, &format!("{entry}.value"))?;
                    entries.insert(key.to_owned(), value.unwrap_or(Value::Null));
                }
                Ok((!entries.is_empty()).then_some(Value::Object(entries)))
            }
            Shape::Text(_) | Shape::Blob | Shape::Timestamp => Ok(self.get(name).map(Value::from)),
            Shape::Integer(_) => self.parsed::<i64>(name, "a whole number"),
            Shape::Float(_) => self.parsed::<f64>(name, "a number"),
            Shape::Boolean => self.parsed::<bool>(name, "true or false"),
        }
    }

    fn parsed<T: std::str::FromStr + Into<Value>>(
        &self,
        name: &str,
        expected: &str,
    ) -> Result<Option<Value>, Failure> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        match text.parse::<T>() {
            Ok(value) => Ok(Some(value.into())),
            Err(_) => Err(Failure::new(
                400,
                "MalformedInput",
                format!("'{name}' must be {expected}, got '{text}'"),
            )),
        }
    }
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}.{name}")
    }
}

/// Writes an answer of the shape `structure` to `operation`.
///
/// # Errors
/// An internal failure if the answer is not of its shape.
pub fn write_answer(
    namespace: &str,
    operation: &str,
    structure: Option<&Structure>,
    answer: &Value,
    request_id: &str,
) -> Result<Response, Failure> {
    let body = document(|writer| {
        element(
            writer,
            &format!("{operation}Response"),
            Some(namespace),
            |writer| {
                if let Some(structure) = structure {
                    element(writer, &format!("{operation}Result"), None, |writer| {
                        write_structure(writer, structure, answer)
                    })?;
                }
                element(writer, "ResponseMetadata", None, |writer| {
                    text(writer, "RequestId", request_id)
                })
            },
        )
    })
    .map_err(|error| {
        Failure::new(
            500,
            "InternalFailure",
            format!("the answer cannot be written: {error}"),
        )
    })?;
    Ok(Response {
        status: 200,
        content_type: CONTENT_TYPE,
        error_type: None,
        body,
    })
}

/// Writes an error.
#[must_use]
pub fn write_failure(namespace: &str, failure: &Failure, request_id: &str) -> Response {
    let blame = if failure.is_fault() {
        "Receiver"
    } else {
        "Sender"
    };
    let written = document(|writer| {
        element(writer, "ErrorResponse", Some(namespace), |writer| {
            element(writer, "Error", None, |writer| {
                text(writer, "Type", blame)?;
                text(writer, "Code", &failure.code)?;
                text(writer, "Message", &failure.message)
            })?;
            text(writer, "RequestId", request_id)
        })
    });
    // Writing to memory does not fail; were it to, the status still tells.
    let body = written.unwrap_or_default();
    Response {
        status: failure.status,
        content_type: CONTENT_TYPE,
        error_type: None,
        body,
    }
}

type Xml = Writer<Vec<u8>>;

fn document(content: impl FnOnce(&mut Xml) -> std::io::Result<()>) -> std::io::Result<Vec<u8>> {
    let mut writer = Writer::new(Vec::new());
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    content(&mut writer)?;
    Ok(writer.into_inner())
}

fn element(
    writer: &mut Xml,
    name: &str,
    namespace: Option<&str>,
    content: impl FnOnce(&mut Xml) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let mut start = writer.create_element(name);
    if let Some(namespace) = namespace {
        start = start.with_attribute(("xmlns", namespace));
    }
    start.write_inner_content(content)?;
    Ok(())
}

fn text(writer: &mut Xml, name: &str, content: &str) -> std::io::Result<()> {
    writer
        .create_element(name)
        .write_text_content(BytesText::new(content))?;
    Ok(())
}

fn write_structure(writer: &mut Xml, structure: &Structure, value: &Value) -> std::io::Result<()> {
    for member in structure.members {
        let name = member.location.unwrap_or(member.name);
        match value.get(member.name) {
            None | Some(Value::Null) => {}
            Some(value) => write_value(writer, member.shape, name, value)?,
        }
    }
    Ok(())
}

fn write_value(writer: &mut Xml, shape: Shape, name: &str, value: &Value) -> std::io::Result<()> {
    match (shape, value) {
        (Shape::Structure(structure), value) => element(writer, name, None, |writer| {
            write_structure(writer, structure, value)
        }),
        (Shape::List(list), Value::Array(elements)) if list.flattened => elements
            .iter()
            .try_for_each(|element| write_value(writer, list.member, name, element)),
        (Shape::List(list), Value::Array(elements)) => element(writer, name, None, |writer| {
            elements
                .iter()
                .try_for_each(|element| write_value(writer, list.member, "member", element))
        }),
        (Shape::Map(map), Value::Object(entries)) => element(writer, name, None, |writer| {
            entries.iter().try_for_each(|(key, value)| {
                element(writer, "entry", None, |writer| {
                    text(writer, "key", key)?;
                    write_value(writer, map.value, "value", value)
                })
            })
        }),
        (Shape::Timestamp, value) => {
            let moment: Result<lakebed_core::Timestamp, _> = serde_json::from_value(value.clone());
            text(
                writer,
                name,
                &moment.map_err(std::io::Error::other)?.to_rfc3339(),
            )
        }
        (_, Value::String(content)) => text(writer, name, content),
        (_, value) => text(writer, name, &value.to_string()),
    }
}
