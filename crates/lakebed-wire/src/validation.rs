//! Checks a request against its model, and says what is wrong in AWS's words.

use std::fmt::Write as _;

use serde_json::Value;

use crate::{Failure, Member, Shape, Structure};

/// AWS services stop counting here.
const MOST_ERRORS: usize = 10;

/// Checks that `request` keeps the constraints of `structure`. Unknown members are let through.
///
/// # Errors
/// `SerializationException` where a value has the wrong JSON type; else an error with the code
/// `validation_error` that names every member and the constraint it breaks.
pub fn validate(
    structure: &Structure,
    request: &Value,
    validation_error: &str,
) -> Result<(), Failure> {
    let mut check = Check {
        violations: Vec::new(),
    };
    check.structure(structure, request, &Path::Root)?;
    if check.violations.is_empty() {
        return Ok(());
    }
    let count = check.violations.len();
    let noun = if count == 1 { "error" } else { "errors" };
    check.violations.truncate(MOST_ERRORS);
    let message = format!(
        "{count} validation {noun} detected: {}",
        check.violations.join("; ")
    );
    Err(Failure::new(400, validation_error, message))
}

/// Where in the request a value stands; written out only when something is wrong with it.
enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'a str),
    Element(&'a Path<'a>, usize),
    Entry(&'a Path<'a>, &'a str),
}

impl Path<'_> {
    /// `databaseInput.parameters.key.member`: members start small, list elements count from one.
    fn write(&self, text: &mut String) {
        let (parent, step) = match self {
            Self::Root => return,
            Self::Member(parent, name) => (parent, small_initial(name)),
            Self::Element(parent, index) => (parent, format!("{}.member", index + 1)),
            Self::Entry(parent, key) => (parent, format!("{key}.member")),
        };
        parent.write(text);
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(&step);
    }
}

fn small_initial(name: &str) -> String {
    let mut characters = name.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}

struct Check {
    violations: Vec<String>,
}

impl Check {
    fn structure(
        &mut self,
        structure: &Structure,
        value: &Value,
        path: &Path<'_>,
    ) -> Result<(), Failure> {
        let Value::Object(object) = value else {
            return Err(wrong_type("Struct", value, path));
        };
        for Member {
            name,
            required,
            shape,
            ..
        } in structure.members
        {
            let path = Path::Member(path, name);
            match object.get(*name) {
                None | Some(Value::Null) => {
                    if *required {
                        self.violation(&Value::Null, &path, "Member must not be null");
                    }
                }
                Some(value) => self.shape(*shape, value, &path)?,
            }
        }
        Ok(())
    }

    fn shape(&mut self, shape: Shape, value: &Value, path: &Path<'_>) -> Result<(), Failure> {
        match (shape, value) {
            (Shape::Structure(structure), value) => self.structure(structure, value, path)?,
            (Shape::List(list), Value::Array(elements)) => {
                self.length(elements.len(), list.min, list.max, value, path);
                for (index, element) in elements.iter().enumerate() {
                    self.element(list.member, element, &Path::Element(path, index))?;
                }
            }
            (Shape::Map(map), Value::Object(entries)) => {
                self.length(entries.len(), map.min, map.max, value, path);
                for (key, element) in entries {
                    self.element(map.value, element, &Path::Entry(path, key))?;
                }
            }
            (Shape::Text(constraint), Value::String(text)) => {
                if !constraint.values.is_empty() {
                    if !constraint.values.contains(&text.as_str()) {
                        let set = constraint.values.join(", ");
                        self.violation(
                            value,
                            path,
                            &format!("Member must satisfy enum value set: [{set}]"),
                        );
                    }
                    return Ok(());
                }
                // Services are written in Java, whose strings are measured in UTF-16 units.
                let length = text.encode_utf16().count();
                self.length(length, constraint.min, constraint.max, value, path);
                if let Some(pattern) = constraint.pattern
                    && !pattern.matches(text)
                {
                    let source = pattern.source();
                    self.violation(
                        value,
                        path,
                        &format!("Member must satisfy regular expression pattern: {source}"),
                    );
                }
            }
            (Shape::Integer(range), Value::Number(number)) => {
                let Some(number) = number.as_i64() else {
                    return Err(wrong_type("Integer", value, path));
                };
                self.range(number as f64, range.min, range.max, value, path);
            }
            (Shape::Float(range), Value::Number(number)) => {
                self.range(
                    number.as_f64().unwrap_or(f64::NAN),
                    range.min,
                    range.max,
                    value,
                    path,
                );
            }
            (Shape::Boolean, Value::Bool(_))
            | (Shape::Timestamp, Value::Number(_) | Value::String(_))
            | (Shape::Blob, Value::String(_)) => {}
            (Shape::List(_), _) => return Err(wrong_type("List", value, path)),
            (Shape::Map(_), _) => return Err(wrong_type("Map", value, path)),
            (Shape::Text(_), _) => return Err(wrong_type("String", value, path)),
            (Shape::Integer(_), _) => return Err(wrong_type("Integer", value, path)),
            (Shape::Float(_), _) => return Err(wrong_type("Double", value, path)),
            (Shape::Boolean, _) => return Err(wrong_type("Boolean", value, path)),
            (Shape::Timestamp, _) => return Err(wrong_type("Timestamp", value, path)),
            (Shape::Blob, _) => return Err(wrong_type("Blob", value, path)),
        }
        Ok(())
    }

    fn element(&mut self, shape: Shape, value: &Value, path: &Path<'_>) -> Result<(), Failure> {
        if value.is_null() {
            self.violation(value, path, "Member must not be null");
            return Ok(());
        }
        self.shape(shape, value, path)
    }

    fn length(
        &mut self,
        length: usize,
        min: Option<usize>,
        max: Option<usize>,
        value: &Value,
        path: &Path<'_>,
    ) {
        if let Some(min) = min.filter(|min| length < *min) {
            self.violation(
                value,
                path,
                &format!("Member must have length greater than or equal to {min}"),
            );
        }
        if let Some(max) = max.filter(|max| length > *max) {
            self.violation(
                value,
                path,
                &format!("Member must have length less than or equal to {max}"),
            );
        }
    }

    fn range(
        &mut self,
        number: f64,
        min: Option<f64>,
        max: Option<f64>,
        value: &Value,
        path: &Path<'_>,
    ) {
        if let Some(min) = min.filter(|min| number < *min) {
            self.violation(
                value,
                path,
                &format!("Member must have value greater than or equal to {min}"),
            );
        }
        if let Some(max) = max.filter(|max| number > *max) {
            self.violation(
                value,
                path,
                &format!("Member must have value less than or equal to {max}"),
            );
        }
    }

    fn violation(&mut self, value: &Value, path: &Path<'_>, constraint: &str) {
        let mut place = String::new();
        path.write(&mut place);
        let mut text = String::from("Value ");
        match value {
            Value::Null => text.push_str("null"),
            Value::String(value) => {
                let _ = write!(text, "'{value}'");
            }
            value => {
                let _ = write!(text, "'{value}'");
            }
        }
        let _ = write!(
            text,
            " at '{place}' failed to satisfy constraint: {constraint}"
        );
        self.violations.push(text);
    }
}

fn wrong_type(expected: &str, value: &Value, path: &Path<'_>) -> Failure {
    let mut place = String::new();
    path.write(&mut place);
    let found = match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(_) => "BOOLEAN_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) => "LIST_VALUE",
        Value::Object(_) => "STRUCT_VALUE",
    };
    let place = if place.is_empty() {
        "the request".to_owned()
    } else {
        format!("'{place}'")
    };
    Failure::serialization(format!(
        "{found} can not be converted to {expected} at {place}"
    ))
}
