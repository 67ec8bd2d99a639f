//! The JSON SerDes of Hive and OpenX: an object a record, keys matched without regard to case,
//! missing members null, members that no column has ignored.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Fields, SchemaRef};
use arrow::json::ReaderBuilder;
use serde_json::{Map, Value};

use super::{RecordError, TextFormat};

/// The settings of a table.
#[derive(Debug, Clone)]
pub(crate) struct HiveJson {
    /// Records that are not JSON become rows of nulls ("ignore.malformed.json", OpenX JSON SerDe,
    /// Athena user guide).
    pub(crate) ignore_malformed: bool,
}

impl TextFormat for HiveJson {
    fn decode(
        &self,
        records: &[&[u8]],
        schema: &SchemaRef,
        columns: &[usize],
    ) -> Result<RecordBatch, RecordError> {
        let failure = |record, reason: String| RecordError { record, reason };
        let projected = schema
            .project(columns)
            .map_err(|error| failure(None, error.to_string()))?;
        let projected = Arc::new(projected);
        if columns.is_empty() {
            let options = RecordBatchOptions::new().with_row_count(Some(filled(records).count()));
            return RecordBatch::try_new_with_options(projected, Vec::new(), &options)
                .map_err(|error| failure(None, error.to_string()));
        }
        let mut rows = Vec::with_capacity(records.len());
        let mut numbers = Vec::with_capacity(records.len());
        for (number, record) in filled(records) {
            match row_of(record, projected.fields()) {
                Ok(row) => rows.push(row),
                Err(_) if self.ignore_malformed => rows.push(empty()),
                Err(reason) => return Err(failure(Some(number), reason)),
            }
            numbers.push(number);
        }
        let reason = match batch_of(&rows, &projected) {
            Ok(batch) => return Ok(batch),
            Err(reason) => reason,
        };
        let misfits: Vec<usize> = (0..rows.len())
            .filter(|&row| batch_of(&rows[row..=row], &projected).is_err())
            .collect();
        if !self.ignore_malformed {
            let first = misfits.first().map(|&row| numbers[row]);
            return Err(failure(first, reason));
        }
        for row in misfits {
            rows[row] = empty();
        }
        batch_of(&rows, &projected).map_err(|reason| failure(None, reason))
    }
}

/// The records that are not blank, with their numbers.
fn filled<'a>(records: &'a [&'a [u8]]) -> impl Iterator<Item = (usize, &'a [u8])> {
    records
        .iter()
        .copied()
        .enumerate()
        .filter(|(_, record)| !record.trim_ascii().is_empty())
}

fn empty() -> Value {
    Value::Object(Map::new())
}

fn row_of(record: &[u8], fields: &Fields) -> Result<Value, String> {
    match serde_json::from_slice(record) {
        Ok(Value::Object(members)) => Ok(object_of(members, fields)),
        Ok(_) => Err("Row is not a valid JSON Object".to_owned()),
        Err(error) => Err(format!(
            "Row is not a valid JSON Object - JSONException: {error}"
        )),
    }
}

fn batch_of(rows: &[Value], schema: &SchemaRef) -> Result<RecordBatch, String> {
    let decode = || {
        let mut decoder = ReaderBuilder::new(Arc::clone(schema))
            .with_batch_size(rows.len().max(1))
            .with_coerce_primitive(true)
            .build_decoder()?;
        decoder.serialize(rows)?;
        decoder.flush()
    };
    match decode() {
        Ok(batch) => Ok(batch.unwrap_or_else(|| RecordBatch::new_empty(Arc::clone(schema)))),
        Err(error) => Err(error.to_string()),
    }
}

/// A value as a column of the type takes it: members of structs under the catalog's spelling,
/// objects and arrays in texts as their JSON.
fn value_of(value: Value, data_type: &DataType) -> Value {
    match (data_type, value) {
        (DataType::Utf8, value @ (Value::Object(_) | Value::Array(_))) => {
            Value::String(value.to_string())
        }
        (DataType::Struct(fields), Value::Object(members)) => object_of(members, fields),
        (DataType::List(item), Value::Array(elements)) => Value::Array(
            elements
                .into_iter()
                .map(|element| value_of(element, item.data_type()))
                .collect(),
        ),
        (DataType::Map(entries, _), Value::Object(members)) => match entries.data_type() {
            DataType::Struct(entry) if entry.len() == 2 => Value::Object(
                members
                    .into_iter()
                    .map(|(key, value)| (key, value_of(value, entry[1].data_type())))
                    .collect(),
            ),
            _ => Value::Object(members),
        },
        (_, value) => value,
    }
}

/// The members that are fields; a member spelt exactly as the field goes before others.
fn object_of(members: Map<String, Value>, fields: &Fields) -> Value {
    let mut object = Map::new();
    for (key, value) in members {
        let exact = fields.find(&key);
        let found = exact.or_else(|| {
            let mut fields = fields.iter().enumerate();
            fields.find(|(_, field)| same_letters(field.name(), &key))
        });
        if let Some((_, field)) = found
            && (exact.is_some() || !object.contains_key(field.name()))
        {
            object.insert(field.name().clone(), value_of(value, field.data_type()));
        }
    }
    Value::Object(object)
}

fn same_letters(one: &str, other: &str) -> bool {
    one.chars()
        .flat_map(char::to_lowercase)
        .eq(other.chars().flat_map(char::to_lowercase))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use arrow::datatypes::{Field, Schema};
    use arrow::util::pretty::pretty_format_batches;

    use super::*;
    use crate::types::arrow_type;

    fn schema() -> SchemaRef {
        let columns = [
            ("id", "string"),
            ("name", "struct<ko:string,en:string>"),
            ("scores", "array<double>"),
        ];
        Arc::new(Schema::new(
            columns
                .map(|(name, kind)| Field::new(name, arrow_type(kind).unwrap(), true))
                .to_vec(),
        ))
    }

    #[test]
    fn members_are_found_by_name_whatever_the_case() {
        let records: [&[u8]; 3] = [
            r#"{"ID": 7, "Name": {"KO": "김", "extra": 1}, "scores": [1, 2.5]}"#.as_bytes(),
            b"",
            br#"{"id": "x", "name": null}"#,
        ];
        let batch = HiveJson {
            ignore_malformed: false,
        }
        .decode(&records, &schema(), &[0, 1, 2])
        .unwrap();
        assert_eq!(
            pretty_format_batches(&[batch]).unwrap().to_string(),
            "+----+----------------+------------+\n\
             | id | name           | scores     |\n\
             +----+----------------+------------+\n\
             | 7  | {ko: 김, en: } | [1.0, 2.5] |\n\
             | x  |                |            |\n\
             +----+----------------+------------+"
        );
    }

    #[test]
    fn what_is_no_object_is_an_error_unless_it_is_to_be_ignored() {
        let records: [&[u8]; 2] = [b"{}", b"{\"id\": "];
        let error = HiveJson {
            ignore_malformed: false,
        }
        .decode(&records, &schema(), &[0])
        .unwrap_err();
        assert_eq!(error.record, Some(1));
        let batch = HiveJson {
            ignore_malformed: true,
        }
        .decode(&records, &schema(), &[0])
        .unwrap();
        assert_eq!(batch.num_rows(), 2);
    }
}
