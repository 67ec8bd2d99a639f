//! `from_geojson_geometry(varchar) -> SphericalGeography` and
//! `to_geojson_geometry(SphericalGeography) -> varchar`, null of an empty point, line or polygon.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(
//!     evaluate("to_geojson_geometry(to_spherical_geography(ST_Point(-9.5, 10)))"),
//!     r#"{"type":"Point","coordinates":[-9.5,10]}"#
//! );
//! assert_eq!(
//!     evaluate(r#"to_geometry(from_geojson_geometry('{"type":"LineString","coordinates":[[0,0],[1,2]]}'))"#),
//!     "LINESTRING (0 0, 1 2)"
//! );
//! ```

use std::fmt::Write;

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};
use serde_json::Value;

use super::arguments::{Shape, map};
use crate::error::TrinoError;
use crate::functions::scalar::Kind::{SphericalGeography, Varchar};
use crate::functions::scalar::scalar;
use crate::types::geometry::{clockwise, empty_point, is_empty, oriented};

pub(super) fn udfs() -> [ScalarUDF; 2] {
    [
        scalar("from_geojson_geometry")
            .overload([Varchar], SphericalGeography, |call| {
                call.try_map1(|text: &str| from_geojson(text).map(Some))
            })
            .udf(),
        scalar("to_geojson_geometry")
            .overload([SphericalGeography], Varchar, |call| {
                map(call, |geometry| Ok(to_geojson(geometry)))
            })
            .udf(),
    ]
}

fn from_geojson(text: &str) -> Result<Geometry> {
    let invalid = |why: String| TrinoError::invalid_argument(format!("Invalid GeoJSON: {why}"));
    let value: Value = serde_json::from_str(text).map_err(|error| invalid(error.to_string()))?;
    geometry(&value)
        .map(oriented)
        .ok_or_else(|| invalid(format!("Could not parse Geometry from Json string. {text}")))
}

fn geometry(value: &Value) -> Option<Geometry> {
    let kind = value.get("type")?.as_str()?;
    if kind == "GeometryCollection" {
        let parts = list(value.get("geometries")?, geometry)?;
        return Some(Geometry::GeometryCollection(parts.into()));
    }
    let coordinates = value.get("coordinates")?;
    Some(match kind {
        "Point" if coordinates.as_array()?.is_empty() => empty_point(),
        "Point" => Point(coord(coordinates)?).into(),
        "LineString" => line(coordinates)?.into(),
        "Polygon" => polygon(coordinates)?.into(),
        "MultiPoint" => {
            let points = list(coordinates, coord)?.into_iter().map(Point);
            MultiPoint(points.collect()).into()
        }
        "MultiLineString" => MultiLineString(list(coordinates, line)?).into(),
        "MultiPolygon" => MultiPolygon(list(coordinates, polygon)?).into(),
        _ => return None,
    })
}

fn list<T>(value: &Value, one: impl FnMut(&Value) -> Option<T>) -> Option<Vec<T>> {
    value.as_array()?.iter().map(one).collect()
}

fn coord(value: &Value) -> Option<Coord> {
    let [x, y, ..] = value.as_array()?.as_slice() else {
        return None;
    };
    Some(Coord {
        x: x.as_f64()?,
        y: y.as_f64()?,
    })
}

fn line(value: &Value) -> Option<LineString> {
    list(value, coord).map(LineString)
}

fn polygon(value: &Value) -> Option<Polygon> {
    let mut rings = list(value, line)?.into_iter();
    let shell = rings.next().unwrap_or_else(LineString::empty);
    Some(Polygon::new(shell, rings.collect()))
}

fn to_geojson(geometry: &Geometry) -> Option<String> {
    let is_single = matches!(
        Shape::of(geometry),
        Shape::Point | Shape::LineString | Shape::Polygon
    );
    if is_single && is_empty(geometry) {
        return None;
    }
    let mut out = String::new();
    write(&clockwise(geometry.clone()), &mut out);
    Some(out)
}

fn write(geometry: &Geometry, out: &mut String) {
    let kind = match Shape::of(geometry) {
        Shape::GeometryCollection => "GeometryCollection",
        shape => shape.standard_name().trim_start_matches("ST_"),
    };
    let _ = write!(out, r#"{{"type":"{kind}",""#);
    out.push_str(match geometry {
        Geometry::GeometryCollection(_) => r#"geometries":"#,
        _ => r#"coordinates":"#,
    });
    match geometry {
        Geometry::Point(_) if is_empty(geometry) => out.push_str("[]"),
        Geometry::Point(point) => write_coord(&point.0, out),
        Geometry::LineString(line) => write_line(line, out),
        Geometry::Polygon(polygon) => write_polygon(polygon, out),
        Geometry::MultiPoint(points) => {
            write_list(&points.0, out, |point, out| write_coord(&point.0, out));
        }
        Geometry::MultiLineString(lines) => write_list(&lines.0, out, write_line),
        Geometry::MultiPolygon(polygons) => write_list(&polygons.0, out, write_polygon),
        Geometry::GeometryCollection(parts) => write_list(&parts.0, out, write),
        Geometry::Line(line) => write_line(&LineString::from(*line), out),
        Geometry::Rect(rect) => write_polygon(&rect.to_polygon(), out),
        Geometry::Triangle(triangle) => write_polygon(&triangle.to_polygon(), out),
    }
    out.push('}');
}

fn write_list<'a, T: 'a>(
    list: impl IntoIterator<Item = &'a T>,
    out: &mut String,
    one: impl Fn(&T, &mut String),
) {
    out.push('[');
    for (place, item) in list.into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        one(item, out);
    }
    out.push(']');
}

fn write_coord(coord: &Coord, out: &mut String) {
    let _ = write!(out, "[{},{}]", coord.x, coord.y);
}

fn write_line(line: &LineString, out: &mut String) {
    write_list(&line.0, out, write_coord);
}

fn write_polygon(polygon: &Polygon, out: &mut String) {
    let shell = Some(polygon.exterior()).filter(|shell| !shell.0.is_empty());
    write_list(
        shell.into_iter().chain(polygon.interiors()),
        out,
        write_line,
    );
}
