use std::fmt;

use serde_json::Value;

use crate::{Pattern, Shape};

/// One constraint on a value in itself, apart from what it holds.
#[derive(Clone, Copy)]
pub(super) enum Constraint {
    Longest(usize),
    Shortest(usize),
    Greatest(f64),
    Least(f64),
    Pattern(&'static Pattern),
    Values(&'static [&'static str]),
}

/// The constraints of a shape, in the order AWS lists them.
pub(super) fn constraints_of(shape: Shape) -> impl Iterator<Item = Constraint> {
    let none = [None, None, None];
    let constraints = match shape {
        Shape::Text(text) if !text.values.is_empty() => {
            [Some(Constraint::Values(text.values)), None, None]
        }
        Shape::Text(text) => [
            text.max.map(Constraint::Longest),
            text.min.map(Constraint::Shortest),
            text.pattern.map(Constraint::Pattern),
        ],
        Shape::List(list) => lengths(list.min, list.max),
        Shape::Map(map) => lengths(map.min, map.max),
        Shape::Integer(range) | Shape::Float(range) => [
            range.max.map(Constraint::Greatest),
            range.min.map(Constraint::Least),
            None,
        ],
        Shape::Structure(_) | Shape::Boolean | Shape::Timestamp | Shape::Blob => none,
    };
    constraints.into_iter().flatten()
}

fn lengths(min: Option<usize>, max: Option<usize>) -> [Option<Constraint>; 3] {
    [
        max.map(Constraint::Longest),
        min.map(Constraint::Shortest),
        None,
    ]
}

/// Whether a value keeps every constraint of its shape.
pub(super) fn keeps(shape: Shape, value: &Value) -> bool {
    constraints_of(shape).all(|constraint| constraint.holds(value))
}

impl Constraint {
    /// Whether `value` keeps the constraint. One of another JSON type does: its type was checked.
    pub(super) fn holds(self, value: &Value) -> bool {
        match self {
            Self::Longest(max) => length(value).is_none_or(|length| length <= max),
            Self::Shortest(min) => length(value).is_none_or(|length| length >= min),
            Self::Greatest(max) => value.as_f64().is_none_or(|number| number <= max),
            Self::Least(min) => value.as_f64().is_none_or(|number| number >= min),
            Self::Pattern(pattern) => value.as_str().is_none_or(|text| pattern.matches(text)),
            Self::Values(values) => value.as_str().is_none_or(|text| values.contains(&text)),
        }
    }
}

/// The number of a list's elements, a map's entries, or a text's UTF-16 units: the services are
/// written in Java, which measures its strings so.
fn length(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.encode_utf16().count()),
        Value::Array(elements) => Some(elements.len()),
        Value::Object(entries) => Some(entries.len()),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Longest(max) => write!(f, "Member must have length less than or equal to {max}"),
            Self::Shortest(min) => {
                write!(f, "Member must have length greater than or equal to {min}")
            }
            Self::Greatest(max) => write!(f, "Member must have value less than or equal to {max}"),
            Self::Least(min) => write!(f, "Member must have value greater than or equal to {min}"),
            Self::Pattern(pattern) => write!(
                f,
                "Member must satisfy regular expression pattern: {}",
                pattern.source()
            ),
            Self::Values(values) => {
                write!(
                    f,
                    "Member must satisfy enum value set: [{}]",
                    values.join(", ")
                )
            }
        }
    }
}
