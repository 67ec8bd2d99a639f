//! What a path leads to in a document.

use std::rc::Rc;
use std::sync::LazyLock;

use arrow::datatypes::DataType;
use datafusion::common::{Result as EngineResult, ScalarValue};
use datafusion::error::DataFusionError;

use super::item::{Item, path_error, wrong_item};
use super::operators::{apply, arithmetic, cast};
use super::path::{JsonPath, Method, Path};
use super::predicate;
use crate::error::TrinoError;
use crate::functions::scalar::Scalar;
use crate::functions::{abs, ceiling, floor};
use crate::types::json::JsonValue;
use crate::types::{Moment, Own, ZonedTime};

type Result<T, E = TrinoError> = std::result::Result<T, E>;

/// What a path is followed in.
pub(super) struct Document<'a> {
    pub(super) lax: bool,
    pub(super) input: &'a JsonValue,
    /// The passed values; none for one that is an empty sequence.
    pub(super) passed: &'a [Option<Item>],
}

/// What the inner parts of a path speak of.
#[derive(Clone, Copy, Default)]
pub(super) struct Scope<'a> {
    current: Option<&'a Item>,
    last: Option<usize>,
}

impl<'a> Scope<'a> {
    pub(super) fn with_current(self, item: &'a Item) -> Self {
        let current = Some(item);
        Self { current, ..self }
    }
}

impl JsonPath {
    /// The items that the path leads to.
    ///
    /// # Errors
    /// `PATH_EVALUATION_ERROR` where it cannot be followed.
    pub(super) fn evaluate(&self, input: &JsonValue, passed: &[Option<Item>]) -> Result<Vec<Item>> {
        let document = Document {
            lax: self.lax,
            input,
            passed,
        };
        // The places of the objects that `keyvalue()` has seen.
        let mut objects = 0;
        document.items(&self.root, Scope::default(), &mut objects)
    }
}

impl Document<'_> {
    pub(super) fn items(
        &self,
        path: &Path,
        scope: Scope<'_>,
        objects: &mut i32,
    ) -> Result<Vec<Item>> {
        Ok(match path {
            Path::Context => vec![Item::Json(self.input.clone())],
            Path::Variable(place) => self
                .passed
                .get(*place)
                .cloned()
                .flatten()
                .into_iter()
                .collect(),
            Path::Current => scope.current.cloned().into_iter().collect(),
            Path::Last => {
                let last = scope.last.and_then(|last| i32::try_from(last).ok());
                let last = last.ok_or_else(|| path_error("last outside of an array accessor"))?;
                vec![Item::Value(ScalarValue::from(last))]
            }
            Path::JsonNull => vec![Item::Json(JsonValue::Null)],
            Path::Literal(value) => vec![Item::Value(value.clone())],
            Path::Sign { is_minus, of } => self.map(of, scope, objects, |item| {
                let number = item.number()?;
                match is_minus {
                    true => number.arithmetic_negate().map_err(|error| failed(&error)),
                    false => Ok(number),
                }
            })?,
            Path::Arithmetic {
                operator,
                left,
                right,
            } => {
                let left = self.unwrapped(left, scope, objects)?;
                let right = self.unwrapped(right, scope, objects)?;
                let ([left], [right]) = (left.as_slice(), right.as_slice()) else {
                    let reason = "arithmetic binary expression requires singleton operands";
                    return Err(path_error(reason));
                };
                let (left, right) = (left.number()?, right.number()?);
                vec![Item::Value(
                    arithmetic(operator, &left, &right).map_err(|error| failed(&error))?,
                )]
            }
            Path::Member { of, key } => self.members(of, key.as_deref(), scope, objects)?,
            Path::Descendants { of, key } => {
                let mut found = Vec::new();
                for item in self.items(of, scope, objects)? {
                    if let Item::Json(json) = item {
                        descend(&json, key, &mut found);
                    }
                }
                found
            }
            Path::Elements { of, subscripts } => self.elements(of, subscripts, scope, objects)?,
            Path::Filter { of, predicate } => {
                let mut kept = Vec::new();
                for item in self.unwrapped(of, scope, objects)? {
                    let is_kept =
                        predicate::holds(predicate, self, scope.with_current(&item), objects);
                    if is_kept == Some(true) {
                        kept.push(item);
                    }
                }
                kept
            }
            Path::Method { of, method } => self.call(*method, of, scope, objects)?,
        })
    }

    /// The items of a path; in lax mode, arrays are their elements.
    pub(super) fn unwrapped(
        &self,
        path: &Path,
        scope: Scope<'_>,
        objects: &mut i32,
    ) -> Result<Vec<Item>> {
        let items = self.items(path, scope, objects)?;
        let has_arrays = |item: &Item| matches!(item, Item::Json(JsonValue::Array(_)));
        if !self.lax || !items.iter().any(has_arrays) {
            return Ok(items);
        }
        let mut unwrapped = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Item::Json(JsonValue::Array(elements)) => {
                    unwrapped.extend(elements.iter().cloned().map(Item::Json));
                }
                item => unwrapped.push(item),
            }
        }
        Ok(unwrapped)
    }

    fn map(
        &self,
        of: &Path,
        scope: Scope<'_>,
        objects: &mut i32,
        value: impl Fn(&Item) -> Result<ScalarValue>,
    ) -> Result<Vec<Item>> {
        let items = self.unwrapped(of, scope, objects)?;
        items
            .iter()
            .map(|item| value(item).map(Item::Value))
            .collect()
    }

    fn members(
        &self,
        of: &Path,
        key: Option<&str>,
        scope: Scope<'_>,
        objects: &mut i32,
    ) -> Result<Vec<Item>> {
        let mut found = Vec::new();
        for item in self.unwrapped(of, scope, objects)? {
            let Item::Json(JsonValue::Object(members)) = &item else {
                if self.lax {
                    continue;
                }
                return Err(wrong_item("OBJECT", &item));
            };
            match key {
                None => found.extend(members.iter().map(|(_, value)| Item::Json(value.clone()))),
                Some(key) => match members.iter().find(|(name, _)| name.as_ref() == key) {
                    Some((_, value)) => found.push(Item::Json(value.clone())),
                    None if self.lax => {}
                    None => {
                        return Err(path_error(format!(
                            "structural error: missing member '{key}' in JSON object"
                        )));
                    }
                },
            }
        }
        Ok(found)
    }

    fn elements(
        &self,
        of: &Path,
        subscripts: &[(Path, Option<Path>)],
        scope: Scope<'_>,
        objects: &mut i32,
    ) -> Result<Vec<Item>> {
        let mut found = Vec::new();
        for item in self.items(of, scope, objects)? {
            let elements: Rc<[JsonValue]> = match item {
                Item::Json(JsonValue::Array(elements)) => elements,
                // What is no array is one of a single element.
                Item::Json(single) if self.lax => Rc::from([single]),
                item if self.lax => {
                    let is_it = subscripts.is_empty()
                        || self
                            .ranges(subscripts, 1, scope, objects)?
                            .contains(&(0..=0));
                    if is_it {
                        found.push(item);
                    }
                    continue;
                }
                item => return Err(wrong_item("ARRAY", &item)),
            };
            if subscripts.is_empty() {
                found.extend(elements.iter().cloned().map(Item::Json));
                continue;
            }
            if elements.is_empty() {
                if self.lax {
                    continue;
                }
                let reason = "structural error: invalid array subscript for empty array";
                return Err(path_error(reason));
            }
            for range in self.ranges(subscripts, elements.len(), scope, objects)? {
                found.extend(elements[range].iter().cloned().map(Item::Json));
            }
        }
        Ok(found)
    }

    /// The places that subscripts mean in an array that is not empty, as far as it has them.
    fn ranges(
        &self,
        subscripts: &[(Path, Option<Path>)],
        size: usize,
        scope: Scope<'_>,
        objects: &mut i32,
    ) -> Result<Vec<std::ops::RangeInclusive<usize>>> {
        let scope = Scope {
            last: Some(size - 1),
            ..scope
        };
        let end = i64::try_from(size).unwrap_or(i64::MAX);
        let mut ranges = Vec::with_capacity(subscripts.len());
        for (from, to) in subscripts {
            let from = self.place("from", from, scope, objects)?;
            let to = match to {
                Some(to) => self.place("to", to, scope, objects)?,
                None => from,
            };
            let is_inside = 0 <= from && from <= to && to < end;
            if !is_inside && !self.lax {
                return Err(path_error(format!(
                    "structural error: invalid array subscript: [{from}, {to}] for array of size {size}"
                )));
            }
            let (from, to) = (from.max(0), to.min(end - 1));
            if from <= to
                && let (Ok(from), Ok(to)) = (usize::try_from(from), usize::try_from(to))
            {
                ranges.push(from..=to);
            }
        }
        Ok(ranges)
    }

    fn place(&self, which: &str, path: &Path, scope: Scope<'_>, objects: &mut i32) -> Result<i64> {
        let items = self.items(path, scope, objects)?;
        let [item] = items.as_slice() else {
            return Err(path_error(format!(
                "array subscript '{which}' value must be singleton numeric"
            )));
        };
        match cast(&item.number()?, &DataType::Int64).map_err(|error| failed(&error))? {
            ScalarValue::Int64(Some(place)) => Ok(place),
            other => Err(path_error(format!("cannot convert value {other} to long"))),
        }
    }

    fn call(
        &self,
        method: Method,
        of: &Path,
        scope: Scope<'_>,
        objects: &mut i32,
    ) -> Result<Vec<Item>> {
        let function = match method {
            Method::Abs => &ABS,
            Method::Ceiling => &CEILING,
            Method::Floor => &FLOOR,
            Method::Double => return self.map(of, scope, objects, to_double),
            Method::Datetime => return self.map(of, scope, objects, to_datetime),
            Method::KeyValue => return self.key_values(of, scope, objects),
            Method::Size => {
                let items = self.items(of, scope, objects)?;
                return items.iter().map(|item| self.size(item)).collect();
            }
            Method::Type => {
                let items = self.items(of, scope, objects)?;
                let name = |item: &Item| Item::Value(ScalarValue::from(type_of(item)));
                return Ok(items.iter().map(name).collect());
            }
        };
        self.map(of, scope, objects, |item| {
            apply(function, &[&item.number()?]).map_err(|error| failed(&error))
        })
    }

    fn size(&self, item: &Item) -> Result<Item> {
        let size = match item {
            Item::Json(JsonValue::Array(elements)) => elements.len(),
            _ if self.lax => 1,
            item => return Err(wrong_item("ARRAY", item)),
        };
        let size = i32::try_from(size).map_err(path_error)?;
        Ok(Item::Value(ScalarValue::from(size)))
    }

    fn key_values(&self, of: &Path, scope: Scope<'_>, objects: &mut i32) -> Result<Vec<Item>> {
        let mut found = Vec::new();
        for item in self.unwrapped(of, scope, objects)? {
            let Item::Json(JsonValue::Object(members)) = &item else {
                return Err(wrong_item("OBJECT", &item));
            };
            for (key, value) in members.iter() {
                let id = JsonValue::Number(objects.to_string().into());
                let name = JsonValue::Text(Rc::clone(key));
                let object = [("name", name), ("value", value.clone()), ("id", id)];
                let object = object.map(|(name, value)| (Rc::from(name), value));
                found.push(Item::Json(JsonValue::Object(Rc::from(object))));
            }
            *objects += 1;
        }
        Ok(found)
    }
}

static ABS: LazyLock<Scalar> = LazyLock::new(abs);
static CEILING: LazyLock<Scalar> = LazyLock::new(ceiling);
static FLOOR: LazyLock<Scalar> = LazyLock::new(floor);

/// An operator's error as the path's.
fn failed(error: &DataFusionError) -> TrinoError {
    let told = TrinoError::from(error);
    path_error(told.message())
}

fn descend(value: &JsonValue, key: &str, found: &mut Vec<Item>) {
    match value {
        JsonValue::Object(members) => {
            if let Some((_, value)) = members.iter().find(|(name, _)| name.as_ref() == key) {
                found.push(Item::Json(value.clone()));
            }
            members
                .iter()
                .for_each(|(_, value)| descend(value, key, found));
        }
        JsonValue::Array(elements) => {
            elements
                .iter()
                .for_each(|element| descend(element, key, found));
        }
        _ => {}
    }
}

fn to_double(item: &Item) -> Result<ScalarValue> {
    let value = match item.text() {
        Some(text) => ScalarValue::from(text),
        None => item
            .number()
            .map_err(|_| wrong_item("NUMBER or TEXT", item))?,
    };
    cast(&value, &DataType::Float64).map_err(|error| failed(&error))
}

/// A text as a date, a time or a timestamp: which, it tells by what is in it.
fn to_datetime(item: &Item) -> Result<ScalarValue> {
    let text = item.text().ok_or_else(|| wrong_item("TEXT", item))?;
    let data_type = datetime_type(&text)
        .ok_or_else(|| path_error(format!("cannot convert '{text}' to a datetime")))?;
    let cast: EngineResult<ScalarValue> = cast(&ScalarValue::from(text), &data_type);
    cast.map_err(|error| failed(&error))
}

fn datetime_type(text: &str) -> Option<DataType> {
    let own = if text.contains(' ') {
        let written = Moment::read(text)?;
        match written.zone {
            Some(_) => Own::TimestampWithZone(written.precision),
            None => Own::Timestamp(written.precision),
        }
    } else if text.contains(':') {
        match ZonedTime::read(text)? {
            (_, precision, Some(_)) => Own::TimeWithZone(precision),
            (_, precision, None) => Own::Time(precision),
        }
    } else {
        return Some(DataType::Date32);
    };
    Some(own.data_type())
}

/// The name that `type()` answers.
fn type_of(item: &Item) -> &'static str {
    match item {
        Item::Json(JsonValue::Null) => "null",
        Item::Json(JsonValue::Boolean(_)) => "boolean",
        Item::Json(JsonValue::Number(_) | JsonValue::Decimal(_)) => "number",
        Item::Json(JsonValue::Text(_)) => "string",
        Item::Json(JsonValue::Array(_)) => "array",
        Item::Json(JsonValue::Object(_)) => "object",
        Item::Value(value) => match value.data_type() {
            DataType::Boolean => "boolean",
            DataType::Date32 => "date",
            DataType::Timestamp(_, None) => "timestamp without time zone",
            other if other.is_numeric() => "number",
            other => match Own::of(&other) {
                Some(Own::Time(_)) => "time without time zone",
                Some(Own::TimeWithZone(_)) => "time with time zone",
                Some(Own::Timestamp(_)) => "timestamp without time zone",
                Some(Own::TimestampWithZone(_)) => "timestamp with time zone",
                _ => "string",
            },
        },
    }
}
