//! JSON values to columns.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, ListArray, MapArray, PrimitiveArray, StringArray, StringBuilder,
    StructArray, TimestampMillisecondArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, FieldRef, Fields, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, TimeUnit,
};
use arrow::error::ArrowError;

use super::Dialect;
use super::names::Names;
use super::syntax::{self, Invalid};
use crate::text::convert;

/// A value that is not of its column's type.
#[derive(Debug)]
pub(super) struct Misfit {
    pub(super) row: usize,
    pub(super) reason: String,
}

/// What a column is made of: a value a row, as it is written; none for null.
type Values<'a> = [Option<&'a [u8]>];

/// Makes columns of one table's values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns<'a> {
    pub(super) dialect: &'a Dialect,
    /// The column's number in the table, for messages.
    pub(super) field: usize,
}

impl Columns<'_> {
    /// The column of a type.
    pub(super) fn column(
        self,
        values: &Values<'_>,
        data_type: &DataType,
    ) -> Result<ArrayRef, Misfit> {
        match data_type {
            DataType::Utf8 => self.texts(values),
            DataType::Int8 => self.integers::<Int8Type>(values),
            DataType::Int16 => self.integers::<Int16Type>(values),
            DataType::Int32 => self.integers::<Int32Type>(values),
            DataType::Int64 => self.integers::<Int64Type>(values),
            DataType::Float32 => self.floats::<Float32Type>(values),
            DataType::Float64 => self.floats::<Float64Type>(values),
            DataType::Boolean => self.booleans(values),
            DataType::Timestamp(TimeUnit::Millisecond, None) => self.timestamps(values),
            DataType::List(item) => self.lists(values, item),
            DataType::Map(entries, _) => self.maps(values, entries),
            DataType::Struct(fields) => self.structs(values, fields),
            _ => self.converted(values, data_type),
        }
    }

    /// Numbers and words as they are written, objects and arrays as their JSON.
    fn texts(self, values: &Values<'_>) -> Result<ArrayRef, Misfit> {
        let bytes = values.iter().flatten().map(|value| value.len()).sum();
        let mut texts = StringBuilder::with_capacity(values.len(), bytes);
        for (row, value) in values.iter().enumerate() {
            match value {
                None => texts.append_null(),
                Some(value @ [b'"', ..]) => {
                    let content = syntax::string(value).map_err(|error| broken(row, &error))?;
                    texts.append_value(content.text());
                }
                Some(value @ [b'{' | b'[', ..]) => {
                    if self.dialect.is_hive {
                        return Err(Misfit {
                            row,
                            reason: "Invalid JSON: varchar value must be a scalar json value"
                                .to_owned(),
                        });
                    }
                    texts.append_value(String::from_utf8_lossy(&syntax::compact(value)));
                }
                Some(value) => texts.append_value(String::from_utf8_lossy(value)),
            }
        }
        Ok(Arc::new(texts.finish()))
    }

    fn integers<T>(self, values: &Values<'_>) -> Result<ArrayRef, Misfit>
    where
        T: ArrowPrimitiveType,
        T::Native: TryFrom<i64>,
    {
        self.numbers::<T>(values, |text| {
            let number = match text.parse::<i64>() {
                Ok(number) => number,
                Err(_) => whole_number(text, self.dialect.is_hive)?,
            };
            T::Native::try_from(number).ok()
        })
    }

    fn floats<T>(self, values: &Values<'_>) -> Result<ArrayRef, Misfit>
    where
        T: ArrowPrimitiveType,
        T::Native: std::str::FromStr,
    {
        self.numbers::<T>(values, |text| text.parse().ok())
    }

    fn numbers<T: ArrowPrimitiveType>(
        self,
        values: &Values<'_>,
        parse: impl Fn(&str) -> Option<T::Native>,
    ) -> Result<ArrayRef, Misfit> {
        let mut numbers = PrimitiveArray::<T>::builder(values.len());
        for (row, value) in values.iter().enumerate() {
            match value {
                None => numbers.append_null(),
                Some([b'"', ..]) if self.dialect.is_hive => {
                    return Err(Misfit {
                        row,
                        reason: "Current token (VALUE_STRING) not numeric, can not use numeric \
                                 value accessors"
                            .to_owned(),
                    });
                }
                Some(value) => {
                    let text = self.scalar(row, value)?;
                    match parse(&text) {
                        Some(number) => numbers.append_value(number),
                        None => self.lost(row, &text).map(|()| numbers.append_null())?,
                    }
                }
            }
        }
        Ok(Arc::new(numbers.finish()))
    }

    /// Everything that is not `true` is false, as Java reads words.
    fn booleans(self, values: &Values<'_>) -> Result<ArrayRef, Misfit> {
        let mut words = Vec::with_capacity(values.len());
        for (row, value) in values.iter().enumerate() {
            let word = value.map(|value| self.scalar(row, value)).transpose()?;
            words.push(word.map(|word| word.eq_ignore_ascii_case("true")));
        }
        Ok(Arc::new(BooleanArray::from(words)))
    }

    /// Texts with or without `T` and zone; OpenX takes numbers too, for seconds or milliseconds.
    fn timestamps(self, values: &Values<'_>) -> Result<ArrayRef, Misfit> {
        let mut instants = TimestampMillisecondArray::builder(values.len());
        for (row, value) in values.iter().enumerate() {
            let Some(value) = value else {
                instants.append_null();
                continue;
            };
            let text = self.scalar(row, value)?;
            let number = (!self.dialect.is_hive)
                .then(|| epoch_millis(&text))
                .flatten();
            match number.or_else(|| convert::instant_millis(&text)) {
                Some(millis) => instants.append_value(millis),
                None => self.lost(row, &text).map(|()| instants.append_null())?,
            }
        }
        Ok(Arc::new(instants.finish()))
    }

    /// The types whose texts are the same in every text format.
    fn converted(self, values: &Values<'_>, data_type: &DataType) -> Result<ArrayRef, Misfit> {
        let mut texts = StringBuilder::new();
        for (row, value) in values.iter().enumerate() {
            let text = value.map(|value| self.scalar(row, value)).transpose()?;
            texts.append_option(text);
        }
        let texts = texts.finish();
        let column = convert::primitives(&texts, data_type).map_err(|error| impossible(&error))?;
        if let Some(row) = convert::first_lost(&texts, &column) {
            self.lost(row, texts.value(row))?;
        }
        Ok(column)
    }

    /// OpenX takes a value that is no array as an array of one, and the empty text as null.
    fn lists(self, values: &Values<'_>, item: &FieldRef) -> Result<ArrayRef, Misfit> {
        let mut elements = Vec::new();
        let mut lengths = Vec::with_capacity(values.len());
        let mut valid = Vec::with_capacity(values.len());
        for (row, value) in values.iter().enumerate() {
            let before = elements.len();
            match value {
                None => {}
                Some(value @ [b'[', ..]) => {
                    syntax::elements(value, |element| elements.push(not_null(element)))
                        .map_err(|error| broken(row, &error))?;
                }
                Some(value) if self.dialect.is_hive => {
                    return Err(self.wrong_shape(row, value, "JSONArray"));
                }
                Some(b"\"\"") => {}
                Some(value) => elements.push(Some(*value)),
            }
            valid.push(value.is_some_and(|value| value != b"\"\""));
            lengths.push(elements.len() - before);
        }
        let offsets = OffsetBuffer::from_lengths(lengths);
        let values = self
            .column(&elements, item.data_type())
            .map_err(|misfit| above(&offsets, misfit))?;
        array(ListArray::try_new(
            Arc::clone(item),
            offsets,
            values,
            Some(NullBuffer::from(valid)),
        ))
    }

    fn maps(self, values: &Values<'_>, entries: &FieldRef) -> Result<ArrayRef, Misfit> {
        let DataType::Struct(entry) = entries.data_type() else {
            return Err(Misfit {
                row: 0,
                reason: "the type is not a map's".to_owned(),
            });
        };
        let (mut keys, mut inner) = (Vec::new(), Vec::new());
        let mut lengths = Vec::with_capacity(values.len());
        let mut valid = Vec::with_capacity(values.len());
        for (row, value) in values.iter().enumerate() {
            let before = keys.len();
            let object = self.object(row, *value)?;
            if let Some(object) = object {
                syntax::members(object, |key, value| {
                    let name = key.text();
                    // Of keys that stand there twice the last one counts.
                    match keys[before..].iter().position(|known| *known == name) {
                        Some(index) => inner[before + index] = not_null(value),
                        None => {
                            keys.push(name);
                            inner.push(not_null(value));
                        }
                    }
                })
                .map_err(|error| broken(row, &error))?;
            }
            valid.push(object.is_some());
            lengths.push(keys.len() - before);
        }
        let offsets = OffsetBuffer::from_lengths(lengths);
        let texts = StringArray::from_iter_values(keys);
        let keys = convert::primitives(&texts, entry[0].data_type())
            .map_err(|error| impossible(&error))?;
        if let Some(row) = convert::first_lost(&texts, &keys) {
            let reason = convert::parsing_error(texts.value(row), self.field);
            return Err(above(&offsets, Misfit { row, reason }));
        }
        let inner = self
            .column(&inner, entry[1].data_type())
            .map_err(|misfit| above(&offsets, misfit))?;
        let pairs = StructArray::try_new(entry.clone(), vec![keys, inner], None)
            .map_err(|error| impossible(&error))?;
        let nulls = Some(NullBuffer::from(valid));
        array(MapArray::try_new(
            Arc::clone(entries),
            offsets,
            pairs,
            nulls,
            false,
        ))
    }

    fn structs(self, values: &Values<'_>, fields: &Fields) -> Result<ArrayRef, Misfit> {
        let names = Names::of_fields(fields, self.dialect);
        let mut columns = vec![vec![None; values.len()]; fields.len()];
        let mut valid = Vec::with_capacity(values.len());
        for (row, value) in values.iter().enumerate() {
            let object = self.object(row, *value)?;
            if let Some(object) = object {
                syntax::members(object, |key, value| {
                    if let Some(field) = names.find(key) {
                        columns[field][row] = not_null(value);
                    }
                })
                .map_err(|error| broken(row, &error))?;
            }
            valid.push(object.is_some());
        }
        let columns = columns
            .iter()
            .zip(fields)
            .map(|(values, field)| self.column(values, field.data_type()))
            .collect::<Result<Vec<_>, _>>()?;
        let nulls = Some(NullBuffer::from(valid));
        array(StructArray::try_new(fields.clone(), columns, nulls))
    }

    /// The value where an object is due; OpenX takes a text of nothing but space as null.
    fn object(self, row: usize, value: Option<&[u8]>) -> Result<Option<&[u8]>, Misfit> {
        match value {
            None => Ok(None),
            Some(value) if value.first() == Some(&b'{') => Ok(Some(value)),
            Some([b'"', space @ .., b'"'])
                if !self.dialect.is_hive && space.trim_ascii().is_empty() =>
            {
                Ok(None)
            }
            Some(value) => Err(self.wrong_shape(row, value, "JSONObject")),
        }
    }

    /// The text of a value that is neither object nor array.
    fn scalar<'v>(self, row: usize, value: &'v [u8]) -> Result<std::borrow::Cow<'v, str>, Misfit> {
        match value.first() {
            Some(b'"') => {
                let content = syntax::string(value).map_err(|error| broken(row, &error))?;
                Ok(content.text())
            }
            Some(b'{' | b'[') => Err(self.wrong_shape(row, value, "JsonString")),
            _ => Ok(String::from_utf8_lossy(value)),
        }
    }

    /// Null for a text that is not of the type, where the table asks for that.
    fn lost(self, row: usize, text: &str) -> Result<(), Misfit> {
        if self.dialect.null_for_invalid {
            return Ok(());
        }
        let reason = convert::parsing_error(text, self.field);
        Err(Misfit { row, reason })
    }

    /// In the words of the OpenX SerDe's Java classes.
    fn wrong_shape(self, row: usize, value: &[u8], wanted: &str) -> Misfit {
        let found = match value.first() {
            Some(b'{') => "org.openx.data.jsonserde.json.JSONObject",
            Some(b'[') => "org.openx.data.jsonserde.json.JSONArray",
            Some(b'"') => "java.lang.String",
            Some(b't' | b'f') => "java.lang.Boolean",
            _ => "java.lang.Number",
        };
        let field = self.field;
        let reason = format!(
            "Error parsing field value for field {field}: {found} cannot be cast to \
             org.openx.data.jsonserde.json.{wanted}"
        );
        Misfit { row, reason }
    }
}

/// A number without a fraction that is not written as one, such as `1e3` or `2.0`; Hive cuts
/// fractions off.
fn whole_number(text: &str, cut: bool) -> Option<i64> {
    let number: f64 = text.parse().ok()?;
    let whole = number.trunc();
    // Whole doubles up to 2^53 are exact.
    let fits = (cut || whole == number) && whole.abs() <= 9_007_199_254_740_992.0;
    fits.then_some(whole as i64)
}

/// `seconds.millis`, or milliseconds if there are thirteen digits or more.
fn epoch_millis(text: &str) -> Option<i64> {
    let seconds: f64 = text.parse().ok()?;
    match text.parse::<i64>() {
        Ok(millis) if text.len() >= 13 => Some(millis),
        Ok(seconds) => seconds.checked_mul(1_000),
        Err(_) => Some((seconds * 1_000.0).round() as i64),
    }
}

pub(super) fn not_null(value: &[u8]) -> Option<&[u8]> {
    (value != b"null").then_some(value)
}

/// A misfit among a list's elements as one of the list's row.
fn above(offsets: &OffsetBuffer<i32>, misfit: Misfit) -> Misfit {
    let element = i32::try_from(misfit.row).unwrap_or(i32::MAX);
    let row = offsets.partition_point(|&offset| offset <= element);
    Misfit {
        row: row.saturating_sub(1),
        ..misfit
    }
}

fn broken(row: usize, error: &Invalid) -> Misfit {
    Misfit {
        row,
        reason: error.to_string(),
    }
}

fn impossible(error: &ArrowError) -> Misfit {
    Misfit {
        row: 0,
        reason: error.to_string(),
    }
}

fn array<A: Array + 'static>(made: Result<A, ArrowError>) -> Result<ArrayRef, Misfit> {
    match made {
        Ok(array) => Ok(Arc::new(array)),
        Err(error) => Err(impossible(&error)),
    }
}
