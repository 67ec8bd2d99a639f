//! `ST_GeometryFromText(varchar) -> Geometry` and the other ways to make a geometry of something
//! else, `ST_AsText(Geometry) -> varchar` and `ST_AsBinary(Geometry) -> varbinary` back.
//!
//! Polygons come with their shells against the clock, whichever way they were written.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("ST_AsText(ST_Point(1, 2.5))"), "POINT (1 2.5)");
//! assert_eq!(
//!     evaluate("ST_GeometryFromText('POLYGON ((0 0, 0 1, 1 1))')"),
//!     "POLYGON ((0 0, 1 1, 0 1, 0 0))"
//! );
//! assert_eq!(
//!     evaluate("ST_LineFromText('POINT EMPTY')"),
//!     "INVALID_FUNCTION_ARGUMENT: ST_LineFromText only applies to LINE_STRING. Input type is: POINT"
//! );
//! assert_eq!(evaluate("ST_LineString(ARRAY[ST_Point(1, 2), ST_Point(3, 4)])"), "LINESTRING (1 2, 3 4)");
//! assert_eq!(evaluate("ST_MultiPoint(ARRAY[])"), "null");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use geo::{Coord, Geometry, LineString, MultiPoint, Point};

use super::GEOMETRIES;
use super::arguments::{Shape, map, map_arrays, require};
use crate::error::TrinoError;
use crate::functions::scalar::Kind::{self, Double, Varbinary, Varchar};
use crate::functions::scalar::scalar;
use crate::types::geometry::{is_empty, oriented, read_wkb, read_wkt, write_wkb, write_wkt};

pub(super) fn udfs() -> [ScalarUDF; 9] {
    [
        scalar("st_geometryfromtext")
            .overload([Varchar], Kind::Geometry, |call| {
                call.try_map1(|text: &str| read_wkt(text).map(Some))
            })
            .udf(),
        scalar("st_linefromtext")
            .overload([Varchar], Kind::Geometry, |call| {
                call.try_map1(|text: &str| of_shape("ST_LineFromText", text, Shape::LineString))
            })
            .udf(),
        scalar("st_polygon")
            .overload([Varchar], Kind::Geometry, |call| {
                call.try_map1(|text: &str| of_shape("ST_Polygon", text, Shape::Polygon))
            })
            .udf(),
        scalar("st_geomfrombinary")
            .overload([Varbinary], Kind::Geometry, |call| {
                call.try_map1(|bytes: &[u8]| read_wkb(bytes).map(oriented).map(Some))
            })
            .udf(),
        scalar("st_point")
            .overload([Double, Double], Kind::Geometry, |call| {
                call.map2(|x: f64, y: f64| Geometry::from(Point::new(x, y)))
            })
            .udf(),
        scalar("st_linestring")
            .overload([GEOMETRIES], Kind::Geometry, |call| {
                map_arrays(call, line_string)
            })
            .udf(),
        scalar("st_multipoint")
            .overload([GEOMETRIES], Kind::Geometry, |call| {
                map_arrays(call, multi_point)
            })
            .udf(),
        scalar("st_astext")
            .overload([Kind::Geometry], Varchar, |call| {
                map(call, |geometry| {
                    let mut text = String::new();
                    write_wkt(geometry, &mut text);
                    Ok(Some(text))
                })
            })
            .udf(),
        scalar("st_asbinary")
            .overload([Kind::Geometry], Varbinary, |call| {
                map(call, |geometry| {
                    let mut bytes = Vec::new();
                    write_wkb(geometry, &mut bytes);
                    Ok(Some(bytes))
                })
            })
            .udf(),
    ]
}

fn of_shape(function: &str, text: &str, shape: Shape) -> Result<Option<Geometry>> {
    let geometry = read_wkt(text)?;
    require(function, &geometry, &[shape])?;
    Ok(Some(geometry))
}

fn line_string(points: &[Option<Geometry>]) -> Result<Option<Geometry>> {
    let refused = |what: &str, index: usize| {
        TrinoError::invalid_argument(format!(
            "Invalid input to ST_LineString: {what} at index {index}"
        ))
    };
    let mut coords: Vec<Coord> = Vec::with_capacity(points.len());
    for (index, geometry) in (1..).zip(points) {
        let coord = match geometry {
            None => return Err(refused("null point", index)),
            Some(geometry @ Geometry::Point(_)) if is_empty(geometry) => {
                return Err(refused("empty point", index));
            }
            Some(Geometry::Point(point)) => point.0,
            Some(other) => {
                return Err(TrinoError::invalid_argument(format!(
                    "ST_LineString takes only an array of valid points, {} was passed",
                    esri_name(other)
                )));
            }
        };
        if coords.last() == Some(&coord) {
            return Err(refused("consecutive duplicate points", index));
        }
        coords.push(coord);
    }
    Ok(Some(LineString(coords).into()))
}

fn multi_point(points: &[Option<Geometry>]) -> Result<Option<Geometry>> {
    let refused = |what: &str, index: usize| {
        TrinoError::invalid_argument(format!(
            "Invalid input to ST_MultiPoint: {what} at index {index}"
        ))
    };
    let mut all = Vec::with_capacity(points.len());
    for (index, geometry) in (1..).zip(points) {
        match geometry {
            None => return Err(refused("null", index)),
            Some(geometry @ Geometry::Point(_)) if is_empty(geometry) => {
                return Err(refused("empty point", index));
            }
            Some(Geometry::Point(point)) => all.push(*point),
            Some(other) => {
                let what = format!("geometry is not a point: {}", esri_name(other));
                return Err(refused(&what, index));
            }
        }
    }
    Ok((!all.is_empty()).then(|| MultiPoint(all).into()))
}

/// `ST_LineString` is `LineString` to the library that Trino computes with.
fn esri_name(geometry: &Geometry) -> &'static str {
    match Shape::of(geometry) {
        Shape::GeometryCollection => "GeometryCollection",
        shape => shape.standard_name().trim_start_matches("ST_"),
    }
}
