//! Records whose fields are separated.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StringArray, StringBuilder};
use arrow::datatypes::{DataType, SchemaRef};

use super::RecordError;

/// The fields of one record; none stands for null.
pub(crate) type Row<'a> = Vec<Option<Cow<'a, [u8]>>>;

/// Makes the wanted columns of records. `fields` splits a record into as many fields as it is told
/// are enough, or more; `convert` gives the column of that number its type. A field that a short
/// record does not have is null.
pub(crate) fn columns<'a>(
    records: &[&'a [u8]],
    schema: &SchemaRef,
    wanted: &[usize],
    mut fields: impl FnMut(&'a [u8], usize, &mut Row<'a>),
    convert: impl Fn(StringArray, usize, &DataType) -> Result<ArrayRef, RecordError>,
) -> Result<RecordBatch, RecordError> {
    let projected = Arc::new(schema.project(wanted)?);
    let options = RecordBatchOptions::new().with_row_count(Some(records.len()));
    let Some(enough) = wanted.iter().max().map(|last| last + 1) else {
        return Ok(RecordBatch::try_new_with_options(
            projected,
            Vec::new(),
            &options,
        )?);
    };
    let mut builders: Vec<StringBuilder> = wanted
        .iter()
        .map(|_| StringBuilder::with_capacity(records.len(), records.len() * 8))
        .collect();
    let mut row = Row::with_capacity(schema.fields().len());
    for record in records {
        row.clear();
        fields(record, enough, &mut row);
        for (builder, &column) in builders.iter_mut().zip(wanted) {
            match row.get(column) {
                Some(Some(field)) => builder.append_value(String::from_utf8_lossy(field)),
                Some(None) | None => builder.append_null(),
            }
        }
    }
    let mut arrays = Vec::with_capacity(wanted.len());
    for (mut builder, &column) in builders.into_iter().zip(wanted) {
        let field = schema.field(column);
        let array =
            convert(builder.finish(), column, field.data_type()).map_err(|error| RecordError {
                reason: format!("column '{}': {}", field.name(), error.reason),
                ..error
            })?;
        arrays.push(array);
    }
    Ok(RecordBatch::try_new_with_options(
        projected, arrays, &options,
    )?)
}
