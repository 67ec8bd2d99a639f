//! The parts of geometries, counted from 1: `ST_NumGeometries(Geometry) -> integer`,
//! `ST_GeometryN(Geometry, index) -> Geometry`, `ST_Geometries(Geometry) -> array(Geometry)`,
//! `ST_NumPoints(Geometry) -> bigint`, `ST_PointN(LineString, index) -> Point`,
//! `ST_Points(Geometry) -> array(Point)`, `ST_StartPoint(LineString) -> Point`, `ST_EndPoint`,
//! `ST_X(Point) -> double`, `ST_Y`. Null where there is no such part.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! let line = "ST_GeometryFromText('LINESTRING (8 4, 4 8, 5 6)')";
//! assert_eq!(evaluate(&format!("ST_PointN({line}, 2)")), "POINT (4 8)");
//! assert_eq!(evaluate(&format!("ST_PointN({line}, 4)")), "null");
//! assert_eq!(evaluate(&format!("ST_Points({line})")), "[POINT (8 4), POINT (4 8), POINT (5 6)]");
//! assert_eq!(evaluate(&format!("ST_EndPoint({line})")), "POINT (5 6)");
//! assert_eq!(evaluate("ST_NumGeometries(ST_GeometryFromText('MULTIPOINT (1 1, 2 2)'))"), "2");
//! assert_eq!(evaluate("ST_X(ST_Point(1, 2))"), "1.0");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use geo::{Coord, CoordsIter, Geometry, LineString, Point, Polygon};

use super::GEOMETRIES;
use super::arguments::{Shape, map, map_with, require};
use crate::error::TrinoError;
use crate::functions::scalar::Kind::{self, Bigint, Double, Integer};
use crate::functions::scalar::{Elements, scalar};
use crate::types::geometry::{clockwise, is_empty};

pub(super) fn udfs() -> [ScalarUDF; 10] {
    [
        scalar("st_numgeometries")
            .overload([Kind::Geometry], Integer, |call| {
                map(call, |geometry| {
                    Ok(i32::try_from(parts(geometry).len()).ok())
                })
            })
            .udf(),
        scalar("st_geometryn")
            .overload([Kind::Geometry, Integer], Kind::Geometry, |call| {
                map_with(call, |geometry, index: i32| {
                    Ok(place(index).and_then(|place| parts(geometry).into_iter().nth(place)))
                })
            })
            .udf(),
        scalar("st_geometries")
            .overload([Kind::Geometry], GEOMETRIES, |call| {
                map(call, |geometry| {
                    Ok((!is_empty(geometry)).then(|| Elements(parts(geometry))))
                })
            })
            .udf(),
        scalar("st_numpoints")
            .overload([Kind::Geometry], Bigint, |call| {
                map(call, |geometry| {
                    Ok(i64::try_from(count_points(geometry)).ok())
                })
            })
            .udf(),
        scalar("st_pointn")
            .overload([Kind::Geometry, Integer], Kind::Geometry, |call| {
                map_with(call, |geometry, index: i32| {
                    let line = line_string("ST_PointN", geometry)?;
                    Ok(place(index).and_then(|place| line.0.get(place)).map(point))
                })
            })
            .udf(),
        scalar("st_points")
            .overload([Kind::Geometry], GEOMETRIES, |call| {
                map(call, |geometry| Ok(points(geometry).map(Elements)))
            })
            .udf(),
        scalar("st_startpoint")
            .overload([Kind::Geometry], Kind::Geometry, |call| {
                map(call, |geometry| {
                    Ok(line_string("ST_StartPoint", geometry)?.0.first().map(point))
                })
            })
            .udf(),
        scalar("st_endpoint")
            .overload([Kind::Geometry], Kind::Geometry, |call| {
                map(call, |geometry| {
                    Ok(line_string("ST_EndPoint", geometry)?.0.last().map(point))
                })
            })
            .udf(),
        scalar("st_x")
            .overload([Kind::Geometry], Double, |call| {
                map(call, |geometry| {
                    Ok(coord("ST_X", geometry)?.map(|coord| coord.x))
                })
            })
            .udf(),
        scalar("st_y")
            .overload([Kind::Geometry], Double, |call| {
                map(call, |geometry| {
                    Ok(coord("ST_Y", geometry)?.map(|coord| coord.y))
                })
            })
            .udf(),
    ]
}

/// Where the part of an index, counted from 1, lies.
pub(super) fn place(index: i32) -> Option<usize> {
    usize::try_from(index).ok()?.checked_sub(1)
}

fn point(coord: &Coord) -> Geometry {
    Point(*coord).into()
}

/// The geometries that a geometry consists of; none if it is empty.
fn parts(geometry: &Geometry) -> Vec<Geometry> {
    if is_empty(geometry) {
        return Vec::new();
    }
    match geometry {
        Geometry::MultiPoint(points) => points.iter().map(|one| (*one).into()).collect(),
        Geometry::MultiLineString(lines) => lines.iter().map(|one| one.clone().into()).collect(),
        Geometry::MultiPolygon(polygons) => polygons.iter().map(|one| one.clone().into()).collect(),
        Geometry::GeometryCollection(parts) => parts.0.clone(),
        other => vec![other.clone()],
    }
}

/// The points without those that close a ring.
fn count_points(geometry: &Geometry) -> usize {
    if is_empty(geometry) {
        return 0;
    }
    let of_ring = |ring: &LineString| ring.0.len().saturating_sub(1);
    let of_polygon = |polygon: &Polygon| {
        let holes: usize = polygon.interiors().iter().map(of_ring).sum();
        of_ring(polygon.exterior()) + holes
    };
    match geometry {
        Geometry::Polygon(polygon) => of_polygon(polygon),
        Geometry::MultiPolygon(polygons) => polygons.iter().map(of_polygon).sum(),
        Geometry::GeometryCollection(parts) => parts.iter().map(count_points).sum(),
        other => other.coords_count(),
    }
}

/// All points, those of rings in the order of Esri's shapes: shells with the clock.
fn points(geometry: &Geometry) -> Option<Vec<Geometry>> {
    if is_empty(geometry) {
        return None;
    }
    let coords = clockwise(geometry.clone());
    Some(coords.coords_iter().map(|coord| point(&coord)).collect())
}

fn line_string<'a>(function: &str, geometry: &'a Geometry) -> Result<&'a LineString> {
    require(function, geometry, &[Shape::LineString])?;
    match geometry {
        Geometry::LineString(line) => Ok(line),
        _ => Err(TrinoError::invalid_argument("not a line")),
    }
}

fn coord(function: &str, geometry: &Geometry) -> Result<Option<Coord>> {
    require(function, geometry, &[Shape::Point])?;
    Ok(match geometry {
        Geometry::Point(point) if !is_empty(geometry) => Some(point.0),
        _ => None,
    })
}
