//! Texts to the types of their columns.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::DataType;

use super::nested::{self, Parts};

/// Values of a column as LazySimpleSerDe gives them: what is not of the type is null.
pub(super) fn lenient(
    texts: StringArray,
    data_type: &DataType,
    parts: Parts<'_>,
) -> Result<ArrayRef, String> {
    match data_type {
        DataType::Utf8 => Ok(Arc::new(texts)),
        DataType::List(item) => nested::list(&texts, item, parts),
        DataType::Map(entries, _) => nested::map(&texts, entries, parts),
        DataType::Struct(fields) => nested::object(&texts, fields, parts),
        _ => cast(&texts, data_type),
    }
}

fn cast(texts: &StringArray, data_type: &DataType) -> Result<ArrayRef, String> {
    let options = CastOptions {
        safe: true,
        ..Default::default()
    };
    cast_with_options(texts, data_type, &options).map_err(|error| error.to_string())
}

/// Values of a column as OpenCSVSerDe gives them on Athena: what is not of the type is an error,
/// the empty text too ("OpenCSVSerDe for processing CSV", Athena user guide). Dates are days since
/// 1970, timestamps milliseconds since 1970.
///
/// # Errors
/// The row and what is wrong with its value.
pub(super) fn strict(
    texts: StringArray,
    data_type: &DataType,
) -> Result<ArrayRef, (Option<usize>, String)> {
    let source: ArrayRef = Arc::new(texts);
    let converted = match data_type {
        DataType::Utf8 => return Ok(source),
        DataType::Date32 => through(&source, &DataType::Int32, data_type),
        DataType::Timestamp(..) => through(&source, &DataType::Int64, data_type),
        DataType::Boolean
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::Float32
        | DataType::Float64
        | DataType::Decimal128(..) => through(&source, data_type, data_type),
        _ => {
            return Err((
                None,
                format!(
                    "OpenCSVSerDe has no columns of type {}",
                    crate::types::hive_type(data_type)
                ),
            ));
        }
    };
    let converted = converted.map_err(|reason| (None, reason))?;
    let lost = (0..source.len()).find(|&row| source.is_valid(row) && converted.is_null(row));
    match lost {
        None => Ok(converted),
        Some(row) => {
            let text = source
                .as_any()
                .downcast_ref::<StringArray>()
                .map_or("", |texts| texts.value(row));
            let wanted = crate::types::hive_type(data_type);
            Err((
                Some(row),
                format!("Error parsing field value '{text}' as {wanted}"),
            ))
        }
    }
}

fn through(texts: &ArrayRef, first: &DataType, then: &DataType) -> Result<ArrayRef, String> {
    let options = CastOptions {
        safe: true,
        ..Default::default()
    };
    let numbers = cast_with_options(texts, first, &options).map_err(|error| error.to_string())?;
    cast_with_options(&numbers, then, &options).map_err(|error| error.to_string())
}
