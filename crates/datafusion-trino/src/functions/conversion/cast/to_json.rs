//! To `json`.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, ListArray, MapArray,
    PrimitiveArray, StructArray,
};
use arrow::compute::cast as arrow_cast;
use arrow::datatypes::{DataType, Decimal128Type, Float32Type, Float64Type, Int64Type};
use datafusion::common::Result;

use crate::functions::scalar::{Input, Output};
use crate::text::TextColumn;
use crate::types::json::{write_decimal, write_double, write_real, write_text};
use crate::types::{Json, Own, field_names};

/// Whether values of a type have a JSON form; of a map's keys they are the members' names.
pub(super) fn exists(from: &DataType) -> bool {
    match from {
        DataType::List(element)
        | DataType::LargeList(element)
        | DataType::FixedSizeList(element, _) => exists(element.data_type()),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(entry) => match entry.iter().as_slice() {
                [key, value] => is_name(key.data_type()) && exists(value.data_type()),
                _ => false,
            },
            _ => false,
        },
        DataType::Struct(fields) => match Own::of(from) {
            Some(own) => matches!(own, Own::Json),
            None if super::is_opaque(fields) => false,
            None => fields.iter().all(|field| exists(field.data_type())),
        },
        DataType::Date32 | DataType::Timestamp(_, None) => true,
        DataType::Dictionary(_, values) => exists(values),
        other => other.is_null() || is_name(other),
    }
}

/// Whether values of a type can be the names of members.
pub(super) fn is_name(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Boolean) || data_type.is_numeric() || data_type.is_string()
}

pub(super) fn cast(array: &ArrayRef) -> Result<ArrayRef> {
    let column = Column::of(array)?;
    let mut answers = <Json<String> as Output>::builder(array.len(), &Own::Json.data_type())?;
    for row in 0..array.len() {
        let json = (!column.is_null(row)).then(|| {
            let mut out = String::new();
            column.write(row, &mut out);
            Json(out)
        });
        Output::append(json, &mut answers);
    }
    Ok(<Json<String> as Output>::finish(answers))
}

/// A column by how its values are written.
enum Column {
    Null,
    Boolean(BooleanArray),
    Whole(PrimitiveArray<Int64Type>),
    Real(PrimitiveArray<Float32Type>),
    Double(PrimitiveArray<Float64Type>),
    Decimal(PrimitiveArray<Decimal128Type>),
    Json(ArrayRef),
    /// Texts, and what is written as its text.
    Text(TextColumn),
    Array(ListArray, Box<Self>),
    Map(MapArray, Box<TextColumn>, Box<Self>),
    Row(StructArray, Vec<(String, Self)>),
}

fn primitive<T: ArrowPrimitiveType>(array: &ArrayRef) -> Result<PrimitiveArray<T>> {
    Ok(arrow_cast(array, &T::DATA_TYPE)?.as_primitive().clone())
}

impl Column {
    fn of(array: &ArrayRef) -> Result<Self> {
        Ok(match array.data_type() {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Boolean(array.as_boolean().clone()),
            DataType::Float16 | DataType::Float32 => Self::Real(primitive(array)?),
            DataType::Float64 => Self::Double(primitive(array)?),
            DataType::Decimal128(..) => Self::Decimal(array.as_primitive().clone()),
            other if other.is_integer() => Self::Whole(primitive(array)?),
            DataType::List(_) => {
                let list = array.as_list::<i32>().clone();
                let elements = Self::of(list.values())?;
                Self::Array(list, Box::new(elements))
            }
            DataType::LargeList(element) | DataType::FixedSizeList(element, _) => {
                Self::of(&arrow_cast(array, &DataType::List(Arc::clone(element)))?)?
            }
            DataType::Map(..) => {
                let map = array.as_map().clone();
                let keys = TextColumn::new(map.keys())?;
                let values = Self::of(map.values())?;
                Self::Map(map, Box::new(keys), Box::new(values))
            }
            DataType::Struct(_) if Own::of(array.data_type()).is_some() => {
                Self::Json(Arc::clone(array))
            }
            DataType::Struct(fields) => {
                let row = array.as_struct().clone();
                let columns = field_names(fields)
                    .zip(row.columns())
                    .map(|(name, column)| {
                        Ok((name.unwrap_or_default().to_owned(), Self::of(column)?))
                    })
                    .collect::<Result<_>>()?;
                Self::Row(row, columns)
            }
            _ => Self::Text(TextColumn::new(array)?),
        })
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Null => true,
            Self::Boolean(values) => values.is_null(row),
            Self::Whole(values) => values.is_null(row),
            Self::Real(values) => values.is_null(row),
            Self::Double(values) => values.is_null(row),
            Self::Decimal(values) => values.is_null(row),
            Self::Json(values) => values.is_null(row),
            Self::Text(values) => values.is_null(row),
            Self::Array(values, _) => values.is_null(row),
            Self::Map(values, ..) => values.is_null(row),
            Self::Row(values, _) => values.is_null(row),
        }
    }

    fn write(&self, row: usize, out: &mut String) {
        if self.is_null(row) {
            return out.push_str("null");
        }
        match self {
            Self::Null => {}
            Self::Boolean(values) => {
                out.push_str(if values.value(row) { "true" } else { "false" });
            }
            Self::Whole(values) => out.push_str(&values.value(row).to_string()),
            Self::Real(values) => write_real(values.value(row), out),
            Self::Double(values) => write_double(values.value(row), out),
            Self::Decimal(values) => {
                let scale = usize::from(values.scale().unsigned_abs());
                write_decimal(values.value(row), scale, out);
            }
            Self::Json(values) => {
                let column = <Json<&str> as Input<'_>>::column(values).ok();
                let json = column.and_then(|column| <Json<&str>>::get(&column, row));
                out.push_str(json.map_or("null", |json| json.0));
            }
            Self::Text(values) => write_text(&values.text(row).unwrap_or_default(), out),
            Self::Array(list, elements) => {
                out.push('[');
                let offsets = list.value_offsets();
                for element in offsets[row]..offsets[row + 1] {
                    if element > offsets[row] {
                        out.push(',');
                    }
                    elements.write(element as usize, out);
                }
                out.push(']');
            }
            Self::Map(map, keys, values) => {
                let offsets = map.value_offsets();
                let entries = offsets[row] as usize..offsets[row + 1] as usize;
                let mut members: Vec<(String, usize)> = entries
                    .map(|entry| (keys.text(entry).unwrap_or_default(), entry))
                    .collect();
                members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
                write_members(members, |entry, out| values.write(entry, out), out);
            }
            Self::Row(_, columns) => {
                let names = columns.iter().map(|(name, _)| name.clone());
                let members = names.enumerate().map(|(field, name)| (name, field));
                write_members(members, |field, out| columns[field].1.write(row, out), out);
            }
        }
    }
}

fn write_members(
    members: impl IntoIterator<Item = (String, usize)>,
    write: impl Fn(usize, &mut String),
    out: &mut String,
) {
    out.push('{');
    for (place, (name, value)) in members.into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        write_text(&name, out);
        out.push(':');
        write(value, out);
    }
    out.push('}');
}
