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
    /// What takes the next character's meaning away.
    pub(super) escape: Option<char>,
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

    /// The parts of a text, escapes left as they are; the empty text has none.
    fn split(self, text: &str, separator: char) -> Vec<&str> {
        if text.is_empty() {
            return Vec::new();
        }
        let Some(escape) = self.escape else {
            return text.split(separator).collect();
        };
        let mut parts = Vec::new();
        let mut start = 0;
        let mut escaped = false;
        for (index, character) in text.char_indices() {
            if escaped {
                escaped = false;
            } else if character == escape {
                escaped = true;
            } else if character == separator {
                parts.push(&text[start..index]);
                start = index + character.len_utf8();
            }
        }
        parts.push(&text[start..]);
        parts
    }

    /// Texts without what made other characters plain.
    fn unescaped(self, texts: StringArray) -> StringArray {
        match self.escape {
            Some(escape) if texts.iter().flatten().any(|text| text.contains(escape)) => texts
                .iter()
                .map(|text| text.map(|text| without(text, escape)))
                .collect(),
            _ => texts,
        }
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
        DataType::Utf8 => Ok(Arc::new(parts.unescaped(texts))),
        DataType::List(item) => list(&texts, item, parts),
        DataType::Map(entries, _) => map(&texts, entries, parts),
        DataType::Struct(fields) => object(&texts, fields, parts),
        _ => {
            let texts = parts.unescaped(texts);
            convert::primitives(&texts, data_type).map_err(|error| error.to_string())
        }
    }
}

/// `a<sep>b<sep>c`; the empty text is the empty array.
fn list(texts: &StringArray, item: &FieldRef, parts: Parts<'_>) -> Result<ArrayRef, String> {
    let (separator, within) = parts.outermost()?;
    let mut elements = StringBuilder::new();
    let mut lengths = Vec::with_capacity(texts.len());
    for text in texts {
        let before = elements.len();
        for part in parts.split(text.unwrap_or_default(), separator) {
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
        for pair in parts.split(text.unwrap_or_default(), outer) {
            let key = parts.split(pair, inner).first().copied().unwrap_or(pair);
            let value = pair.get(key.len() + inner.len_utf8()..);
            keys.append_value(key);
            parts.append(&mut found, value.unwrap_or(parts.null));
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
        let mut found = match text {
            Some("") => vec![""],
            text => parts.split(text.unwrap_or_default(), separator),
        }
        .into_iter();
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

fn without(text: &str, escape: char) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == escape {
            plain.extend(characters.next());
        } else {
            plain.push(character);
        }
    }
    plain
}

fn array<A: Array + 'static>(made: Result<A, ArrowError>) -> Result<ArrayRef, String> {
    match made {
        Ok(array) => Ok(Arc::new(array)),
        Err(error) => Err(error.to_string()),
    }
}
