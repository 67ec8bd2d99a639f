//! Whether definitions of columns make sense, alone and beside each other.

use arrow::datatypes::{DataType, FieldRef};
use lakebed_wire::glue;

use crate::{EngineError, types};

/// Refuses two columns of one name; names differ by more than case.
///
/// # Errors
/// [`EngineError::InvalidMetadata`].
pub(super) fn check_names(
    table: &str,
    columns: &[FieldRef],
    keys: &[FieldRef],
) -> Result<(), EngineError> {
    let mut names: Vec<String> = columns
        .iter()
        .chain(keys)
        .map(|field| field.name().to_lowercase())
        .collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Ok(()),
        Some(pair) => Err(EngineError::InvalidMetadata(format!(
            "Hive metadata for table {table} is invalid: Table descriptor contains duplicate \
             columns ('{}')",
            pair[0]
        ))),
    }
}

/// Refuses a partition whose columns cannot be read as its table's ("Update tables with
/// partitions", Athena user guide). Text formats know columns by their place, the others by name.
///
/// # Errors
/// [`EngineError::PartitionSchemaMismatch`].
pub(super) fn check_partition(
    table: &str,
    partition: &str,
    table_columns: &[glue::Column],
    partition_columns: &[glue::Column],
    by_name: bool,
) -> Result<(), EngineError> {
    if table_columns == partition_columns {
        return Ok(());
    }
    for (index, column) in table_columns.iter().enumerate() {
        let beside = if by_name {
            partition_columns
                .iter()
                .find(|beside| beside.name.eq_ignore_ascii_case(&column.name))
        } else {
            partition_columns.get(index)
        };
        let Some(beside) = beside else {
            continue;
        };
        let declared = column.r#type.as_deref().unwrap_or("string");
        let found = beside.r#type.as_deref().unwrap_or("string");
        if declared == found || coerces(&type_of(found)?, &type_of(declared)?) {
            continue;
        }
        return Err(EngineError::PartitionSchemaMismatch(format!(
            "There is a mismatch between the table and partition schemas. The types are \
             incompatible and cannot be coerced. The column '{}' in table '{table}' is declared \
             as type '{declared}', but partition '{partition}' declared column '{}' as type \
             '{found}'.",
            column.name, beside.name
        )));
    }
    Ok(())
}

fn type_of(text: &str) -> Result<DataType, EngineError> {
    types::arrow_type(text)
}

/// Which types Trino's Hive connector reads as which.
fn coerces(from: &DataType, to: &DataType) -> bool {
    use DataType::{Decimal128, Float32, Float64, Int8, Int16, Int32, Int64, List, Map, Struct};
    match (from, to) {
        (from, to) if from == to => true,
        (Int8 | Int16 | Int32 | Int64, DataType::Utf8)
        | (DataType::Utf8, Int8 | Int16 | Int32 | Int64)
        | (Int8, Int16 | Int32 | Int64)
        | (Int16, Int32 | Int64)
        | (Int32, Int64)
        | (Float32, Float64)
        | (Float64, Float32)
        | (Decimal128(..), Decimal128(..) | Float32 | Float64)
        | (Float32 | Float64, Decimal128(..)) => true,
        (List(from), List(to)) | (Map(from, _), Map(to, _)) => {
            coerces(from.data_type(), to.data_type())
        }
        (Struct(from), Struct(to)) => from
            .iter()
            .zip(to)
            .all(|(from, to)| coerces(from.data_type(), to.data_type())),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn columns(all: &[(&str, &str)]) -> Vec<glue::Column> {
        all.iter()
            .map(|(name, kind)| glue::Column {
                name: (*name).to_owned(),
                r#type: Some((*kind).to_owned()),
                ..Default::default()
            })
            .collect()
    }

    #[test]
    fn a_partitions_columns_fit_if_their_types_do() {
        let table = columns(&[("a", "bigint"), ("b", "string"), ("c", "array<double>")]);
        for (partition, by_name, by_place) in [
            (columns(&[("a", "int"), ("b", "bigint")]), true, true),
            (columns(&[("b", "string"), ("a", "bigint")]), true, true),
            (columns(&[("b", "date"), ("A", "bigint")]), false, false),
            (columns(&[("x", "string"), ("y", "date")]), true, false),
            (
                columns(&[("a", "bigint"), ("b", "string"), ("c", "array<float>")]),
                true,
                true,
            ),
            (columns(&[("a", "double")]), false, false),
            (columns(&[]), true, true),
        ] {
            let fits =
                |by_name| check_partition("db.t", "p=1", &table, &partition, by_name).is_ok();
            assert_eq!(fits(true), by_name, "{partition:?}");
            assert_eq!(fits(false), by_place, "{partition:?}");
        }
        let error = check_partition("db.t", "p=1", &table, &columns(&[("a", "double")]), true);
        assert_eq!(
            error.unwrap_err().to_string(),
            "HIVE_PARTITION_SCHEMA_MISMATCH: There is a mismatch between the table and partition \
             schemas. The types are incompatible and cannot be coerced. The column 'a' in table \
             'db.t' is declared as type 'bigint', but partition 'p=1' declared column 'a' as type \
             'double'."
        );
    }
}
