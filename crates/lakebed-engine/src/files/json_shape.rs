//! What JSON values have in common: the type of a column that holds them all.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The type of the JSON values seen so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Shape {
    #[default]
    Null,
    Boolean,
    Int,
    Long,
    Double,
    /// Strings, and whatever has nothing else in common.
    Text,
    List(Box<Shape>),
    /// Members in the order they were first seen.
    Object(Vec<(String, Shape)>),
}

impl Shape {
    /// The narrowest shape that both fit.
    pub(crate) fn merge(self, other: Self) -> Self {
        use Shape::{Double, Int, List, Long, Null, Object, Text};
        match (self, other) {
            (one, Null) | (Null, one) => one,
            (one, other) if one == other => one,
            (Int | Long, Int | Long) => Long,
            (Int | Long | Double, Int | Long | Double) => Double,
            (List(one), List(other)) => List(Box::new(one.merge(*other))),
            (Object(mut members), Object(others)) => {
                for (name, shape) in others {
                    match members.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, known)) => *known = std::mem::take(known).merge(shape),
                        None => members.push((name, shape)),
                    }
                }
                Object(members)
            }
            _ => Text,
        }
    }

    /// A shape's columns, if it is an object's.
    pub(crate) fn into_schema(self) -> Option<Schema> {
        match self {
            Self::Object(members) => Some(Schema::new(fields(members))),
            _ => None,
        }
    }

    fn into_type(self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Int => DataType::Int32,
            Self::Long => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::List(item) => {
                DataType::List(Arc::new(Field::new("item", item.into_type(), true)))
            }
            Self::Object(members) if !members.is_empty() => {
                DataType::Struct(fields(members).into())
            }
            // Of null and {} nothing is known that another type could keep.
            Self::Null | Self::Text | Self::Object(_) => DataType::Utf8,
        }
    }
}

fn fields(members: Vec<(String, Shape)>) -> Vec<Field> {
    members
        .into_iter()
        .map(|(name, shape)| Field::new(name, shape.into_type(), true))
        .collect()
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::Boolean)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Shape, E> {
        Ok(i32::try_from(value).map_or(Shape::Long, |_| Shape::Int))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Shape, E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            Err(_) => Ok(Shape::Double),
        }
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::Double)
    }

    fn visit_str<E>(self, _: &str) -> Result<Shape, E> {
        Ok(Shape::Text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Shape, A::Error> {
        let mut item = Shape::Null;
        while let Some(element) = elements.next_element::<Shape>()? {
            item = item.merge(element);
        }
        Ok(Shape::List(Box::new(item)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Shape, A::Error> {
        let mut members: Vec<(String, Shape)> = Vec::new();
        while let Some(name) = entries.next_key::<String>()? {
            // Of members with the same name the last one counts, as in every reader.
            match members.iter_mut().find(|(known, _)| *known == name) {
                Some((_, shape)) => *shape = entries.next_value()?,
                None => {
                    let shape = entries.next_value()?;
                    members.push((name, shape));
                }
            }
        }
        Ok(Shape::Object(members))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn merged(records: &[&str]) -> String {
        let shape = records
            .iter()
            .map(|record| serde_json::from_str::<Shape>(record).unwrap())
            .fold(Shape::Null, Shape::merge);
        crate::types::hive_type(&shape.into_type())
    }

    #[test]
    fn columns_stand_in_the_order_they_are_first_seen() {
        assert_eq!(
            merged(&[r#"{"z": 1, "a": null}"#, r#"{"m": true, "a": "x"}"#]),
            "struct<z:int,a:string,m:boolean>"
        );
    }

    #[test]
    fn numbers_widen_and_strangers_are_texts() {
        assert_eq!(merged(&["1", "3000000000"]), "bigint");
        assert_eq!(merged(&["1", "null", "2.5"]), "double");
        assert_eq!(merged(&["18446744073709551615"]), "double");
        assert_eq!(merged(&["1", "\"x\""]), "string");
        assert_eq!(merged(&["{\"a\": 1}", "[1]"]), "string");
        assert_eq!(
            merged(&["[{\"a\": 1}, {\"b\": []}]"]),
            "array<struct<a:int,b:array<string>>>"
        );
    }
}
