//! From `json`.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, ListArray, MapArray,
    StringBuilder, StructArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::interleave;
use arrow::datatypes::{DataType, FieldRef, Fields};
use datafusion::common::Result;

use super::{cast_array, invalid, to_json};
use crate::functions::scalar::{Input, Output};
use crate::types::json::JsonValue;
use crate::types::{Json, Own, field_names, type_name};

/// Whether there is a cast to this type.
pub(super) fn exists(to: &DataType) -> bool {
    match to {
        DataType::List(element) => exists(element.data_type()),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(entry) => match entry.iter().as_slice() {
                [key, value] => to_json::is_name(key.data_type()) && exists(value.data_type()),
                _ => false,
            },
            _ => false,
        },
        DataType::Struct(fields) => match Own::of(to) {
            Some(own) => matches!(own, Own::Json),
            None => {
                !super::is_opaque(fields) && fields.iter().all(|field| exists(field.data_type()))
            }
        },
        other => to_json::is_name(other),
    }
}

pub(super) fn cast(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    let documents = <Json<&str> as Input<'_>>::column(array)?;
    let values: Vec<Option<JsonValue>> = (0..array.len())
        .map(|row| {
            let document = <Json<&str>>::get(&documents, row);
            document
                .map(|Json(text)| {
                    JsonValue::parse(text).map_err(|_| no_cast(&format!("'{text}'"), to))
                })
                .transpose()
        })
        .collect::<Result<_>>()?;
    let values: Vec<Option<&JsonValue>> = values.iter().map(Option::as_ref).collect();
    convert(&values, to)
}

fn no_cast(value: &str, to: &DataType) -> datafusion::error::DataFusionError {
    let name = type_name(to);
    let name = match to {
        DataType::List(_) | DataType::Map(..) | DataType::Struct(_) => name,
        _ => name.to_uppercase(),
    };
    invalid(format!("Cannot cast {value} to {name}"))
}

fn convert(values: &[Option<&JsonValue>], to: &DataType) -> Result<ArrayRef> {
    if Own::of(to) == Some(Own::Json) {
        let mut answers = <Json<String> as Output>::builder(values.len(), to)?;
        for value in values {
            Output::append(value.map(|value| Json(value.to_string())), &mut answers);
        }
        return Ok(<Json<String> as Output>::finish(answers));
    }
    // To any other type, null is null.
    let values: Vec<Option<&JsonValue>> = values
        .iter()
        .map(|value| value.filter(|value| **value != JsonValue::Null))
        .collect();
    match to {
        DataType::List(element) => arrays(&values, element, to),
        DataType::Map(entries, sorted) => maps(&values, entries, *sorted, to),
        DataType::Struct(fields) => rows(&values, fields, to),
        _ => scalars(&values, to),
    }
}

fn nulls(values: &[Option<&JsonValue>]) -> NullBuffer {
    values.iter().map(Option::is_some).collect()
}

fn arrays(values: &[Option<&JsonValue>], element: &FieldRef, to: &DataType) -> Result<ArrayRef> {
    let mut elements = Vec::new();
    let mut lengths = Vec::with_capacity(values.len());
    for value in values {
        match value {
            None => lengths.push(0),
            Some(JsonValue::Array(values)) => {
                elements.extend(values.iter().map(Some));
                lengths.push(values.len());
            }
            Some(other) => return Err(no_cast(&other.to_string(), to)),
        }
    }
    Ok(Arc::new(ListArray::try_new(
        Arc::clone(element),
        OffsetBuffer::from_lengths(lengths),
        convert(&elements, element.data_type())?,
        Some(nulls(values)),
    )?))
}

fn maps(
    values: &[Option<&JsonValue>],
    entries: &FieldRef,
    sorted: bool,
    to: &DataType,
) -> Result<ArrayRef> {
    let DataType::Struct(fields) = entries.data_type() else {
        return Err(no_cast("a value", to));
    };
    let (mut keys, mut members) = (Vec::new(), Vec::new());
    let mut lengths = Vec::with_capacity(values.len());
    for value in values {
        match value {
            None => lengths.push(0),
            Some(JsonValue::Object(of)) => {
                keys.extend(of.iter().map(|(key, _)| JsonValue::Text(key.clone())));
                members.extend(of.iter().map(|(_, value)| Some(value)));
                lengths.push(of.len());
            }
            Some(other) => return Err(no_cast(&other.to_string(), to)),
        }
    }
    let keys: Vec<Option<&JsonValue>> = keys.iter().map(Some).collect();
    let columns = vec![
        convert(&keys, fields[0].data_type())?,
        convert(&members, fields[1].data_type())?,
    ];
    let map = MapArray::try_new(
        Arc::clone(entries),
        OffsetBuffer::from_lengths(lengths),
        StructArray::try_new(fields.clone(), columns, None)?,
        Some(nulls(values)),
        sorted,
    )?;
    super::container::refuse_duplicate_keys(&map)?;
    Ok(Arc::new(map))
}

/// A row's fields are an object's members by their names without case, or an array's elements.
fn rows(values: &[Option<&JsonValue>], fields: &Fields, to: &DataType) -> Result<ArrayRef> {
    let names: Vec<Option<String>> = field_names(fields)
        .map(|name| name.map(str::to_lowercase))
        .collect();
    let mut columns: Vec<Vec<Option<&JsonValue>>> = vec![Vec::new(); fields.len()];
    for value in values {
        match value {
            None => columns.iter_mut().for_each(|column| column.push(None)),
            Some(JsonValue::Array(elements)) if elements.len() == fields.len() => {
                for (column, element) in columns.iter_mut().zip(elements.iter()) {
                    column.push(Some(element));
                }
            }
            Some(JsonValue::Object(members)) if names.iter().all(Option::is_some) => {
                columns.iter_mut().for_each(|column| column.push(None));
                let mut seen = HashSet::with_capacity(fields.len());
                for (key, member) in members.iter() {
                    let key = key.to_lowercase();
                    let is_it = |name: &Option<String>| name.as_ref() == Some(&key);
                    let Some(field) = names.iter().position(is_it) else {
                        continue;
                    };
                    if !seen.insert(field) {
                        return Err(invalid(format!(
                            "Cannot cast to {}. Duplicate field: {key}",
                            type_name(to)
                        )));
                    }
                    if let Some(last) = columns[field].last_mut() {
                        *last = Some(member);
                    }
                }
            }
            Some(other) => return Err(no_cast(&other.to_string(), to)),
        }
    }
    let columns = columns
        .iter()
        .zip(fields)
        .map(|(column, field)| convert(column, field.data_type()))
        .collect::<Result<_>>()?;
    Ok(Arc::new(StructArray::try_new_with_length(
        fields.clone(),
        columns,
        Some(nulls(values)),
        values.len(),
    )?))
}

/// Values by what they are in JSON, each kind cast as a column.
#[derive(Default)]
struct Kinds {
    texts: StringBuilder,
    booleans: BooleanBuilder,
    whole: Int64Builder,
    doubles: Float64Builder,
    /// The kind of each row, and its place in that kind's column.
    places: Vec<(usize, usize)>,
}

impl Kinds {
    fn text(&mut self, text: Option<&str>) {
        self.places
            .push((0, arrow::array::ArrayBuilder::len(&self.texts)));
        self.texts.append_option(text);
    }

    fn boolean(&mut self, value: bool) {
        self.places
            .push((1, arrow::array::ArrayBuilder::len(&self.booleans)));
        self.booleans.append_value(value);
    }

    fn whole(&mut self, value: i64) {
        self.places
            .push((2, arrow::array::ArrayBuilder::len(&self.whole)));
        self.whole.append_value(value);
    }

    fn double(&mut self, value: f64) {
        self.places
            .push((3, arrow::array::ArrayBuilder::len(&self.doubles)));
        self.doubles.append_value(value);
    }
}

fn scalars(values: &[Option<&JsonValue>], to: &DataType) -> Result<ArrayRef> {
    let mut kinds = Kinds::default();
    for value in values {
        match value {
            None => kinds.text(None),
            Some(JsonValue::Text(text)) => kinds.text(Some(text)),
            Some(JsonValue::Boolean(value)) => kinds.boolean(*value),
            Some(JsonValue::Number(digits)) => number(&mut kinds, digits, to)?,
            Some(other) => return Err(no_cast(&other.to_string(), to)),
        }
    }
    let columns: [ArrayRef; 4] = [
        Arc::new(kinds.texts.finish()),
        Arc::new(kinds.booleans.finish()),
        Arc::new(kinds.whole.finish()),
        Arc::new(kinds.doubles.finish()),
    ];
    let mut cast = Vec::with_capacity(columns.len());
    for column in &columns {
        cast.push(cast_array(column, to)?);
    }
    let cast: Vec<&dyn Array> = cast.iter().map(AsRef::as_ref).collect();
    Ok(interleave(&cast, &kinds.places)?)
}

fn number(kinds: &mut Kinds, digits: &str, to: &DataType) -> Result<()> {
    let is_whole = !digits.contains(['.', 'e', 'E']);
    match to {
        // Exact, by the digits.
        DataType::Decimal128(..) => kinds.text(Some(digits)),
        to if is_whole && to.is_string() => kinds.text(Some(digits)),
        to if is_whole && !to.is_floating() => match digits.parse() {
            Ok(value) => kinds.whole(value),
            Err(_) => return Err(no_cast(&format!("'{digits}'"), to)),
        },
        _ => match digits.parse() {
            Ok(value) => kinds.double(value),
            Err(_) => return Err(no_cast(&format!("'{digits}'"), to)),
        },
    }
    Ok(())
}
