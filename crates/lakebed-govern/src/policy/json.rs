//! JSON in which no member stands twice. Of two members of one name a parser would drop one, and
//! with it what somebody wanted denied.

use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Reads a text; none if it is not JSON, or an object in it has two members of one name.
pub(super) fn parse(text: &str) -> Option<Value> {
    let Unambiguous(value) = serde_json::from_str(text).ok()?;
    Some(value)
}

struct Unambiguous(Value);

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Unambiguous(value)) = elements.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Unambiguous(value))) = members.next_entry::<String, _>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(format_args!("'{name}' is there twice")));
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_of_value_is_read() {
        let text = r#"{"a": [null, true, -1, 2, 0.5, "\u0062"], "b": {"a": {}}}"#;
        let value = json!({"a": [null, true, -1, 2, 0.5, "b"], "b": {"a": {}}});
        assert_eq!(parse(text), Some(value));
    }

    #[rstest]
    #[case(r#"{"a": 1, "a": 1}"#)]
    #[case(r#"{"a": 1, "\u0061": 1}"#)]
    #[case(r#"[{"b": {"a": 1, "a": 2}}]"#)]
    #[case(r#"{"a": 1"#)]
    #[case(r#"{} {}"#)]
    fn what_is_ambiguous_or_no_json_is_refused(#[case] text: &str) {
        assert_eq!(parse(text), None);
    }
}
