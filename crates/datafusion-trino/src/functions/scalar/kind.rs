use std::borrow::Cow;

use arrow::datatypes::{DataType, Field, IntervalUnit, TimeUnit};
use datafusion::common::{Result, internal_err};

use crate::coercion::common_type;
use crate::types::{Own, Sketch, map_type, timestamp_precision};

/// A parameter's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Boolean,
    Tinyint,
    Smallint,
    Integer,
    Bigint,
    Real,
    Double,
    /// Of any precision and scale.
    Decimal,
    Varchar,
    Varbinary,
    Date,
    /// Of any precision, as are all of these.
    Time,
    TimeWithZone,
    Timestamp,
    TimestampWithZone,
    YearToMonth,
    DayToSecond,
    /// Of any length.
    Char,
    Json,
    Uuid,
    IpAddress,
    Geometry,
    SphericalGeography,
    BingTile,
    Sketch(Sketch),
    /// Any type, the same wherever it stands in an overload: what its arguments have in common.
    T,
    /// Others of the kind.
    K,
    V,
    Array(&'static Kind),
    Map(&'static Kind, &'static Kind),
    /// `array(varchar)`.
    Varchars,
    /// `array(double)`.
    Doubles,
    /// `map(varchar, double)`.
    SparseVector,
    Any,
}

/// The numbers that become each other, from the narrowest. Trino manual, "Data types".
const NUMBERS: [Kind; 7] = [
    Kind::Tinyint,
    Kind::Smallint,
    Kind::Integer,
    Kind::Bigint,
    Kind::Decimal,
    Kind::Real,
    Kind::Double,
];

/// What the types of an overload's arguments are where any would do.
#[derive(Debug, Default)]
pub(super) struct Bindings([Option<DataType>; 3]);

impl Kind {
    /// Whether a type is the one that this kind is, and no other would be.
    pub(super) fn is_plainly(self, given: &DataType) -> bool {
        matches!(
            (self, given),
            (Self::Boolean, DataType::Boolean)
                | (Self::Tinyint, DataType::Int8)
                | (Self::Smallint, DataType::Int16)
                | (Self::Integer, DataType::Int32)
                | (Self::Bigint, DataType::Int64)
                | (Self::Real, DataType::Float32)
                | (Self::Double, DataType::Float64)
        )
    }

    fn variable(self) -> Option<usize> {
        match self {
            Self::T => Some(0),
            Self::K => Some(1),
            Self::V => Some(2),
            _ => None,
        }
    }

    /// Notes what a value of type `given` says of the types that any would do for; answers how far
    /// it is from a parameter of this kind, none if it can be none.
    pub(super) fn bind(self, given: &DataType, bindings: &mut Bindings) -> Option<u32> {
        if let Some(variable) = self.variable() {
            let bound = &mut bindings.0[variable];
            *bound = Some(match bound {
                Some(bound) => common_type(bound, given)?,
                None => given.clone(),
            });
            return Some(1);
        }
        match (self, given) {
            (Self::Array(_) | Self::Map(..), DataType::Null) => Some(0),
            (
                Self::Array(element),
                DataType::List(field)
                | DataType::LargeList(field)
                | DataType::FixedSizeList(field, _),
            ) => element.bind(field.data_type(), bindings),
            (Self::Map(key, value), DataType::Map(entries, _)) => {
                let (given_key, given_value) = entry_types(entries)?;
                let cost = key.bind(given_key, bindings)?;
                Some(cost + value.bind(given_value, bindings)?)
            }
            (Self::Array(_) | Self::Map(..), _) => None,
            _ => Some(self.coerce(given)?.0),
        }
    }

    /// What a value of type `given` becomes as a parameter of this kind, with others' bindings.
    pub(super) fn bound(self, given: &DataType, bindings: &Bindings) -> Option<DataType> {
        match self {
            Self::Array(_) | Self::Map(..) => self.bound_type(bindings).ok(),
            _ if self.variable().is_some() => self.bound_type(bindings).ok(),
            _ => Some(self.coerce(given)?.1),
        }
    }

    /// The Arrow type of values of this kind, with what the arguments say of it.
    pub(super) fn bound_type(self, bindings: &Bindings) -> Result<DataType> {
        if let Some(variable) = self.variable() {
            return Ok(bindings.0[variable].clone().unwrap_or(DataType::Null));
        }
        Ok(match self {
            Self::Array(element) => DataType::new_list(element.bound_type(bindings)?, true),
            Self::Map(key, value) => {
                map_type(key.bound_type(bindings)?, value.bound_type(bindings)?)
            }
            plain => plain.data_type()?,
        })
    }

    /// What a value of type `given` becomes to be a parameter of this kind, and how far that is
    /// from what it was.
    pub(super) fn coerce(self, given: &DataType) -> Option<(u32, DataType)> {
        if self == Self::Any {
            return Some((1, given.clone()));
        }
        if given.is_null() {
            return Some((0, self.data_type().ok()?));
        }
        match (self, given) {
            (Self::Doubles, DataType::List(element)) => {
                let (cost, _) = Self::Double.coerce(element.data_type())?;
                return Some((cost, self.data_type().ok()?));
            }
            (Self::Varchars, DataType::List(element)) => {
                let (cost, _) = Self::Varchar.coerce(element.data_type())?;
                return Some((cost, self.data_type().ok()?));
            }
            (Self::SparseVector, DataType::Map(entries, _)) => {
                let (key, value) = entry_types(entries)?;
                Self::Varchar.coerce(key)?;
                Self::Double.coerce(value)?;
                return Some((0, given.clone()));
            }
            _ => {}
        }
        let from = Self::of(given)?;
        if from == self {
            return Some((0, self.same_or_plain(given)));
        }
        let place = |kind: Self| NUMBERS.iter().position(|number| *number == kind);
        match (place(from), place(self)) {
            (Some(narrow), Some(wide)) if narrow < wide => {
                let cost = u32::try_from(wide - narrow).ok()?;
                let data_type = match self {
                    Self::Decimal => DataType::Decimal128(from.digits(), 0),
                    _ => self.data_type().ok()?,
                };
                Some((cost, data_type))
            }
            _ => match (from, self) {
                // Texts of a fixed length are texts.
                (Self::Char, Self::Varchar) => Some((1, DataType::Utf8)),
                (Self::Date, Self::Timestamp) => Some((1, self.data_type().ok()?)),
                (Self::Date, Self::TimestampWithZone) => Some((2, self.data_type().ok()?)),
                (Self::Timestamp, Self::TimestampWithZone) => {
                    let precision = timestamp_precision(given)?;
                    Some((1, Own::TimestampWithZone(precision).data_type()))
                }
                (Self::Time, Self::TimeWithZone) => match Own::of(given)? {
                    Own::Time(precision) => Some((1, Own::TimeWithZone(precision).data_type())),
                    _ => None,
                },
                _ => None,
            },
        }
    }

    fn of(data_type: &DataType) -> Option<Self> {
        if let Some(own) = Own::of(data_type) {
            return match own {
                Own::Json => Some(Self::Json),
                Own::Uuid => Some(Self::Uuid),
                Own::IpAddress => Some(Self::IpAddress),
                Own::Geometry => Some(Self::Geometry),
                Own::SphericalGeography => Some(Self::SphericalGeography),
                Own::BingTile => Some(Self::BingTile),
                Own::Sketch(sketch) => Some(Self::Sketch(sketch)),
                Own::Char(_) => Some(Self::Char),
                Own::Time(_) => Some(Self::Time),
                Own::TimeWithZone(_) => Some(Self::TimeWithZone),
                Own::Timestamp(_) => Some(Self::Timestamp),
                Own::TimestampWithZone(_) => Some(Self::TimestampWithZone),
            };
        }
        Some(match data_type {
            DataType::Boolean => Self::Boolean,
            DataType::Int8 => Self::Tinyint,
            DataType::Int16 | DataType::UInt8 => Self::Smallint,
            DataType::Int32 | DataType::UInt16 => Self::Integer,
            DataType::Int64 | DataType::UInt32 | DataType::UInt64 => Self::Bigint,
            DataType::Float16 | DataType::Float32 => Self::Real,
            DataType::Float64 => Self::Double,
            DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..) => Self::Decimal,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Varchar,
            DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_) => Self::Varbinary,
            DataType::Date32 | DataType::Date64 => Self::Date,
            DataType::Timestamp(_, None) => Self::Timestamp,
            DataType::Interval(IntervalUnit::YearMonth) => Self::YearToMonth,
            DataType::Interval(_) | DataType::Duration(_) => Self::DayToSecond,
            DataType::Dictionary(_, values) => Self::of(values)?,
            _ => return None,
        })
    }

    /// The type kernels take of this kind: texts as they come, everything else in one form.
    fn same_or_plain(self, given: &DataType) -> DataType {
        match given {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => given.clone(),
            DataType::Decimal128(..) | DataType::Timestamp(..) => given.clone(),
            DataType::Struct(_) => given.clone(),
            DataType::Decimal32(precision, scale)
            | DataType::Decimal64(precision, scale)
            | DataType::Decimal256(precision, scale) => {
                DataType::Decimal128((*precision).min(38), *scale)
            }
            _ => self.data_type().unwrap_or_else(|_| given.clone()),
        }
    }

    fn digits(self) -> u8 {
        match self {
            Self::Tinyint => 3,
            Self::Smallint => 5,
            Self::Integer => 10,
            _ => 19,
        }
    }

    /// The Arrow type of values of this kind.
    ///
    /// # Errors
    /// For kinds that do not tell it: whoever declares one as an answer says the type instead.
    pub(super) fn data_type(self) -> Result<DataType> {
        Ok(match self {
            Self::Boolean => DataType::Boolean,
            Self::Tinyint => DataType::Int8,
            Self::Smallint => DataType::Int16,
            Self::Integer => DataType::Int32,
            Self::Bigint => DataType::Int64,
            Self::Real => DataType::Float32,
            Self::Double => DataType::Float64,
            Self::Decimal => DataType::Decimal128(38, 0),
            Self::Varchar => DataType::Utf8,
            Self::Varbinary => DataType::Binary,
            Self::Date => DataType::Date32,
            Self::Time => Own::Time(3).data_type(),
            Self::TimeWithZone => Own::TimeWithZone(3).data_type(),
            Self::Timestamp => Own::Timestamp(3).data_type(),
            Self::TimestampWithZone => Own::TimestampWithZone(3).data_type(),
            Self::YearToMonth => DataType::Interval(IntervalUnit::YearMonth),
            Self::DayToSecond => DataType::Duration(TimeUnit::Millisecond),
            Self::Char => return internal_err!("a char without its length is no type"),
            Self::Json => Own::Json.data_type(),
            Self::Uuid => Own::Uuid.data_type(),
            Self::IpAddress => Own::IpAddress.data_type(),
            Self::Geometry => Own::Geometry.data_type(),
            Self::SphericalGeography => Own::SphericalGeography.data_type(),
            Self::BingTile => Own::BingTile.data_type(),
            Self::Sketch(sketch) => Own::Sketch(sketch).data_type(),
            Self::Varchars => DataType::new_list(DataType::Utf8, true),
            Self::Doubles => DataType::new_list(DataType::Float64, true),
            Self::SparseVector => {
                let entry = [
                    ("key", DataType::Utf8, false),
                    ("value", DataType::Float64, true),
                ];
                let entry = entry.map(|(name, kind, null)| Field::new(name, kind, null));
                let entries = Field::new("entries", DataType::Struct(entry.to_vec().into()), false);
                DataType::Map(entries.into(), false)
            }
            Self::Any | Self::T | Self::K | Self::V => {
                return internal_err!("any type is no type");
            }
            Self::Array(_) | Self::Map(..) => self.bound_type(&Bindings::default())?,
        })
    }

    /// The name in Trino's messages.
    pub(super) fn name(self) -> Cow<'static, str> {
        let name = match self {
            Self::Array(element) => return format!("array({})", element.name()).into(),
            Self::Map(key, value) => {
                return format!("map({}, {})", key.name(), value.name()).into();
            }
            Self::Boolean => "boolean",
            Self::Tinyint => "tinyint",
            Self::Smallint => "smallint",
            Self::Integer => "integer",
            Self::Bigint => "bigint",
            Self::Real => "real",
            Self::Double => "double",
            Self::Decimal => "decimal(p,s)",
            Self::Varchar => "varchar",
            Self::Varbinary => "varbinary",
            Self::Date => "date",
            Self::Time => "time(p)",
            Self::TimeWithZone => "time(p) with time zone",
            Self::Timestamp => "timestamp(p)",
            Self::TimestampWithZone => "timestamp(p) with time zone",
            Self::YearToMonth => "interval year to month",
            Self::DayToSecond => "interval day to second",
            Self::Char => "char(x)",
            Self::Json => "json",
            Self::Uuid => "uuid",
            Self::IpAddress => "ipaddress",
            Self::Geometry => "Geometry",
            Self::SphericalGeography => "SphericalGeography",
            Self::BingTile => "BingTile",
            Self::Sketch(sketch) => sketch.name(),
            Self::Varchars => "array(varchar)",
            Self::Doubles => "array(double)",
            Self::SparseVector => "map(varchar, double)",
            Self::Any | Self::T => "T",
            Self::K => "K",
            Self::V => "V",
        };
        name.into()
    }
}

/// The types of a map's keys and values.
pub(crate) fn entry_types(entries: &Field) -> Option<(&DataType, &DataType)> {
    match entries.data_type() {
        DataType::Struct(entry) => Some((entry.first()?.data_type(), entry.get(1)?.data_type())),
        _ => None,
    }
}
