//! Avro: whether a reader's schema resolves a writer's. Avro specification, "Schema Resolution".

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

const PRIMITIVES: [&str; 8] = [
    "null", "boolean", "int", "long", "float", "double", "bytes", "string",
];

/// Schemas nested deeper than this are refused.
const MOST_LEVELS: usize = 64;

/// Says what is wrong with a schema, if anything is.
pub(in crate::registry) fn check(schema: &Value) -> Result<(), String> {
    Names::default().collect(schema, "", 0)
}

/// Whether data of `writer` can be read by `reader`; both have been checked.
pub(super) fn reads(reader: &Value, writer: &Value) -> bool {
    let (readers, writers) = (Names::of(reader), Names::of(writer));
    let mut resolution = Resolution {
        readers: &readers,
        writers: &writers,
        assumed: BTreeSet::new(),
    };
    resolution.resolves(
        &Type {
            schema: reader,
            space: "",
        },
        &Type {
            schema: writer,
            space: "",
        },
    )
}

/// The named types of a schema by full name, each with its namespace.
#[derive(Default)]
struct Names<'a> {
    types: BTreeMap<String, (&'a Value, String)>,
}

impl<'a> Names<'a> {
    /// The names of a schema that was checked, which has no errors left.
    fn of(schema: &'a Value) -> Self {
        let mut names = Self::default();
        let _ = names.collect(schema, "", 0);
        names
    }

    fn collect(&mut self, schema: &'a Value, space: &str, level: usize) -> Result<(), String> {
        if level > MOST_LEVELS {
            return Err(format!("it nests deeper than {MOST_LEVELS} levels"));
        }
        match schema {
            Value::String(name) => {
                let known = PRIMITIVES.contains(&name.as_str())
                    || self.types.contains_key(&qualified(name, space));
                match known {
                    true => Ok(()),
                    false => Err(format!("\"{name}\" is not a defined name")),
                }
            }
            Value::Array(branches) => {
                branches
                    .iter()
                    .try_for_each(|branch| match branch.is_array() {
                        true => Err("unions may not immediately contain other unions".to_owned()),
                        false => self.collect(branch, space, level + 1),
                    })
            }
            Value::Object(_) => self.collect_object(schema, space, level),
            other => Err(format!("{other} is no Avro schema")),
        }
    }

    fn collect_object(
        &mut self,
        schema: &'a Value,
        space: &str,
        level: usize,
    ) -> Result<(), String> {
        let part = |key: &str| {
            schema
                .get(key)
                .ok_or_else(|| format!("no {key} in {schema}"))
        };
        match part("type")?.as_str() {
            Some("record" | "error") => {
                let space = self.define(schema, space)?;
                let fields = part("fields")?.as_array();
                let fields =
                    fields.ok_or_else(|| format!("the fields of {schema} are no array"))?;
                let mut seen = BTreeSet::new();
                for field in fields {
                    let name = field.get("name").and_then(Value::as_str);
                    let name = name.ok_or_else(|| format!("no field name: {field}"))?;
                    if !is_name(name) {
                        return Err(format!("illegal character in: {name}"));
                    }
                    if !seen.insert(name) {
                        return Err(format!("duplicate field {name} in record"));
                    }
                    let kind = field.get("type");
                    let kind = kind.ok_or_else(|| format!("no field type: {field}"))?;
                    self.collect(kind, &space, level + 1)?;
                }
                Ok(())
            }
            Some("enum") => {
                self.define(schema, space)?;
                let symbols = part("symbols")?.as_array();
                match symbols.is_some_and(|symbols| symbols.iter().all(Value::is_string)) {
                    true => Ok(()),
                    false => Err(format!("enum has no symbols: {schema}")),
                }
            }
            Some("fixed") => {
                self.define(schema, space)?;
                match part("size")?.as_u64() {
                    Some(_) => Ok(()),
                    None => Err(format!("invalid or no size: {schema}")),
                }
            }
            Some("array") => self.collect(part("items")?, space, level + 1),
            Some("map") => self.collect(part("values")?, space, level + 1),
            _ => self.collect(part("type")?, space, level + 1),
        }
    }

    /// Notes a named type; answers the namespace of what is in it.
    fn define(&mut self, schema: &'a Value, space: &str) -> Result<String, String> {
        let name = schema.get("name").and_then(Value::as_str);
        let name = name.ok_or_else(|| format!("no name in schema: {schema}"))?;
        if !name.split('.').all(is_name) {
            return Err(format!("illegal character in: {name}"));
        }
        let full = full_name(schema, space);
        let inner = full
            .rsplit_once('.')
            .map_or("", |(space, _)| space)
            .to_owned();
        match self.types.insert(full.clone(), (schema, inner.clone())) {
            Some(_) => Err(format!("can't redefine: {full}")),
            None => Ok(inner),
        }
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn qualified(name: &str, space: &str) -> String {
    match name.contains('.') || space.is_empty() {
        true => name.to_owned(),
        false => format!("{space}.{name}"),
    }
}

fn full_name(schema: &Value, space: &str) -> String {
    let text = |key: &str| schema.get(key).and_then(Value::as_str);
    let name = text("name").unwrap_or_default();
    qualified(name, text("namespace").unwrap_or(space))
}

/// A type and the namespace that names in it are meant in.
#[derive(Clone, Copy)]
struct Type<'a> {
    schema: &'a Value,
    space: &'a str,
}

struct Resolution<'a> {
    readers: &'a Names<'a>,
    writers: &'a Names<'a>,
    /// Pairs of named types that are being compared: they hold themselves.
    assumed: BTreeSet<(String, String)>,
}

impl<'a> Resolution<'a> {
    fn resolves(&mut self, reader: &Type<'a>, writer: &Type<'a>) -> bool {
        let reader = deref(self.readers, *reader);
        let writer = deref(self.writers, *writer);
        if let Value::Array(branches) = writer.schema {
            let mut branches = branches.iter().map(|schema| Type { schema, ..writer });
            return branches.all(|branch| self.resolves(&reader, &branch));
        }
        if let Value::Array(branches) = reader.schema {
            let mut branches = branches.iter().map(|schema| Type { schema, ..reader });
            return branches.any(|branch| self.resolves(&branch, &writer));
        }
        let (to, from) = (kind(reader.schema), kind(writer.schema));
        match (to, from) {
            ("record" | "error", "record" | "error") => self.records(reader, writer),
            ("enum", "enum") => same_name(reader, writer) && enums(reader.schema, writer.schema),
            ("fixed", "fixed") => {
                same_name(reader, writer) && reader.schema.get("size") == writer.schema.get("size")
            }
            ("array", "array") => self.inner("items", reader, writer),
            ("map", "map") => self.inner("values", reader, writer),
            _ => to == from || promotes(from, to),
        }
    }

    fn inner(&mut self, key: &str, reader: Type<'a>, writer: Type<'a>) -> bool {
        match (reader.schema.get(key), writer.schema.get(key)) {
            (Some(to), Some(from)) => self.resolves(
                &Type {
                    schema: to,
                    ..reader
                },
                &Type {
                    schema: from,
                    ..writer
                },
            ),
            _ => false,
        }
    }

    /// Every field of the reader is one of the writer's, by name or alias, or has a default.
    fn records(&mut self, reader: Type<'a>, writer: Type<'a>) -> bool {
        if !same_name(reader, writer) {
            return false;
        }
        let pair = (
            full_name(reader.schema, reader.space),
            full_name(writer.schema, writer.space),
        );
        if !self.assumed.insert(pair) {
            return true;
        }
        let fields = |of: Type<'a>| of.schema.get("fields").and_then(Value::as_array);
        let (Some(wanted), Some(written)) = (fields(reader), fields(writer)) else {
            return false;
        };
        wanted.iter().all(|field| {
            let names: Vec<&str> = field["name"]
                .as_str()
                .into_iter()
                .chain(aliases(field))
                .collect();
            let found = written.iter().find(|other| {
                other["name"]
                    .as_str()
                    .is_some_and(|name| names.contains(&name))
            });
            match found {
                Some(other) => self.resolves(
                    &Type {
                        schema: &field["type"],
                        space: inner_space(reader),
                    },
                    &Type {
                        schema: &other["type"],
                        space: inner_space(writer),
                    },
                ),
                None => field.get("default").is_some(),
            }
        })
    }
}

/// The namespace of what is in a record.
fn inner_space<'a>(record: Type<'a>) -> &'a str {
    let text = |key: &str| record.schema.get(key).and_then(Value::as_str);
    match text("name").and_then(|name| name.rsplit_once('.')) {
        Some((space, _)) => space,
        None => text("namespace").unwrap_or(record.space),
    }
}

/// The definition that a name stands for.
fn deref<'a>(names: &'a Names<'a>, of: Type<'a>) -> Type<'a> {
    let named = match of.schema {
        Value::String(name) => Some(name.as_str()),
        Value::Object(_) => match of.schema.get("type") {
            Some(Value::String(name)) if names.types.contains_key(&qualified(name, of.space)) => {
                Some(name.as_str())
            }
            Some(inner @ (Value::Object(_) | Value::Array(_))) => {
                return deref(
                    names,
                    Type {
                        schema: inner,
                        ..of
                    },
                );
            }
            _ => None,
        },
        _ => None,
    };
    match named.and_then(|name| names.types.get(&qualified(name, of.space))) {
        Some((schema, space)) => Type { schema, space },
        None => of,
    }
}

fn kind(schema: &Value) -> &str {
    schema
        .as_str()
        .or_else(|| schema.get("type").and_then(Value::as_str))
        .unwrap_or_default()
}

fn aliases(schema: &Value) -> impl Iterator<Item = &str> {
    let aliases = schema.get("aliases").and_then(Value::as_array);
    aliases.into_iter().flatten().filter_map(Value::as_str)
}

/// Whether the unqualified names are the same, or the reader's has the writer's as an alias.
fn same_name(reader: Type<'_>, writer: Type<'_>) -> bool {
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let written = last(&full_name(writer.schema, writer.space));
    last(&full_name(reader.schema, reader.space)) == written
        || aliases(reader.schema).any(|alias| last(alias) == written)
}

fn enums(reader: &Value, writer: &Value) -> bool {
    let symbols = |of: &Value| of.get("symbols").and_then(Value::as_array).cloned();
    let known = symbols(reader).unwrap_or_default();
    let mut written = symbols(writer).unwrap_or_default().into_iter();
    reader.get("default").is_some() || written.all(|symbol| known.contains(&symbol))
}

/// Whether values of a type can be read as another.
fn promotes(from: &str, to: &str) -> bool {
    matches!(
        (from, to),
        ("int", "long" | "float" | "double")
            | ("long", "float" | "double")
            | ("float", "double")
            | ("string", "bytes")
            | ("bytes", "string")
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::{check, reads};

    fn record(fields: &Value) -> Value {
        json!({ "type": "record", "name": "r", "fields": fields })
    }

    #[test]
    fn readers_resolve_what_the_specification_says() {
        let linked = record(&json!([{ "name": "next", "type": ["null", "r"] }]));
        let colours = |symbols: Value| json!({ "type": "enum", "name": "c", "symbols": symbols });
        for (reader, writer, resolves) in [
            (json!("long"), json!("int"), true),
            (json!("int"), json!("long"), false),
            (json!("bytes"), json!("string"), true),
            (json!(["null", "int"]), json!("int"), true),
            (json!("int"), json!(["null", "int"]), false),
            (
                json!({ "type": "array", "items": "double" }),
                json!({ "type": "array", "items": "int" }),
                true,
            ),
            (colours(json!(["a", "b"])), colours(json!(["a"])), true),
            (colours(json!(["a"])), colours(json!(["a", "b"])), false),
            (linked.clone(), linked, true),
            (
                record(&json!([{ "name": "b", "type": "int", "aliases": ["a"] }])),
                record(&json!([{ "name": "a", "type": "int" }])),
                true,
            ),
            (
                record(&json!([{ "name": "b", "type": "int" }])),
                record(&json!([{ "name": "a", "type": "int" }])),
                false,
            ),
            (
                json!({ "type": "fixed", "name": "f", "size": 4 }),
                json!({ "type": "fixed", "name": "f", "size": 8 }),
                false,
            ),
        ] {
            assert_eq!(reads(&reader, &writer), resolves, "{reader} reads {writer}");
        }
    }

    #[test]
    fn what_is_no_schema_is_told() {
        for (schema, reason) in [
            (json!("integer"), "\"integer\" is not a defined name"),
            (json!({ "type": "record", "name": "r" }), "no fields in"),
            (
                json!([["int"]]),
                "unions may not immediately contain other unions",
            ),
            (
                record(&json!([{ "name": "a b", "type": "int" }])),
                "illegal character in: a b",
            ),
            (json!({ "type": "fixed", "name": "f" }), "no size in"),
        ] {
            let told = check(&schema).unwrap_err();
            assert!(told.contains(reason), "{schema}: {told}");
        }
    }
}
