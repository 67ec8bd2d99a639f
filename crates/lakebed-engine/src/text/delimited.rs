//! Records whose fields are separated by a byte.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StringArray, StringBuilder};
use arrow::datatypes::{DataType, SchemaRef};

use super::RecordError;

/// What is wrong with a column, and in which record if that is known.
pub(super) type ColumnError = (Option<usize>, String);

/// Makes the wanted columns of records: `fields` splits a record, `absent` stands for a field that
/// a short record does not have, `convert` gives a column its type.
pub(super) fn columns<'a>(
    records: &[&'a [u8]],
    schema: &SchemaRef,
    wanted: &[usize],
    mut fields: impl FnMut(&'a [u8], &mut Vec<Option<Cow<'a, [u8]>>>),
    convert: impl Fn(StringArray, &DataType) -> Result<ArrayRef, ColumnError>,
) -> Result<RecordBatch, RecordError> {
    let mut builders: Vec<StringBuilder> = wanted
        .iter()
        .map(|_| StringBuilder::with_capacity(records.len(), records.len() * 8))
        .collect();
    let mut row = Vec::with_capacity(schema.fields().len());
    for record in records {
        row.clear();
        fields(record, &mut row);
        for (builder, &column) in builders.iter_mut().zip(wanted) {
            match row.get(column) {
                Some(Some(field)) => builder.append_value(String::from_utf8_lossy(field)),
                Some(None) | None => builder.append_null(),
            }
        }
    }
    let projected = Arc::new(
        schema
            .project(wanted)
            .map_err(|error| failure(None, error.to_string()))?,
    );
    let arrays = builders
        .into_iter()
        .zip(projected.fields())
        .map(|(mut builder, field)| {
            convert(builder.finish(), field.data_type()).map_err(|(record, reason)| {
                failure(record, format!("column '{}': {reason}", field.name()))
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(records.len()));
    RecordBatch::try_new_with_options(projected, arrays, &options)
        .map_err(|error| failure(None, error.to_string()))
}

fn failure(record: Option<usize>, reason: String) -> RecordError {
    RecordError { record, reason }
}
