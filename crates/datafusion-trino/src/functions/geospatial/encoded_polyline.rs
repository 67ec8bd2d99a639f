//! `to_encoded_polyline(Geometry) -> varchar` of a line or several points, and
//! `from_encoded_polyline(varchar) -> Geometry`: Google's "Encoded Polyline Algorithm Format", with
//! five digits behind the point.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! let line = "LINESTRING (-120.2 38.5, -120.95 40.7, -126.453 43.252)";
//! let encoded = "_p~iF~ps|U_ulLnnqC_mqNvxq`@";
//! assert_eq!(evaluate(&format!("to_encoded_polyline(ST_GeometryFromText('{line}'))")), encoded);
//! assert_eq!(evaluate(&format!("from_encoded_polyline('{encoded}')")), line);
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use geo::{Coord, CoordsIter, Geometry, LineString};

use super::arguments::{Shape, map, require};
use crate::error::TrinoError;
use crate::functions::scalar::Kind::{self, Varchar};
use crate::functions::scalar::scalar;

const PRECISION: f64 = 1e5;

/// What is added to five bits to make them a visible character.
const FIRST_CHARACTER: u8 = 63;

/// Whether more bits of the number follow.
const MORE: u8 = 0x20;

pub(super) fn udfs() -> [ScalarUDF; 2] {
    [
        scalar("to_encoded_polyline")
            .overload([Kind::Geometry], Varchar, |call| {
                map(call, |geometry| {
                    let shapes = [Shape::LineString, Shape::MultiPoint];
                    require("encode_polyline", geometry, &shapes)?;
                    Ok(Some(encode(geometry.coords_iter())))
                })
            })
            .udf(),
        scalar("from_encoded_polyline")
            .overload([Varchar], Kind::Geometry, |call| {
                call.try_map1(|text: &str| Ok(Some(Geometry::from(decode(text)?))))
            })
            .udf(),
    ]
}

fn encode(coords: impl Iterator<Item = Coord>) -> String {
    let mut text = String::new();
    let mut before = (0, 0);
    for coord in coords {
        let steps = |degrees: f64| (degrees * PRECISION).round() as i64;
        let (latitude, longitude) = (steps(coord.y), steps(coord.x));
        encode_number(latitude.wrapping_sub(before.0), &mut text);
        encode_number(longitude.wrapping_sub(before.1), &mut text);
        before = (latitude, longitude);
    }
    text
}

fn encode_number(number: i64, text: &mut String) {
    let mut bits = (number << 1 ^ number >> 63) as u64;
    loop {
        let low = (bits & 0x1f) as u8;
        bits >>= 5;
        let more = if bits == 0 { 0 } else { MORE };
        text.push(char::from((low | more) + FIRST_CHARACTER));
        if bits == 0 {
            return;
        }
    }
}

fn decode(text: &str) -> Result<LineString> {
    let invalid = || TrinoError::invalid_argument("Input is not a valid encoded polyline");
    let mut bytes = text.bytes();
    let mut coords = Vec::new();
    let (mut latitude, mut longitude) = (0_i64, 0_i64);
    while bytes.len() > 0 {
        latitude = latitude.wrapping_add(decode_number(&mut bytes).ok_or_else(invalid)?);
        longitude = longitude.wrapping_add(decode_number(&mut bytes).ok_or_else(invalid)?);
        coords.push(Coord {
            x: longitude as f64 / PRECISION,
            y: latitude as f64 / PRECISION,
        });
    }
    Ok(LineString(coords))
}

fn decode_number(bytes: &mut impl Iterator<Item = u8>) -> Option<i64> {
    let mut bits = 0_u64;
    for shift in (0..u64::BITS).step_by(5) {
        let part = bytes.next()?.checked_sub(FIRST_CHARACTER)?;
        bits |= u64::from(part & 0x1f) << shift;
        if part & MORE == 0 {
            return Some((bits >> 1) as i64 ^ -((bits & 1) as i64));
        }
    }
    None
}
