//! JSON Schema: whether a reader's schema takes every document that a writer's takes, as far as the
//! keywords tell. Glue developer guide, "Schema versioning and compatibility": fields that are not
//! required may come and go, whatever else a document may hold.

use serde_json::{Map, Value};

/// Whether all that is valid by `writer` is valid by `reader`.
pub(super) fn reads(reader: &Value, writer: &Value) -> bool {
    Documents { reader, writer }.takes(reader, writer, 0)
}

/// The whole schemas, in which references are looked up.
struct Documents<'a> {
    reader: &'a Value,
    writer: &'a Value,
}

/// Schemas nested deeper than this, or that hold themselves, are taken to agree.
const MOST_LEVELS: usize = 64;

const ALTERNATIVES: [&str; 2] = ["anyOf", "oneOf"];

impl Documents<'_> {
    fn takes(&self, reader: &Value, writer: &Value, level: usize) -> bool {
        if reader == writer || level > MOST_LEVELS {
            return true;
        }
        let (reader, writer) = (resolved(self.reader, reader), resolved(self.writer, writer));
        let (to, from) = match (reader, writer) {
            (Value::Bool(true), _) | (_, Value::Bool(false)) => return true,
            (Value::Object(to), _) if to.is_empty() => return true,
            (Value::Object(to), Value::Object(from)) => (to, from),
            _ => return false,
        };
        if let Some(written) = alternatives(from) {
            return written
                .iter()
                .all(|written| self.takes(reader, written, level + 1));
        }
        if let Some(known) = alternatives(to) {
            return known
                .iter()
                .any(|known| self.takes(known, writer, level + 1));
        }
        types(to, from)
            && values(to, from)
            && bounds(to, from)
            && self.properties(to, from, level)
            && self.items(to, from, level)
    }

    fn properties(&self, to: &Map<String, Value>, from: &Map<String, Value>, level: usize) -> bool {
        let required = names(to, "required");
        let promised = names(from, "required");
        if !required.iter().all(|name| promised.contains(name)) {
            return false;
        }
        let (known, written) = (members(to), members(from));
        let is_closed = to.get("additionalProperties") == Some(&Value::Bool(false));
        let was_closed = from.get("additionalProperties") == Some(&Value::Bool(false));
        if is_closed && !was_closed && from.contains_key("properties") {
            return false;
        }
        written.into_iter().flatten().all(|(name, property)| {
            match known.and_then(|known| known.get(name)) {
                Some(known) => self.takes(known, property, level + 1),
                None => !is_closed,
            }
        })
    }

    fn items(&self, to: &Map<String, Value>, from: &Map<String, Value>, level: usize) -> bool {
        match (to.get("items"), from.get("items")) {
            (Some(Value::Array(known)), Some(Value::Array(written))) => {
                let mut pairs = known.iter().zip(written);
                pairs.all(|(known, written)| self.takes(known, written, level + 1))
            }
            (Some(known), Some(written)) => self.takes(known, written, level + 1),
            (Some(_), None) => !allows(from, "array"),
            (None, _) => true,
        }
    }
}

/// What a local reference stands for.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema.get("$ref").and_then(Value::as_str);
    let path = reference.and_then(|reference| reference.strip_prefix('#'));
    path.and_then(|path| document.pointer(path))
        .unwrap_or(schema)
}

fn alternatives(schema: &Map<String, Value>) -> Option<&Vec<Value>> {
    ALTERNATIVES
        .iter()
        .find_map(|keyword| schema.get(*keyword)?.as_array())
}

fn members(schema: &Map<String, Value>) -> Option<&Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object)
}

fn names<'a>(schema: &'a Map<String, Value>, keyword: &str) -> Vec<&'a str> {
    match schema.get(keyword) {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(name)) => vec![name.as_str()],
        _ => Vec::new(),
    }
}

/// Whether a schema takes values of a type.
fn allows(schema: &Map<String, Value>, kind: &str) -> bool {
    let kinds = names(schema, "type");
    kinds.is_empty() || kinds.contains(&kind)
}

fn types(to: &Map<String, Value>, from: &Map<String, Value>) -> bool {
    let (known, written) = (names(to, "type"), names(from, "type"));
    if known.is_empty() {
        return true;
    }
    !written.is_empty()
        && written
            .iter()
            .all(|kind| known.contains(kind) || *kind == "integer" && known.contains(&"number"))
}

/// `enum`, `const`, and what is compared as a whole.
fn values(to: &Map<String, Value>, from: &Map<String, Value>) -> bool {
    let listed = |schema: &Map<String, Value>| match (schema.get("enum"), schema.get("const")) {
        (Some(Value::Array(values)), _) => Some(values.clone()),
        (_, Some(value)) => Some(vec![value.clone()]),
        _ => None,
    };
    let listed = match (listed(to), listed(from)) {
        (None, _) => true,
        (Some(known), Some(written)) => written.iter().all(|value| known.contains(value)),
        (Some(_), None) => false,
    };
    let whole = ["pattern", "format", "multipleOf", "not", "allOf"];
    listed
        && whole.iter().all(|keyword| match to.get(*keyword) {
            Some(known) => from.get(*keyword) == Some(known),
            None => true,
        })
}

/// Bounds may widen.
fn bounds(to: &Map<String, Value>, from: &Map<String, Value>) -> bool {
    let number = |schema: &Map<String, Value>, keyword: &str| schema.get(keyword)?.as_f64();
    let lower = [
        "minimum",
        "exclusiveMinimum",
        "minLength",
        "minItems",
        "minProperties",
    ];
    let upper = [
        "maximum",
        "exclusiveMaximum",
        "maxLength",
        "maxItems",
        "maxProperties",
    ];
    let holds = |keyword: &str, fits: fn(f64, f64) -> bool| match number(to, keyword) {
        Some(bound) => number(from, keyword).is_some_and(|written| fits(bound, written)),
        None => true,
    };
    lower
        .iter()
        .all(|keyword| holds(keyword, |bound, written| bound <= written))
        && upper
            .iter()
            .all(|keyword| holds(keyword, |bound, written| bound >= written))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::reads;

    fn object(properties: &Value, required: &Value) -> Value {
        json!({ "type": "object", "properties": properties, "required": required })
    }

    #[test]
    fn readers_take_what_writers_wrote() {
        let a = object(&json!({ "a": { "type": "integer" } }), &json!(["a"]));
        let ab = object(
            &json!({ "a": { "type": "integer" }, "b": { "type": "string" } }),
            &json!(["a"]),
        );
        let ab_required = object(
            &json!({ "a": { "type": "integer" }, "b": { "type": "string" } }),
            &json!(["a", "b"]),
        );
        let number = object(&json!({ "a": { "type": "number" } }), &json!(["a"]));
        for (reader, writer, takes) in [
            (&ab, &a, true),
            (&a, &ab, true),
            (&ab_required, &a, false),
            (&a, &ab_required, true),
            (&number, &a, true),
            (&a, &number, false),
        ] {
            assert_eq!(reads(reader, writer), takes, "{reader} takes {writer}");
        }
        for (reader, writer, takes) in [
            (json!({ "enum": [1, 2] }), json!({ "enum": [1] }), true),
            (json!({ "enum": [1] }), json!({ "enum": [1, 2] }), false),
            (
                json!({ "type": "integer", "maximum": 5 }),
                json!({ "type": "integer", "maximum": 9 }),
                false,
            ),
            (
                json!({ "type": "integer", "maximum": 9 }),
                json!({ "type": "integer", "maximum": 5 }),
                true,
            ),
            (
                json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] }),
                json!({ "type": "string" }),
                true,
            ),
            (
                json!({ "type": "string" }),
                json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] }),
                false,
            ),
            (
                json!({ "definitions": { "n": { "type": "number" } }, "properties": { "a": { "$ref": "#/definitions/n" } } }),
                json!({ "properties": { "a": { "type": "integer" } } }),
                true,
            ),
        ] {
            assert_eq!(reads(&reader, &writer), takes, "{reader} takes {writer}");
        }
    }
}
