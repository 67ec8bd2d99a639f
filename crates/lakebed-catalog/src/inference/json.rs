//! JSON: one document a line, documents one after the other, or one document.
//!
//! Types are read straight off the parser, so that fields keep the file's order and no document
//! is built in memory.

use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::column_type::{ColumnType, merge_fields};
use super::schema::{FileSchema, Format, NamedColumn};

/// The column in which the built-in classifier puts a document that is an array
/// ("Writing JSON custom classifiers").
const ARRAY_COLUMN: &str = "array";

/// A JSON path whose elements are the records: `$[*]`, `$.records[*]`, `$.a.b`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonPath(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Field(String),
    Elements,
}

impl JsonPath {
    /// Parses the operators Glue documents for a path to records: `$`, `.field`, `['field']`, `[*]`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut rest = text.strip_prefix('$')?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("[*]") {
                steps.push(Step::Elements);
                rest = after;
            } else if let Some(after) = rest.strip_prefix("['") {
                let (field, after) = after.split_once("']")?;
                steps.push(Step::Field(field.to_owned()));
                rest = after;
            } else {
                let after = rest.strip_prefix('.')?;
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let (field, after) = after.split_at(end);
                if field.is_empty() || field.contains(['*', ']']) {
                    return None;
                }
                steps.push(Step::Field(field.to_owned()));
                rest = after;
            }
        }
        Some(Self(steps))
    }
}

/// The path as a classifier spells it.
impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for step in &self.0 {
            match step {
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Elements => f.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

/// The columns of a text that is JSON; none if it is not, or holds no record.
pub(super) fn infer_json(
    text: &str,
    truncated: bool,
    path: Option<&JsonPath>,
) -> Option<FileSchema> {
    let start = text.trim_start();
    if !start.starts_with(['{', '[']) {
        return None;
    }
    let steps = path.map_or(&[][..], |path| &path.0);
    let (documents, records) = match (start.strip_prefix('['), steps) {
        // The elements are read one by one, so that an array longer than the sample gives its start.
        (Some(elements), []) => {
            let (element, _) = read_values(elements, truncated, &[], Separated::ByCommas)?;
            (
                ColumnType::Struct(vec![(
                    ARRAY_COLUMN.to_owned(),
                    ColumnType::Array(Box::new(element)),
                )]),
                1,
            )
        }
        (Some(elements), [Step::Elements, inner @ ..]) => {
            read_values(elements, truncated, inner, Separated::ByCommas)?
        }
        _ => read_values(start, truncated, steps, Separated::ByBlanks)?,
    };
    let ColumnType::Struct(fields) = documents else {
        return None;
    };
    let columns = fold_columns(fields);
    if columns.is_empty() {
        return None;
    }
    Some(FileSchema {
        format: Format::Json {
            path: path.cloned(),
        },
        columns,
        sampled_records: records,
        sampled_bytes: text.len() as u64,
    })
}

/// Columns are told apart without their case: the types of those that differ in it only are merged.
fn fold_columns(fields: Vec<NamedColumn>) -> Vec<NamedColumn> {
    let mut columns: Vec<NamedColumn> = Vec::with_capacity(fields.len());
    for (name, kind) in fields {
        let folded = name.to_lowercase();
        match columns
            .iter_mut()
            .find(|(existing, _)| existing.to_lowercase() == folded)
        {
            Some((_, existing)) => {
                *existing = std::mem::replace(existing, ColumnType::Unknown).merge(kind);
            }
            None => columns.push((name, kind)),
        }
    }
    columns
}

/// What stands between the values of a text.
#[derive(Clone, Copy, PartialEq)]
enum Separated {
    ByBlanks,
    /// And a bracket closes them.
    ByCommas,
}

/// The type of all records of a run of values, and how many there are; none where the text is
/// malformed, unless the sample just ends there.
fn read_values(
    text: &str,
    truncated: bool,
    steps: &[Step],
    separated: Separated,
) -> Option<(ColumnType, u64)> {
    let mut records = Records::default();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if separated == Separated::ByCommas && rest.starts_with(']') {
            return Some((records.kind, records.count));
        }
        let mut parser = serde_json::Deserializer::from_str(rest);
        let found = At {
            steps,
            records: &mut records,
        }
        .deserialize(&mut parser);
        match found {
            Ok(()) => {}
            Err(error) if error.is_eof() && truncated => break,
            Err(_) => return None,
        }
        let end = parser.into_iter::<IgnoredAny>().byte_offset();
        rest = rest.get(end..)?.trim_start();
        if separated == Separated::ByCommas {
            rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        }
    }
    let complete = separated == Separated::ByBlanks || truncated;
    (complete && records.count > 0).then_some((records.kind, records.count))
}

struct Records {
    kind: ColumnType,
    count: u64,
}

impl Default for Records {
    fn default() -> Self {
        Self {
            kind: ColumnType::Unknown,
            count: 0,
        }
    }
}

impl Records {
    fn add(&mut self, kind: ColumnType) {
        self.kind = std::mem::replace(&mut self.kind, ColumnType::Unknown).merge(kind);
        self.count += 1;
    }
}

/// Collects the records that a path finds in the value that follows.
struct At<'a> {
    steps: &'a [Step],
    records: &'a mut Records,
}

impl<'de> DeserializeSeed<'de> for At<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.steps.is_empty() {
            self.records.add(Typed::deserialize(deserializer)?.0);
            Ok(())
        } else {
            deserializer.deserialize_any(self)
        }
    }
}

impl<'de> Visitor<'de> for At<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what the JSON path leads to")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match self.steps {
                [Step::Field(name), inner @ ..] if *name == key => {
                    map.next_value_seed(At {
                        steps: inner,
                        records: &mut *self.records,
                    })?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        match self.steps {
            [Step::Elements, inner @ ..] => {
                while elements
                    .next_element_seed(At {
                        steps: inner,
                        records: &mut *self.records,
                    })?
                    .is_some()
                {}
            }
            _ => while elements.next_element::<IgnoredAny>()?.is_some() {},
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// The type of a JSON value.
struct Typed(ColumnType);

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
        Ok(ColumnType::Struct(merge_fields(Vec::new(), fields)))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rstest::rstest;

    fn columns(text: &str, truncated: bool, path: Option<&str>) -> Option<String> {
        let path = path.map(|path| JsonPath::parse(path).unwrap());
        let schema = infer_json(text, truncated, path.as_ref())?;
        let columns: Vec<String> = schema
            .columns
            .iter()
            .map(|(name, kind)| format!("{name} {kind}"))
            .collect();
        Some(format!(
            "{}: {}",
            schema.sampled_records,
            columns.join(", ")
        ))
    }

    #[rstest]
    #[case(
        "{\"b\":1,\"a\":\"x\"}\n{\"b\":2,\"a\":null}\n",
        Some("2: b int, a string")
    )]
    #[case("{\"t\":1735689600000}", Some("1: t bigint"))]
    #[case("{\"n\":1}{\"n\":2.5}", Some("2: n double"))]
    #[case("{\"n\":1}\n{\"n\":\"one\"}", Some("2: n string"))]
    #[case("{\"n\":1}\n{\"m\":true}", Some("2: n int, m boolean"))]
    #[case(
        "{\n  \"s\": {\n    \"x\": 1\n  },\n  \"l\": [1, 2.5]\n}\n",
        Some("1: s struct<x:int>, l array<double>")
    )]
    #[case(
        "{\"l\":[]}\n{\"l\":[{\"a\":1},{\"b\":\"\"}]}",
        Some("2: l array<struct<a:int,b:string>>")
    )]
    #[case("{\"Id\":1,\"ID\":2.5}", Some("1: Id double"))]
    #[case("[{\"a\":1},{\"a\":2}]", Some("1: array array<struct<a:int>>"))]
    #[case("{\"a\":1", None)]
    #[case("{\"a\":1} nonsense", None)]
    #[case("{}", None)]
    #[case("\"text\"", None)]
    fn the_built_in_classifier_reads(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(columns(text, false, None).as_deref(), expected);
    }

    #[rstest]
    #[case("$[*]", "[{\"a\":1},{\"a\":2.5}]", "2: a double")]
    #[case(
        "$.records[*]",
        "{\"v\":1,\"records\":[{\"a\":1},{\"b\":true}]}",
        "2: a int, b boolean"
    )]
    #[case("$.a['b']", "{\"a\":{\"b\":{\"c\":\"x\"}}}", "1: c string")]
    fn a_path_leads_to_the_records(#[case] path: &str, #[case] text: &str, #[case] expected: &str) {
        assert_eq!(columns(text, false, Some(path)).as_deref(), Some(expected));
    }

    #[test]
    fn the_document_cut_at_the_end_of_the_sample_does_not_count() {
        assert_eq!(
            columns("{\"a\":1}\n{\"a\":\"x", true, None).as_deref(),
            Some("1: a int")
        );
        assert_eq!(
            columns("[{\"a\":1},{\"a\":2},{\"a\":\"x", true, Some("$[*]")).as_deref(),
            Some("2: a int")
        );
    }

    #[rstest]
    #[case("records")]
    #[case("$..a")]
    #[case("$.a[0]")]
    fn paths_of_other_operators_are_refused(#[case] path: &str) {
        assert_eq!(JsonPath::parse(path), None);
    }
}
