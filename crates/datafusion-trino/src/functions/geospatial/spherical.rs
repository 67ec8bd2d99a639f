//! Geometries on the Earth, taken for a sphere: `to_spherical_geography(Geometry) ->
//! SphericalGeography`, `to_geometry` back, and `great_circle_distance(latitude1, longitude1,
//! latitude2, longitude2) -> double` in kilometers. Degrees beyond the globe are refused.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("great_circle_distance(36.12, -86.67, 33.94, -118.40)"), "2886.4489734367016");
//! assert_eq!(
//!     evaluate("to_spherical_geography(ST_Point(181, 0))"),
//!     "INVALID_FUNCTION_ARGUMENT: Longitude must be between -180 and 180"
//! );
//! assert_eq!(
//!     evaluate("round(ST_Length(to_spherical_geography(ST_GeometryFromText('LINESTRING (0 0, 0 90)'))))"),
//!     "1.0007559E7"
//! );
//! assert_eq!(
//!     evaluate("ST_Area(to_spherical_geography(ST_Point(0, 1)))"),
//!     "INVALID_FUNCTION_ARGUMENT: When applied to SphericalGeography inputs, ST_Area only supports POLYGON or MULTI_POLYGON. Input type is: POINT"
//! );
//! ```

use std::f64::consts::{PI, TAU};

use arrow::array::{Array, ArrayRef, AsArray, StructArray};
use arrow::datatypes::DataType;
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::ScalarUDF;
use geo::{Coord, Geometry, LineString, Polygon};
use std::sync::Arc;

use super::arguments::{Shape, require_on_sphere};
use super::envelope::envelope;
use crate::error::TrinoError;
use crate::functions::scalar::Kind::{self, Double, SphericalGeography};
use crate::functions::scalar::{Call, Column, scalar};
use crate::types::geometry::{Wkb, is_empty};

const EARTH_RADIUS_KM: f64 = 6371.01;
const METERS: f64 = 1000.0;

pub(super) fn udfs() -> [ScalarUDF; 3] {
    [
        scalar("to_spherical_geography")
            .overload([Kind::Geometry], SphericalGeography, |call| {
                let geometries = call.column::<Wkb<'_>>(0)?;
                (0..call.rows()).try_for_each(|row| check(&geometries, row))?;
                renamed(call)
            })
            .udf(),
        scalar("to_geometry")
            .overload([SphericalGeography], Kind::Geometry, renamed)
            .udf(),
        scalar("great_circle_distance")
            .overload([Double; 4], Double, distances)
            .udf(),
    ]
}

/// The same bytes as another type.
fn renamed(call: &Call<'_>) -> Result<ArrayRef> {
    let DataType::Struct(fields) = call.return_type() else {
        return internal_err!("{} is no geometry", call.return_type());
    };
    let array = call.array(0)?;
    let row = array.as_struct();
    let columns = row.columns().to_vec();
    let nulls = row.nulls().cloned();
    Ok(Arc::new(StructArray::try_new(
        fields.clone(),
        columns,
        nulls,
    )?))
}

fn check<'c>(geometries: &Column<'c, Wkb<'c>>, row: usize) -> Result<()> {
    let Some(geometry) = geometries.get(row) else {
        return Ok(());
    };
    let Some(rect) = envelope(&geometry.read()?) else {
        return Ok(());
    };
    check_latitude(rect.min().y)?;
    check_latitude(rect.max().y)?;
    check_longitude(rect.min().x)?;
    check_longitude(rect.max().x)
}

fn check_latitude(latitude: f64) -> Result<()> {
    match (-90.0..=90.0).contains(&latitude) {
        true => Ok(()),
        false => Err(TrinoError::invalid_argument(
            "Latitude must be between -90 and 90",
        )),
    }
}

fn check_longitude(longitude: f64) -> Result<()> {
    match (-180.0..=180.0).contains(&longitude) {
        true => Ok(()),
        false => Err(TrinoError::invalid_argument(
            "Longitude must be between -180 and 180",
        )),
    }
}

fn distances(call: &Call<'_>) -> Result<ArrayRef> {
    let [latitude, longitude, other_latitude, other_longitude] =
        [0, 1, 2, 3].map(|argument| call.column::<f64>(argument));
    let (latitude, longitude) = (latitude?, longitude?);
    let (other_latitude, other_longitude) = (other_latitude?, other_longitude?);
    call.collect(|row| {
        let one = (longitude.get(row), latitude.get(row));
        let other = (other_longitude.get(row), other_latitude.get(row));
        let ((Some(x1), Some(y1)), (Some(x2), Some(y2))) = (one, other) else {
            return Ok(None);
        };
        for (latitude, longitude) in [(y1, x1), (y2, x2)] {
            check_latitude(latitude)?;
            check_longitude(longitude)?;
        }
        let (one, other) = (Coord { x: x1, y: y1 }, Coord { x: x2, y: y2 });
        Ok(Some(great_circle_distance(one, other)))
    })
}

/// In kilometers, by Vincenty's formula on a sphere.
pub(super) fn great_circle_distance(one: Coord, other: Coord) -> f64 {
    let (sin1, cos1) = one.y.to_radians().sin_cos();
    let (sin2, cos2) = other.y.to_radians().sin_cos();
    let (sin_delta, cos_delta) = (one.x.to_radians() - other.x.to_radians()).sin_cos();
    let across = cos2 * sin_delta;
    let along = cos1 * sin2 - sin1 * cos2 * cos_delta;
    let opposite = (across * across + along * along).sqrt();
    opposite.atan2(sin1 * sin2 + cos1 * cos2 * cos_delta) * EARTH_RADIUS_KM
}

pub(super) fn distance(one: &Geometry, other: &Geometry) -> Result<Option<f64>> {
    if is_empty(one) || is_empty(other) {
        return Ok(None);
    }
    require_on_sphere("ST_Distance", one, &[Shape::Point])?;
    require_on_sphere("ST_Distance", other, &[Shape::Point])?;
    Ok(match (one, other) {
        (Geometry::Point(one), Geometry::Point(other)) => {
            Some(great_circle_distance(one.0, other.0) * METERS)
        }
        _ => None,
    })
}

pub(super) fn length(geometry: &Geometry) -> Result<Option<f64>> {
    if is_empty(geometry) {
        return Ok(None);
    }
    let shapes = [Shape::LineString, Shape::MultiLineString];
    require_on_sphere("ST_Length", geometry, &shapes)?;
    let lines = match geometry {
        Geometry::LineString(line) => std::slice::from_ref(line),
        Geometry::MultiLineString(lines) => &lines.0,
        _ => &[],
    };
    let segments = lines.iter().flat_map(LineString::lines);
    let kilometers: f64 = segments
        .map(|segment| great_circle_distance(segment.start, segment.end))
        .sum();
    Ok(Some(kilometers * METERS))
}

pub(super) fn area(geometry: &Geometry) -> Result<Option<f64>> {
    if is_empty(geometry) {
        return Ok(None);
    }
    let shapes = [Shape::Polygon, Shape::MultiPolygon];
    require_on_sphere("ST_Area", geometry, &shapes)?;
    let polygons = match geometry {
        Geometry::Polygon(polygon) => std::slice::from_ref(polygon),
        Geometry::MultiPolygon(polygons) => &polygons.0,
        _ => &[],
    };
    let mut excess = 0.0;
    for polygon in polygons {
        excess += polygon_excess(polygon)?;
    }
    let radius = EARTH_RADIUS_KM * METERS;
    Ok(Some((excess * radius * radius).abs()))
}

fn polygon_excess(polygon: &Polygon) -> Result<f64> {
    let mut excess = spherical_excess(polygon.exterior())?.abs();
    for hole in polygon.interiors() {
        excess -= spherical_excess(hole)?.abs();
    }
    Ok(excess)
}

/// The spherical excess of a ring: the sum of those of the trapezoids under its edges, less a whole
/// turn if the ring goes around a pole, which its course tells.
fn spherical_excess(ring: &LineString) -> Result<f64> {
    let corners = match ring.0.as_slice() {
        [first, corners @ ..] if corners.last() == Some(first) => corners,
        corners => corners,
    };
    let Some(last) = corners.last().filter(|_| corners.len() >= 3) else {
        return Err(TrinoError::invalid_argument(
            "Polygon is not valid: a loop contains less then 3 vertices.",
        ));
    };
    let mut excess = 0.0;
    let mut course = 0.0;
    let mut bearings = Vec::with_capacity(corners.len());
    let mut previous = last;
    for corner in corners {
        if corner == previous {
            return Err(TrinoError::invalid_argument(
                "Polygon is not valid: it has two identical consecutive vertices",
            ));
        }
        let delta = corner.x.to_radians() - previous.x.to_radians();
        let (latitude, other) = (previous.y.to_radians(), corner.y.to_radians());
        let (half, other_half) = ((latitude / 2.0).tan(), (other / 2.0).tan());
        let width = (delta / 2.0).tan();
        excess += 2.0 * (width * (half + other_half)).atan2(1.0 + half * other_half);
        let initial = bearing(latitude, other, delta).rem_euclid(TAU);
        let arrival = (bearing(other, latitude, -delta) + PI).rem_euclid(TAU);
        bearings.push((initial, arrival));
        course += turn(initial, arrival);
        previous = corner;
    }
    for (place, (initial, _)) in bearings.iter().enumerate() {
        let before = (place + bearings.len() - 1) % bearings.len();
        course += turn(bearings[before].1, *initial);
    }
    Ok(match course.abs() < PI / 4.0 {
        true => excess.abs() - TAU,
        false => excess,
    })
}

/// The direction in which a great circle leaves towards a point `delta` further east.
fn bearing(latitude: f64, other: f64, delta: f64) -> f64 {
    let (sin, cos) = latitude.sin_cos();
    let (other_sin, other_cos) = other.sin_cos();
    (delta.sin() * other_cos).atan2(cos * other_sin - sin * other_cos * delta.cos())
}

/// The smaller turn from one bearing to another.
fn turn(from: f64, to: f64) -> f64 {
    (to - from + 3.0 * PI).rem_euclid(TAU) - PI
}
