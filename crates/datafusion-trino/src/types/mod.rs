//! Trino's types that Arrow has none for, as Arrow types.
//!
//! Plans lose the metadata of fields, so such a type is an Arrow struct whose first field is named
//! after it: a `json` is `Struct{"$json": Utf8}`. Structs are compared by their fields in order,
//! which is how all of these compare but those with a zone: what operators compare then is the
//! moment ([`Own::comparable`]).

pub(crate) mod geometry;
pub(crate) mod json;
mod moment;
mod name;
mod planner;
mod sketch;
mod time_of_day;
mod values;
mod zone;

use std::fmt::Write;
use std::net::Ipv6Addr;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};

use crate::functions::scalar::Input;

use geometry::{Tile, Wkb, write_wkt};
pub(crate) use moment::{Moment, picos_per_step, read_date, read_time, write_date, write_time};
pub use name::type_name;
pub(crate) use name::{field_names, map_type, parse_type};
pub(crate) use planner::Types;
pub(crate) use sketch::{Packed, Sketch};
pub(crate) use time_of_day::{ZonedTime, round_time};
pub(crate) use values::{
    Char, IpAddress, Json, Milliseconds, Months, TimeOfDay, Uuid, ZonedMoment, without_zone,
};
pub(crate) use zone::{Zone, offset_name, parse_offset};

/// The finest precision of times and timestamps: picoseconds.
pub(crate) const MAX_TIME_PRECISION: u8 = 12;

/// The longest `char(n)`.
pub(crate) const MAX_CHAR_LENGTH: u32 = 65_536;

/// Years of five digits have a sign where there is a zone, as Java writes them.
const FIRST_DAY_OF_YEAR_10000: i32 = 2_932_897;

/// A type of Trino's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Own {
    /// As text.
    Json,
    /// As 16 bytes.
    Uuid,
    /// As 16 bytes: IPv4 addresses as IPv6 maps them.
    IpAddress,
    /// As text without the blanks at its end.
    Char(u32),
    /// As picoseconds since midnight.
    Time(u8),
    /// As picoseconds since midnight in UTC, and the offset in minutes.
    TimeWithZone(u8),
    /// As microseconds since 1970 and picoseconds within the last one; where Arrow has a
    /// timestamp of that precision it is Arrow's.
    Timestamp(u8),
    /// As microseconds since 1970 in UTC, picoseconds within the last one, and the zone.
    TimestampWithZone(u8),
    /// As well-known binary.
    Geometry,
    /// The same, in degrees on the Earth.
    SphericalGeography,
    /// As one number.
    BingTile,
    /// As bytes.
    Sketch(Sketch),
}

impl Own {
    /// The type of Trino's that an Arrow type stands for, if it is one of these.
    pub(crate) fn of(data_type: &DataType) -> Option<Self> {
        let DataType::Struct(fields) = data_type else {
            return None;
        };
        let name = fields.first()?.name().strip_prefix('$')?;
        match name {
            "json" => return Some(Self::Json),
            "uuid" => return Some(Self::Uuid),
            "ipaddress" => return Some(Self::IpAddress),
            "Geometry" => return Some(Self::Geometry),
            "SphericalGeography" => return Some(Self::SphericalGeography),
            "BingTile" => return Some(Self::BingTile),
            _ => {}
        }
        if let Some(sketch) = Sketch::named(name) {
            return Some(Self::Sketch(sketch));
        }
        let (kind, rest) = name.split_once('(')?;
        let (parameter, rest) = rest.split_once(')')?;
        match (kind, rest) {
            ("char", "") => Some(Self::Char(parameter.parse().ok()?)),
            ("time", "") => Some(Self::Time(parameter.parse().ok()?)),
            ("time", _) => Some(Self::TimeWithZone(parameter.parse().ok()?)),
            ("timestamp", "") => Some(Self::Timestamp(parameter.parse().ok()?)),
            ("timestamp", _) => Some(Self::TimestampWithZone(parameter.parse().ok()?)),
            _ => None,
        }
    }

    /// The Arrow type of the sketch of this name.
    fn of_sketch(name: &str) -> Option<DataType> {
        Sketch::named(name).map(|sketch| Self::Sketch(sketch).data_type())
    }

    /// The name in Trino's words.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Json => "json".to_owned(),
            Self::Uuid => "uuid".to_owned(),
            Self::IpAddress => "ipaddress".to_owned(),
            Self::Geometry => "Geometry".to_owned(),
            Self::SphericalGeography => "SphericalGeography".to_owned(),
            Self::BingTile => "BingTile".to_owned(),
            Self::Sketch(sketch) => sketch.name().to_owned(),
            Self::Char(length) => format!("char({length})"),
            Self::Time(precision) => format!("time({precision})"),
            Self::TimeWithZone(precision) => format!("time({precision}) with time zone"),
            Self::Timestamp(precision) => format!("timestamp({precision})"),
            Self::TimestampWithZone(precision) => format!("timestamp({precision}) with time zone"),
        }
    }

    /// The Arrow type.
    pub(crate) fn data_type(self) -> DataType {
        let others: &[(&str, DataType)] = match self {
            Self::Json | Self::Uuid | Self::IpAddress | Self::Char(_) | Self::Time(_) => &[],
            Self::Geometry | Self::SphericalGeography | Self::BingTile | Self::Sketch(_) => &[],
            Self::TimeWithZone(_) => &[("$offset", DataType::Int16)],
            Self::Timestamp(0) => return DataType::Timestamp(TimeUnit::Second, None),
            Self::Timestamp(3) => return DataType::Timestamp(TimeUnit::Millisecond, None),
            Self::Timestamp(6) => return DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::Timestamp(_) => &[("$picos", DataType::Int32)],
            Self::TimestampWithZone(_) => {
                &[("$picos", DataType::Int32), ("$zone", DataType::Int16)]
            }
        };
        let first = match self {
            Self::Json | Self::Char(_) => DataType::Utf8,
            Self::Uuid | Self::IpAddress => DataType::FixedSizeBinary(16),
            Self::Geometry | Self::SphericalGeography | Self::Sketch(_) => DataType::Binary,
            _ => DataType::Int64,
        };
        let first = Field::new(format!("${}", self.name()), first, true);
        let others = others
            .iter()
            .map(|(name, data_type)| Field::new(*name, data_type.clone(), true));
        DataType::Struct(std::iter::once(first).chain(others).collect())
    }

    /// Appends the text of the value of `row`, which is not null. An array of another type has no
    /// text.
    pub(crate) fn write(self, array: &ArrayRef, row: usize, out: &mut String) {
        match self {
            Self::Json => {
                let text = read::<Json<&str>>(array, row).map_or("", |json| json.0);
                out.push_str(text);
            }
            Self::Char(length) => {
                let text = read::<Char<&str>>(array, row).map_or("", |text| text.0);
                let _ = write!(out, "{text:<width$}", width = length as usize);
            }
            Self::Uuid => {
                if let Some(Uuid(bytes)) = read(array, row) {
                    let digits = format!("{:032x}", u128::from_be_bytes(bytes));
                    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]);
                    out.push_str(&parts.join("-"));
                }
            }
            Self::IpAddress => {
                if let Some(IpAddress(bytes)) = read(array, row) {
                    let address = Ipv6Addr::from(bytes);
                    let _ = match address.to_ipv4_mapped() {
                        Some(v4) => write!(out, "{v4}"),
                        None => write!(out, "{address}"),
                    };
                }
            }
            Self::Geometry | Self::SphericalGeography => {
                if let Some(Ok(geometry)) = read::<Wkb<'_>>(array, row).map(Wkb::read) {
                    write_wkt(&geometry, out);
                }
            }
            Self::Sketch(_) => {
                if let Some(Packed(bytes)) = read::<Packed<&[u8]>>(array, row) {
                    crate::text::write_bytes(bytes, out);
                }
            }
            Self::BingTile => {
                if let Some(tile) = read::<Tile>(array, row) {
                    let _ = write!(out, "{tile}");
                }
            }
            Self::Time(precision) => {
                if let Some(TimeOfDay(picos)) = read(array, row) {
                    write_time(picos, precision, out);
                }
            }
            Self::TimeWithZone(precision) => {
                if let Some(time) = read::<ZonedTime>(array, row) {
                    time.write(precision, out);
                }
            }
            Self::Timestamp(precision) => {
                if let Some(moment) = read::<Moment>(array, row) {
                    moment.write(precision, out);
                }
            }
            Self::TimestampWithZone(precision) => {
                if let Some(ZonedMoment { moment, zone }) = read(array, row) {
                    let local = moment.in_zone(zone);
                    if local.days() >= FIRST_DAY_OF_YEAR_10000 {
                        out.push('+');
                    }
                    local.write(precision, out);
                    out.push(' ');
                    out.push_str(&zone.name());
                }
            }
        }
    }

    /// The type of what is compared of such values, where it is not the values: zones do not count.
    pub(crate) fn comparable(self) -> Option<Self> {
        match self {
            Self::TimeWithZone(precision) => Some(Self::Time(precision)),
            Self::TimestampWithZone(precision) => Some(Self::Timestamp(precision)),
            _ => None,
        }
    }
}

fn read<'a, T: Input<'a>>(array: &'a ArrayRef, row: usize) -> Option<T> {
    T::get(&T::column(array).ok()?, row)
}

/// Whether there is a type of Trino's own in it.
pub(crate) fn has_own(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::FixedSizeList(field, _)
        | DataType::Map(field, _) => has_own(field.data_type()),
        DataType::Struct(fields) => {
            Own::of(data_type).is_some() || fields.iter().any(|field| has_own(field.data_type()))
        }
        _ => false,
    }
}

/// Arrow's type that holds nearly the same as a type of Trino's own, if there is one.
pub(crate) fn arrow_type(data_type: &DataType) -> Option<DataType> {
    let field = |field: &FieldRef| {
        let plain = arrow_type(field.data_type())?;
        Some(Arc::new(field.as_ref().clone().with_data_type(plain)))
    };
    if let Some(own) = Own::of(data_type) {
        return match own {
            Own::Char(_) => Some(DataType::Utf8),
            Own::Timestamp(_) => Some(DataType::Timestamp(TimeUnit::Millisecond, None)),
            _ => None,
        };
    }
    Some(match data_type {
        DataType::List(element) => DataType::List(field(element)?),
        DataType::Map(entries, sorted) => DataType::Map(field(entries)?, *sorted),
        // Types of functions' own, such as geometries.
        DataType::Struct(fields) if fields.first()?.name().starts_with('$') => return None,
        DataType::Struct(fields) => {
            DataType::Struct(fields.iter().map(field).collect::<Option<_>>()?)
        }
        other => other.clone(),
    })
}

/// Whether values of a type have an order: those of `json` and maps are only equal or not.
pub(crate) fn is_orderable(data_type: &DataType) -> bool {
    match data_type {
        DataType::Map(..) => false,
        DataType::List(element)
        | DataType::LargeList(element)
        | DataType::FixedSizeList(element, _) => is_orderable(element.data_type()),
        DataType::Struct(fields) => match Own::of(data_type) {
            Some(own) => own != Own::Json,
            None => fields.iter().all(|field| is_orderable(field.data_type())),
        },
        _ => true,
    }
}

/// How many digits of a second's fraction Arrow's unit holds.
pub(crate) fn unit_precision(unit: TimeUnit) -> u8 {
    match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 3,
        TimeUnit::Microsecond => 6,
        TimeUnit::Nanosecond => 9,
    }
}

/// The precision of a timestamp without zone.
pub(crate) fn timestamp_precision(data_type: &DataType) -> Option<u8> {
    match data_type {
        DataType::Timestamp(unit, None) => Some(unit_precision(*unit)),
        other => match Own::of(other) {
            Some(Own::Timestamp(precision)) => Some(precision),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_by_its_arrow_type() {
        for own in [
            Own::Json,
            Own::Uuid,
            Own::IpAddress,
            Own::Char(3),
            Own::Time(0),
            Own::TimeWithZone(12),
            Own::Timestamp(1),
            Own::TimestampWithZone(3),
        ] {
            assert_eq!(Own::of(&own.data_type()), Some(own));
        }
        assert_eq!(timestamp_precision(&Own::Timestamp(3).data_type()), Some(3));
        assert_eq!(timestamp_precision(&Own::Timestamp(7).data_type()), Some(7));
    }
}
