//! Parquet: the schema of the footer in Glue's types.

use arrow::datatypes::{DataType, Schema};

use super::column_type::ColumnType;
use super::format::Format;
use super::schema::FileSchema;

pub(super) const MAGIC: &[u8] = b"PAR1";

/// The columns of a Parquet file of this Arrow schema; none if it has none.
pub(super) fn infer_parquet(schema: &Schema, records: u64, bytes: u64) -> Option<FileSchema> {
    let columns: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| (field.name().clone(), column_type(field.data_type())))
        .collect();
    (!columns.is_empty()).then(|| FileSchema::new(Format::Parquet, columns).sampled(records, bytes))
}

fn column_type(kind: &DataType) -> ColumnType {
    match kind {
        DataType::Boolean => ColumnType::Boolean,
        DataType::Int8 => ColumnType::TinyInt,
        DataType::Int16 | DataType::UInt8 => ColumnType::SmallInt,
        DataType::Int32 | DataType::UInt16 | DataType::Time32(_) => ColumnType::Int,
        DataType::Int64
        | DataType::UInt32
        | DataType::UInt64
        | DataType::Time64(_)
        | DataType::Duration(_) => ColumnType::BigInt,
        DataType::Float16 | DataType::Float32 => ColumnType::Float,
        DataType::Float64 => ColumnType::Double,
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => ColumnType::Decimal {
            precision: *precision,
            scale: *scale,
        },
        DataType::Date32 | DataType::Date64 => ColumnType::Date,
        DataType::Timestamp(_, _) => ColumnType::Timestamp,
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => ColumnType::Binary,
        DataType::List(element)
        | DataType::LargeList(element)
        | DataType::ListView(element)
        | DataType::LargeListView(element)
        | DataType::FixedSizeList(element, _) => {
            ColumnType::Array(Box::new(column_type(element.data_type())))
        }
        DataType::Struct(fields) => ColumnType::Struct(
            fields
                .iter()
                .map(|field| (field.name().clone(), column_type(field.data_type())))
                .collect(),
        ),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => ColumnType::Map(
                Box::new(column_type(fields[0].data_type())),
                Box::new(column_type(fields[1].data_type())),
            ),
            _ => ColumnType::String,
        },
        DataType::Dictionary(_, value) => column_type(value),
        DataType::RunEndEncoded(_, value) => column_type(value.data_type()),
        DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Null
        | DataType::Interval(_)
        | DataType::Union(_, _) => ColumnType::String,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use arrow::datatypes::{Field, Fields, TimeUnit};

    use super::*;

    #[test]
    fn footers_become_glue_types() {
        let entries = Field::new(
            "entries",
            DataType::Struct(Fields::from(vec![
                Field::new("key", DataType::Utf8, false),
                Field::new("value", DataType::Int32, true),
            ])),
            false,
        );
        let item = Arc::new(Field::new(
            "item",
            DataType::Struct(Fields::from(vec![Field::new("x", DataType::Float32, true)])),
            true,
        ));
        let fields = [
            ("id", DataType::Int64),
            ("amount", DataType::Decimal128(12, 2)),
            ("at", DataType::Timestamp(TimeUnit::Microsecond, None)),
            ("day", DataType::Date32),
            (
                "kind",
                DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            ),
            ("raw", DataType::Binary),
            ("points", DataType::List(item)),
            ("labels", DataType::Map(Arc::new(entries), false)),
        ];
        let schema = Schema::new(
            fields
                .into_iter()
                .map(|(name, kind)| Field::new(name, kind, true))
                .collect::<Vec<_>>(),
        );
        let types: Vec<String> = infer_parquet(&schema, 1, 100)
            .unwrap()
            .columns
            .iter()
            .map(|(_, kind)| kind.to_string())
            .collect();
        assert_eq!(
            types,
            [
                "bigint",
                "decimal(12,2)",
                "timestamp",
                "date",
                "string",
                "binary",
                "array<struct<x:float>>",
                "map<string,int>"
            ]
        );
    }
}
