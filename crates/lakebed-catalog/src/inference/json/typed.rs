//! The types of JSON values, read straight off the parser.

use std::collections::HashSet;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::inference::column_type::{ColumnType, merge_fields};

/// The type of a JSON value.
pub(super) struct Typed(pub(super) ColumnType);

impl<'de> Deserialize<'de> for Typed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TypeVisitor).map(Self)
    }
}

struct TypeVisitor;

impl<'de> Visitor<'de> for TypeVisitor {
    type Value = ColumnType;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ColumnType, A::Error> {
        let mut fields = Vec::new();
        while let Some((name, Typed(kind))) = map.next_entry::<String, Typed>()? {
            fields.push((name, kind));
        }
        let mut names = HashSet::with_capacity(fields.len());
        let distinct = fields.iter().all(|(name, _)| names.insert(name.as_str()));
        Ok(ColumnType::Struct(if distinct {
            fields
        } else {
            merge_fields(Vec::new(), fields)
        }))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<ColumnType, A::Error> {
        let mut element = ColumnType::Unknown;
        while let Some(Typed(kind)) = elements.next_element()? {
            element = element.merge(kind);
        }
        Ok(ColumnType::Array(Box::new(element)))
    }

    fn visit_bool<E>(self, _: bool) -> Result<ColumnType, E> {
        Ok(ColumnType::Boolean)
    }
    fn visit_i64<E>(self, number: i64) -> Result<ColumnType, E> {
        Ok(if i32::try_from(number).is_ok() {
            ColumnType::Int
        } else {
            ColumnType::BigInt
        })
    }
    fn visit_u64<E>(self, number: u64) -> Result<ColumnType, E> {
        Ok(if i32::try_from(number).is_ok() {
            ColumnType::Int
        } else if i64::try_from(number).is_ok() {
            ColumnType::BigInt
        } else {
            ColumnType::Double
        })
    }
    fn visit_f64<E>(self, _: f64) -> Result<ColumnType, E> {
        Ok(ColumnType::Double)
    }
    fn visit_str<E>(self, _: &str) -> Result<ColumnType, E> {
        Ok(ColumnType::String)
    }
    fn visit_unit<E>(self) -> Result<ColumnType, E> {
        Ok(ColumnType::Unknown)
    }
}
