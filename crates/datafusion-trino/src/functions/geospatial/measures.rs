//! `ST_Area(Geometry) -> double`, `ST_Length(Geometry) -> double` of lines and
//! `ST_Distance(Geometry, Geometry) -> double`, in the unit of the coordinates on a plane, in meters
//! on the Earth ([`super::spherical`]). Distances from nothing are null.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("ST_Area(ST_GeometryFromText('POLYGON ((0 0, 0 2, 2 2, 2 0))'))"), "4.0");
//! assert_eq!(evaluate("ST_Length(ST_GeometryFromText('LINESTRING (0 0, 3 4)'))"), "5.0");
//! assert_eq!(evaluate("ST_Distance(ST_Point(0, 0), ST_Point(3, 4))"), "5.0");
//! assert_eq!(evaluate("ST_Distance(ST_Point(0, 0), ST_GeometryFromText('POINT EMPTY'))"), "null");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use geo::{Area, Distance, Euclidean, Geometry, Length};

use super::arguments::{Shape, map, map_pairs, require, require_finite};
use super::spherical;
use crate::functions::scalar::Kind::{self, Double, SphericalGeography};
use crate::functions::scalar::scalar;
use crate::types::geometry::is_empty;

pub(super) fn udfs() -> [ScalarUDF; 3] {
    [
        scalar("st_area")
            .overload([Kind::Geometry], Double, |call| {
                map(call, |one| Ok(Some(one.unsigned_area())))
            })
            .overload([SphericalGeography], Double, |call| {
                map(call, spherical::area)
            })
            .udf(),
        scalar("st_length")
            .overload([Kind::Geometry], Double, |call| map(call, length))
            .overload([SphericalGeography], Double, |call| {
                map(call, spherical::length)
            })
            .udf(),
        scalar("st_distance")
            .overload([Kind::Geometry, Kind::Geometry], Double, |call| {
                map_pairs(call, distance)
            })
            .overload([SphericalGeography, SphericalGeography], Double, |call| {
                map_pairs(call, spherical::distance)
            })
            .udf(),
    ]
}

fn length(geometry: &Geometry) -> Result<Option<f64>> {
    let shapes = [Shape::LineString, Shape::MultiLineString];
    require("ST_Length", geometry, &shapes)?;
    Ok(Some(match geometry {
        Geometry::LineString(line) => Euclidean.length(line),
        Geometry::MultiLineString(lines) => Euclidean.length(lines),
        _ => 0.0,
    }))
}

fn distance(one: &Geometry, other: &Geometry) -> Result<Option<f64>> {
    if is_empty(one) || is_empty(other) {
        return Ok(None);
    }
    require_finite(one)?;
    require_finite(other)?;
    Ok(Some(Euclidean.distance(one, other)))
}
