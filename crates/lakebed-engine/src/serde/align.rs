//! Columns as a file has them, made those that a table declares.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, ListArray, MapArray, RecordBatch, RecordBatchOptions, StructArray,
    new_null_array,
};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Fields, Schema, SchemaRef};
use arrow::error::ArrowError;

use crate::{EngineError, types};

/// Whether a file's type can be read as a table's without loss: the same, or a wider one.
pub(crate) fn reads_as(file: &DataType, table: &DataType) -> bool {
    match (file, table) {
        (DataType::Dictionary(_, values), table) => reads_as(values, table),
        (_, DataType::Decimal128(..)) => file.is_integer() || file.is_decimal(),
        (_, table) if table.is_integer() => {
            file.is_integer() && integer_bits(file) <= integer_bits(table)
        }
        (DataType::Float16 | DataType::Float32, DataType::Float32 | DataType::Float64)
        | (DataType::Float64, DataType::Float64)
        | (DataType::Timestamp(..), DataType::Timestamp(..)) => true,
        (_, DataType::Utf8 | DataType::Binary) => {
            file.is_string() || file.is_binary() || matches!(file, DataType::FixedSizeBinary(_))
        }
        (DataType::List(file), DataType::List(table)) => {
            reads_as(file.data_type(), table.data_type())
        }
        (DataType::Map(file, _), DataType::Map(table, _)) => {
            match (file.data_type(), table.data_type()) {
                (DataType::Struct(file), DataType::Struct(table)) => file
                    .iter()
                    .zip(table)
                    .all(|(file, table)| reads_as(file.data_type(), table.data_type())),
                _ => false,
            }
        }
        (DataType::Struct(file), DataType::Struct(table)) => table.iter().all(|table| {
            place_of(file, table.name())
                .is_none_or(|place| reads_as(file[place].data_type(), table.data_type()))
        }),
        _ => file == table,
    }
}

/// Bits that an integer type's values need as a signed integer.
fn integer_bits(data_type: &DataType) -> usize {
    let bits = data_type.primitive_width().unwrap_or(0) * 8;
    match data_type {
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => bits * 2,
        _ => bits,
    }
}

/// Where among fields a column of a table is: by its name, or else by its name without regard to
/// case.
pub(crate) fn place_of(fields: &Fields, name: &str) -> Option<usize> {
    let exact = fields.iter().position(|field| field.name() == name);
    exact.or_else(|| {
        let name = name.to_lowercase();
        fields
            .iter()
            .position(|field| field.name().to_lowercase() == name)
    })
}

/// Which columns of a file to fetch, in the file's order, and where among them the wanted ones are.
pub(crate) fn fetched(in_file: &[Option<usize>]) -> (Vec<usize>, Vec<Option<usize>>) {
    let mut fetched: Vec<usize> = in_file.iter().copied().flatten().collect();
    fetched.sort_unstable();
    fetched.dedup();
    let places = in_file
        .iter()
        .map(|place| fetched.binary_search(&(*place)?).ok())
        .collect();
    (fetched, places)
}

/// A file's rows with the table's columns: those that the file has at `places`, null where there
/// is none.
///
/// # Errors
/// If a value is none of the table's, although [`reads_as`] let its type through.
pub(crate) fn align_batch(
    batch: &RecordBatch,
    places: &[Option<usize>],
    table: &SchemaRef,
) -> Result<RecordBatch, ArrowError> {
    let mut columns = Vec::with_capacity(places.len());
    for (place, field) in places.iter().zip(table.fields()) {
        columns.push(match place {
            Some(place) => align(batch.column(*place), field.data_type())?,
            None => new_null_array(field.data_type(), batch.num_rows()),
        });
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(table), columns, &options)
}

fn align(array: &ArrayRef, wanted: &DataType) -> Result<ArrayRef, ArrowError> {
    match (array.data_type(), wanted) {
        (found, wanted) if found == wanted => Ok(Arc::clone(array)),
        (DataType::Struct(found), DataType::Struct(fields)) => {
            let array = array.as_struct();
            let columns = fields
                .iter()
                .map(|field| match place_of(found, field.name()) {
                    Some(place) => align(array.column(place), field.data_type()),
                    None => Ok(new_null_array(field.data_type(), array.len())),
                })
                .collect::<Result<Vec<_>, _>>()?;
            let nulls = array.nulls().cloned();
            Ok(Arc::new(StructArray::try_new(
                fields.clone(),
                columns,
                nulls,
            )?))
        }
        (DataType::List(_), DataType::List(item)) => {
            let (_, offsets, values, nulls) = array.as_list::<i32>().clone().into_parts();
            let values = align(&values, item.data_type())?;
            let item = Arc::clone(item);
            Ok(Arc::new(ListArray::try_new(item, offsets, values, nulls)?))
        }
        (DataType::Map(..), DataType::Map(entries, sorted)) => {
            let (_, offsets, pairs, nulls, _) = array.as_map().clone().into_parts();
            let DataType::Struct(entry) = entries.data_type() else {
                return Err(ArrowError::SchemaError("a map without entries".to_owned()));
            };
            let columns = pairs
                .columns()
                .iter()
                .zip(entry)
                .map(|(column, field)| align(column, field.data_type()))
                .collect::<Result<Vec<_>, _>>()?;
            let pairs = StructArray::try_new(entry.clone(), columns, None)?;
            Ok(Arc::new(MapArray::try_new(
                Arc::clone(entries),
                offsets,
                pairs,
                nulls,
                *sorted,
            )?))
        }
        _ => {
            let options = CastOptions {
                safe: false,
                ..Default::default()
            };
            cast_with_options(array, wanted, &options)
        }
    }
}

/// Refuses a file that holds other types than the table declares.
///
/// # Errors
/// [`EngineError::BadData`] names the column, both types and the file.
pub(crate) fn check_types(
    format: &str,
    file: &Schema,
    places: &[Option<usize>],
    table: &Schema,
    url: &str,
) -> Result<(), EngineError> {
    for (place, declared) in places.iter().zip(table.fields()) {
        let Some(found) = place.map(|place| file.field(place)) else {
            continue;
        };
        if !reads_as(found.data_type(), declared.data_type()) {
            return Err(EngineError::BadData(format!(
                "Field {}'s type {} in {format} file {url} is incompatible with type {} defined \
                 in table schema",
                declared.name(),
                types::hive_type(found.data_type()),
                types::hive_type(declared.data_type()),
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::types::arrow_type;

    #[test]
    fn types_are_read_as_wider_ones_only() {
        let fits = |file: &str, table: &str| {
            reads_as(&arrow_type(file).unwrap(), &arrow_type(table).unwrap())
        };
        for (file, table) in [
            ("int", "bigint"),
            ("float", "double"),
            ("int", "decimal(12,2)"),
            ("binary", "string"),
            ("array<int>", "array<bigint>"),
            ("struct<a:int,b:string>", "struct<b:string,c:int>"),
            ("map<string,int>", "map<string,bigint>"),
        ] {
            assert!(fits(file, table), "{file} as {table}");
        }
        for (file, table) in [
            ("bigint", "int"),
            ("bigint", "string"),
            ("string", "bigint"),
            ("double", "float"),
            ("bigint", "double"),
            ("struct<a:string>", "struct<a:int>"),
            ("array<int>", "int"),
        ] {
            assert!(!fits(file, table), "{file} as {table}");
        }
    }
}
