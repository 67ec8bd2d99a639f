//! The JSON SerDes of Hive and OpenX: an object a record, keys matched without regard to case,
//! missing members null, members that no column has ignored.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use arrow::json::ReaderBuilder;
use serde_json::Value;

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
        let projected = Arc::new(
            schema
                .project(columns)
                .map_err(|error| failure(None, error.to_string()))?,
        );
        if columns.is_empty() {
            let options = RecordBatchOptions::new().with_row_count(Some(filled(records).count()));
            return RecordBatch::try_new_with_options(projected, Vec::new(), &options)
                .map_err(|error| failure(None, error.to_string()));
        }
        let mut rows = Vec::with_capacity(records.len());
        for (number, record) in filled(records) {
            match serde_json::from_slice::<Value>(record) {
                Ok(row @ Value::Object(_)) => rows.push(folded(row)),
                Ok(_) | Err(_) if self.ignore_malformed => {
                    rows.push(Value::Object(serde_json::Map::new()));
                }
                Ok(_) => {
                    return Err(failure(
                        Some(number),
                        "Row is not a valid JSON Object".to_owned(),
                    ));
                }
                Err(error) => {
                    return Err(failure(
                        Some(number),
                        format!("Row is not a valid JSON Object - JSONException: {error}"),
                    ));
                }
            }
        }
        let mut decoder = ReaderBuilder::new(Arc::clone(&projected))
            .with_batch_size(rows.len().max(1))
            .with_coerce_primitive(true)
            .build_decoder()
            .map_err(|error| failure(None, error.to_string()))?;
        decoder
            .serialize(&rows)
            .map_err(|error| failure(None, error.to_string()))?;
        let batch = decoder
            .flush()
            .map_err(|error| failure(None, error.to_string()))?;
        Ok(batch.unwrap_or_else(|| RecordBatch::new_empty(projected)))
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

/// The value with all keys in lower case, as the catalog keeps column and field names.
fn folded(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(key, value)| (key.to_lowercase(), folded(value)))
                .collect(),
        ),
        Value::Array(elements) => Value::Array(elements.into_iter().map(folded).collect()),
        value => value,
    }
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
