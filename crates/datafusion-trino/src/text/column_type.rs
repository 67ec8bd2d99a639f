//! The types' names in Athena's result metadata.

use arrow::datatypes::DataType;

use crate::types::Own;

/// A result column's type, as `ColumnInfo` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnType {
    name: &'static str,
    precision: i32,
    scale: i32,
}

impl ColumnType {
    /// The text type of what DDL and `SHOW` answer.
    pub const STRING: Self = Self::of("string", 0);
    /// The type of `EXPLAIN (TYPE VALIDATE)`'s answer.
    pub const BOOLEAN: Self = Self::of("boolean", 0);
    /// The type of update counts.
    pub const BIGINT: Self = Self::of("bigint", 19);
    pub const VARCHAR: Self = Self::of("varchar", i32::MAX);

    const fn of(name: &'static str, precision: i32) -> Self {
        Self {
            name,
            precision,
            scale: 0,
        }
    }

    /// The type of values that Arrow keeps as `data_type`.
    #[must_use]
    pub fn from_arrow(data_type: &DataType) -> Self {
        if let Some(own) = Own::of(data_type) {
            return match own {
                Own::Json => Self::of("json", 0),
                Own::Uuid => Self::of("uuid", 0),
                Own::IpAddress => Self::of("ipaddress", 0),
                Own::Geometry => Self::of("geometry", 0),
                Own::SphericalGeography => Self::of("sphericalgeography", 0),
                Own::BingTile => Self::of("bingtile", 0),
                Own::Sketch(_) => Self::of("varbinary", 0),
                Own::Char(length) => Self::of("char", i32::try_from(length).unwrap_or(i32::MAX)),
                Own::Time(precision) => Self::of("time", precision.into()),
                Own::TimeWithZone(precision) => Self::of("time with time zone", precision.into()),
                Own::Timestamp(precision) => Self::of("timestamp", precision.into()),
                Own::TimestampWithZone(precision) => {
                    Self::of("timestamp with time zone", precision.into())
                }
            };
        }
        match data_type {
            DataType::Null => Self::of("unknown", 0),
            DataType::Boolean => Self::BOOLEAN,
            DataType::Int8 => Self::of("tinyint", 3),
            DataType::Int16 | DataType::UInt8 => Self::of("smallint", 5),
            DataType::Int32 | DataType::UInt16 => Self::of("integer", 10),
            DataType::Int64 | DataType::UInt32 | DataType::UInt64 => Self::BIGINT,
            DataType::Float16 | DataType::Float32 => Self::of("float", 17),
            DataType::Float64 => Self::of("double", 17),
            DataType::Decimal32(precision, scale)
            | DataType::Decimal64(precision, scale)
            | DataType::Decimal128(precision, scale)
            | DataType::Decimal256(precision, scale) => Self {
                name: "decimal",
                precision: (*precision).into(),
                scale: (*scale).into(),
            },
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::VARCHAR,
            DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_) => Self::of("varbinary", 1_073_741_824),
            DataType::Date32 | DataType::Date64 => Self::of("date", 0),
            DataType::Time32(_) | DataType::Time64(_) => Self::of("time", 3),
            DataType::Timestamp(_, None) => Self::of("timestamp", 3),
            DataType::Timestamp(_, Some(_)) => Self::of("timestamp with time zone", 3),
            DataType::Interval(arrow::datatypes::IntervalUnit::YearMonth) => {
                Self::of("interval year to month", 0)
            }
            DataType::Interval(_) | DataType::Duration(_) => Self::of("interval day to second", 0),
            DataType::List(_)
            | DataType::LargeList(_)
            | DataType::FixedSizeList(..)
            | DataType::ListView(_)
            | DataType::LargeListView(_) => Self::of("array", 0),
            DataType::Map(..) => Self::of("map", 0),
            DataType::Struct(_) | DataType::Union(..) => Self::of("row", 0),
            DataType::Dictionary(_, values) => Self::from_arrow(values),
            DataType::RunEndEncoded(_, values) => Self::from_arrow(values.data_type()),
        }
    }

    /// `varchar`, `bigint`, `decimal`, … without parameters.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Digits of numbers, length of texts; 0 where a type has neither.
    #[must_use]
    pub fn precision(&self) -> i32 {
        self.precision
    }

    /// Digits after the decimal point.
    #[must_use]
    pub fn scale(&self) -> i32 {
        self.scale
    }

    /// Whether values of this type have letters whose case counts.
    #[must_use]
    pub fn case_sensitive(&self) -> bool {
        matches!(self.name, "varchar" | "char")
    }
}
