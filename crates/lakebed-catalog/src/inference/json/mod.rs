//! JSON: one document a line, documents one after the other, or one document.
//!
//! Types are read straight off the parser, so that fields keep the file's order and no document
//! is built in memory.

mod path;
mod typed;

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::column_type::{ColumnType, place_of};
use super::format::Format;
use super::recognition::{Recognition, Verdict};
use super::schema::FileSchema;
use super::surprise::Surprise;
pub(crate) use path::JsonPath;
use path::Step;
use typed::Typed;

/// The column in which the built-in classifier puts a document that is an array
/// ("Writing JSON custom classifiers").
const ARRAY_COLUMN: &str = "array";

/// The column for the values of a path that does not lead to objects (same page).
const RECORD_COLUMN: &str = "record";

/// The columns of a text that is JSON.
pub(super) fn infer_json(text: &str, truncated: bool, path: Option<&JsonPath>) -> Verdict {
    let start = text.trim_start();
    if !start.starts_with(['{', '[']) {
        return Ok(None);
    }
    let steps = path.map_or(&[][..], JsonPath::steps);
    let mut records = Records::default();
    let mut surprises = BTreeSet::new();
    let read = match (start.strip_prefix('['), steps) {
        // The elements are read one by one, so that an array longer than the sample gives its start.
        (Some(elements), []) => {
            surprises.insert(Surprise::JsonArray);
            let read = read_values(elements, truncated, &[], Separated::ByCommas, &mut records);
            let array = ColumnType::Array(Box::new(records.kind));
            records.kind = ColumnType::Struct(vec![(ARRAY_COLUMN.to_owned(), array)]);
            records.count = records.count.min(1);
            read
        }
        (Some(elements), [Step::AnyElement, inner @ ..]) => read_values(
            elements,
            truncated,
            inner,
            Separated::ByCommas,
            &mut records,
        ),
        _ => read_values(start, truncated, steps, Separated::ByBlanks, &mut records),
    };
    if let Err(malformed) = read {
        // Text may start with a bracket without being JSON.
        return match records.count {
            0 if path.is_some() || !malformed.within_document => Ok(None),
            _ => Err(malformed.describe(text)),
        };
    }
    if records.spans_lines {
        surprises.insert(Surprise::JsonSpansLines);
    }
    let fields = match (records.kind, path) {
        (ColumnType::Struct(fields), _) => fields,
        (ColumnType::Unknown, _) | (_, None) => return Ok(None),
        (scalar, Some(_)) => {
            surprises.insert(Surprise::JsonScalar);
            vec![(RECORD_COLUMN.to_owned(), scalar)]
        }
    };
    if let Some(path) = path.filter(|path| !path.steps().is_empty()) {
        let path = path.to_string();
        surprises.insert(Surprise::JsonPathIsGlues { path });
    }
    let mixed = records.mixed.into_iter();
    surprises.extend(mixed.map(|column| Surprise::MixedTypes { column }));
    if fields.is_empty() {
        return Ok(None);
    }
    let format = Format::Json {
        path: path.cloned(),
    };
    let schema = FileSchema::new(format, fields)
        .sampled(records.count, text.len() as u64)
        .surprising(surprises);
    Ok(Some(Recognition::certain(schema)))
}

/// Where JSON stops being JSON.
struct Malformed {
    /// In bytes from the end of the text.
    left: usize,
    error: serde_json::Error,
    /// The text before it began as JSON does.
    within_document: bool,
}

impl Malformed {
    /// The place in the whole text.
    fn describe(&self, text: &str) -> String {
        let document = &text[..text.len() - self.left];
        let lines_before = document.matches('\n').count();
        let line = lines_before + self.error.line();
        let column = if self.error.line() == 1 {
            let line_start = document.rfind('\n').map_or(0, |end| end + 1);
            document.len() - line_start + self.error.column()
        } else {
            self.error.column()
        };
        let what = self.error.to_string();
        let what = what.split(" at line ").next().unwrap_or_default();
        format!("malformed JSON at byte {column} of line {line}: {what}")
    }
}

/// What stands between the values of a text.
#[derive(Clone, Copy, PartialEq)]
enum Separated {
    ByBlanks,
    /// And a bracket closes them.
    ByCommas,
}

/// Reads a run of values and adds the records in them; a value that the sample's end cuts does
/// not count.
fn read_values(
    text: &str,
    truncated: bool,
    steps: &[Step],
    separated: Separated,
    records: &mut Records,
) -> Result<(), Malformed> {
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if separated == Separated::ByCommas && rest.starts_with(']') {
            return Ok(());
        }
        let mut parser = serde_json::Deserializer::from_str(rest);
        let found = At { steps, records }.deserialize(&mut parser);
        match found {
            Ok(()) => {}
            Err(error) if error.is_eof() && truncated => return Ok(()),
            Err(error) => {
                return Err(Malformed {
                    left: rest.len(),
                    within_document: starts_document(rest),
                    error,
                });
            }
        }
        let end = parser.into_iter::<IgnoredAny>().byte_offset();
        let (value, after) = rest.split_at(end);
        records.spans_lines |= separated == Separated::ByBlanks && value.trim().contains('\n');
        rest = after.trim_start();
        if separated == Separated::ByCommas {
            rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        }
    }
    if separated == Separated::ByCommas && !truncated {
        let error = serde::de::Error::custom("the array does not end");
        return Err(Malformed {
            left: 0,
            error,
            within_document: true,
        });
    }
    Ok(())
}

/// A brace or bracket and what may follow it.
fn starts_document(text: &str) -> bool {
    let inside = text.strip_prefix(['{', '[']).map(str::trim_start);
    inside.is_some_and(|inside| inside.starts_with(['"', '{', '[', '}', ']']))
}

struct Records {
    kind: ColumnType,
    count: u64,
    /// Fields whose values have types that only text holds.
    mixed: BTreeSet<String>,
    /// A document has line breaks in it.
    spans_lines: bool,
}

impl Default for Records {
    fn default() -> Self {
        Self {
            kind: ColumnType::Unknown,
            count: 0,
            mixed: BTreeSet::new(),
            spans_lines: false,
        }
    }
}

impl Records {
    fn add(&mut self, kind: ColumnType) {
        if let (ColumnType::Struct(known), ColumnType::Struct(fields)) = (&self.kind, &kind) {
            for (place, (name, kind)) in fields.iter().enumerate() {
                let known = place_of(known, place, name).and_then(|found| known.get(found));
                if known.is_some_and(|(_, known)| only_text_holds(known, kind)) {
                    self.mixed.insert(name.clone());
                }
            }
        }
        self.kind = std::mem::replace(&mut self.kind, ColumnType::Unknown).merge(kind);
        self.count += 1;
    }
}

/// The types differ in kind, not in width.
fn only_text_holds(one: &ColumnType, other: &ColumnType) -> bool {
    let is_text = |kind: &ColumnType| *kind == ColumnType::String;
    let is_nested =
        |kind: &ColumnType| matches!(kind, ColumnType::Struct(_) | ColumnType::Array(_));
    let is_known = |kind: &ColumnType| *kind != ColumnType::Unknown;
    if !is_known(one) || !is_known(other) || one == other {
        return false;
    }
    if is_nested(one) && is_nested(other) {
        return std::mem::discriminant(one) != std::mem::discriminant(other);
    }
    is_text(one) || is_text(other) || is_text(&one.clone().merge(other.clone()))
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
                [step @ (Step::Field(_) | Step::AnyField), inner @ ..]
                    if matches!(step, Step::AnyField)
                        || matches!(step, Step::Field(name) if *name == key) =>
                {
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
        let (wanted, inner) = match self.steps {
            [Step::AnyElement, inner @ ..] => (None, inner),
            [Step::Element(index), inner @ ..] => (Some(*index), inner),
            _ => (Some(usize::MAX), &[][..]),
        };
        for index in 0.. {
            let more = if wanted.is_none_or(|wanted| wanted == index) {
                let records = &mut *self.records;
                let element = At {
                    steps: inner,
                    records,
                };
                elements.next_element_seed(element)?.is_some()
            } else {
                elements.next_element::<IgnoredAny>()?.is_some()
            };
            if !more {
                break;
            }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rstest::rstest;

    fn columns(text: &str, truncated: bool, path: Option<&str>) -> Option<String> {
        let path = path.map(|path| JsonPath::parse(path).unwrap());
        let schema = infer_json(text, truncated, path.as_ref()).ok()??.schema;
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
    #[case(
        "$.*.b",
        "{\"x\":{\"b\":{\"c\":1}},\"y\":{\"b\":{\"c\":2.5}}}",
        "2: c double"
    )]
    #[case("$[1]", "[{\"a\":1},{\"b\":2}]", "1: b int")]
    #[case("$.id", "{\"id\":\"a\"}\n{\"id\":\"b\"}\n", "2: record string")]
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
    #[case("{\"a\":1}\n{\"a\":}\n", "byte 6 of line 2")]
    #[case("{\"a\":1}\n{\n  \"a\": x\n}\n", "byte 8 of line 3")]
    #[case("[{\"a\":1},\n", "the array does not end")]
    #[case("{\"a\":1}\n{\"a\":2", "of line 2")]
    fn malformed_json_is_named_at_its_place(#[case] text: &str, #[case] expected: &str) {
        let error = infer_json(text, false, None).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn deep_nesting_is_refused() {
        let text = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
        let error = infer_json(&text, false, None).unwrap_err();
        assert!(error.contains("recursion limit"), "{error}");
    }

    #[test]
    fn text_in_brackets_is_not_json() {
        assert_eq!(
            infer_json("[info] started\n[info] ready\n", false, None),
            Ok(None)
        );
    }

    #[rstest]
    #[case("[{\"a\":1}]", None, "$[*]")]
    #[case("{\n\"a\":1\n}", None, "span lines")]
    #[case("{\"a\":1}\n{\"a\":\"x\"}", None, "column 'a' have types")]
    #[case("{\"a\":[1]}\n{\"a\":{\"b\":1}}", None, "column 'a' have types")]
    #[case("{\"Id\":1,\"ID\":2}", None, "called 'id'")]
    #[case("{\"a\":{\"b\":1}}", Some("$.a.b"), "column 'record'")]
    fn the_owner_is_told(#[case] text: &str, #[case] path: Option<&str>, #[case] expected: &str) {
        let path = path.map(|path| JsonPath::parse(path).unwrap());
        let schema = infer_json(text, false, path.as_ref())
            .unwrap()
            .unwrap()
            .schema;
        let told: Vec<String> = schema.surprises.iter().map(Surprise::to_string).collect();
        assert!(told.iter().any(|one| one.contains(expected)), "{told:?}");
    }
}
