//! Arrays, maps and structs in delimited text: every level of nesting has a separator of its own.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayBuilder as _, ArrayRef, ListArray, MapArray, StringArray, StringBuilder,
    StructArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, FieldRef, Fields};
use arrow::error::ArrowError;

use crate::text::convert;

/// What separates the parts of a nested value, and what stands for null in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<'a> {
    /// A byte a level, the outermost first.
    pub(super) separators: &'a [u8],
    pub(super) null: &'a str,
}

impl<'a> Parts<'a> {
    /// The separator of the outermost level, and what separates the levels within.
    fn outermost(self) -> Result<(char, Self), String> {
        let (&separator, separators) = self
            .separators
            .split_first()
            .ok_or("the type is nested deeper than there are separators")?;
        Ok((char::from(separator), Self { separators, ..self }))
    }

    fn append(self, builder: &mut StringBuilder, part: &str) {
        builder.append_option((part != self.null).then_some(part));
    }
}

/// Values of a type: what is not of it is null.
pub(super) fn values(
    texts: StringArray,
    data_type: &DataType,
    parts: Parts<'_>,
) -> Result<ArrayRef, String> {
    match data_type {
        DataType::Utf8 => Ok(Arc::new(texts)),
        DataType::List(item) => list(&texts, item, parts),
        DataType::Map(entries, _) => map(&texts, entries, parts),
        DataType::Struct(fields) => object(&texts, fields, parts),
        _ => convert::primitives(&texts, data_type).map_err(|error| error.to_string()),
    }
}

/// `a<sep>b<sep>c`; the empty text is the empty array.
fn list(texts: &StringArray, item: &FieldRef, parts: Parts<'_>) -> Result<ArrayRef, String> {
    let (separator, within) = parts.outermost()?;
    let mut elements = StringBuilder::new();
    let mut lengths = Vec::with_capacity(texts.len());
    for text in texts {
        let before = elements.len();
        for part in split(text, separator) {
            parts.append(&mut elements, part);
        }
        lengths.push(elements.len() - before);
    }
    let elements = values(elements.finish(), item.data_type(), within)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    array(ListArray::try_new(
        Arc::clone(item),
        offsets,
        elements,
        texts.nulls().cloned(),
    ))
}

/// `key<inner>value<outer>key<inner>value`; the empty text is the empty map.
fn map(texts: &StringArray, entries: &FieldRef, parts: Parts<'_>) -> Result<ArrayRef, String> {
    let DataType::Struct(entry) = entries.data_type() else {
        return Err("the type is not a map's".to_owned());
    };
    let (outer, within) = parts.outermost()?;
    let (inner, within) = within.outermost()?;
    let (mut keys, mut found) = (StringBuilder::new(), StringBuilder::new());
    let mut lengths = Vec::with_capacity(texts.len());
    for text in texts {
        let before = keys.len();
        for part in split(text, outer) {
            let (key, value) = part.split_once(inner).unwrap_or((part, parts.null));
            keys.append_value(key);
            parts.append(&mut found, value);
        }
        lengths.push(keys.len() - before);
    }
    let keys = values(keys.finish(), entry[0].data_type(), within)?;
    if keys.null_count() > 0 {
        let wanted = crate::types::hive_type(entry[0].data_type());
        return Err(format!("a key of a map is not of type {wanted}"));
    }
    let found = values(found.finish(), entry[1].data_type(), within)?;
    let pairs = StructArray::try_new(entry.clone(), vec![keys, found], None)
        .map_err(|error| error.to_string())?;
    array(MapArray::try_new(
        Arc::clone(entries),
        OffsetBuffer::from_lengths(lengths),
        pairs,
        texts.nulls().cloned(),
        false,
    ))
}

/// The fields' values in their order; missing ones are null.
fn object(texts: &StringArray, fields: &Fields, parts: Parts<'_>) -> Result<ArrayRef, String> {
    let (separator, within) = parts.outermost()?;
    let mut columns: Vec<StringBuilder> = fields.iter().map(|_| StringBuilder::new()).collect();
    for text in texts {
        let mut found = text.into_iter().flat_map(|text| text.split(separator));
        for column in &mut columns {
            match found.next() {
                Some(part) => parts.append(column, part),
                None => column.append_null(),
            }
        }
    }
    let columns = columns
        .into_iter()
        .zip(fields)
        .map(|(mut column, field)| values(column.finish(), field.data_type(), within))
        .collect::<Result<Vec<_>, _>>()?;
    array(StructArray::try_new(
        fields.clone(),
        columns,
        texts.nulls().cloned(),
    ))
}

fn split(text: Option<&str>, separator: char) -> impl Iterator<Item = &str> {
    let filled = text.filter(|text| !text.is_empty());
    filled
        .into_iter()
        .flat_map(move |text| text.split(separator))
}

fn array<A: Array + 'static>(made: Result<A, ArrowError>) -> Result<ArrayRef, String> {
    match made {
        Ok(array) => Ok(Arc::new(array)),
        Err(error) => Err(error.to_string()),
    }
}
