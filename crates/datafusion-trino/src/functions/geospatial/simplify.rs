//! `simplify_geometry(Geometry, double) -> Geometry`: fewer points, none of which lies further than
//! the distance from where the geometry went; parts that would no longer be valid stay as they were.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(
//!     evaluate("simplify_geometry(ST_GeometryFromText('LINESTRING (0 0, 1 0.1, 2 0)'), 0.5)"),
//!     "LINESTRING (0 0, 2 0)"
//! );
//! assert_eq!(
//!     evaluate("simplify_geometry(ST_GeometryFromText('POLYGON ((0 0, 1 0, 1 1, 0 1))'), 5)"),
//!     "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"
//! );
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use geo::{Geometry, LineString, MultiLineString, MultiPolygon, Polygon, Simplify, Validation};

use super::arguments::{map_with, require_finite};
use crate::error::TrinoError;
use crate::functions::scalar::Kind::{self, Double};
use crate::functions::scalar::scalar;

pub(super) fn udf() -> ScalarUDF {
    scalar("simplify_geometry")
        .overload([Kind::Geometry, Double], Kind::Geometry, |call| {
            map_with(call, |geometry, tolerance: f64| {
                if tolerance.is_nan() {
                    return Err(TrinoError::invalid_argument("distanceTolerance is NaN"));
                }
                if tolerance < 0.0 {
                    return Err(TrinoError::invalid_argument(
                        "distanceTolerance is negative",
                    ));
                }
                simplify(geometry, tolerance).map(Some)
            })
        })
        .udf()
}

fn simplify(geometry: &Geometry, tolerance: f64) -> Result<Geometry> {
    if tolerance == 0.0 {
        return Ok(geometry.clone());
    }
    require_finite(geometry)?;
    Ok(match geometry {
        Geometry::LineString(line) => simplify_line(line, tolerance).into(),
        Geometry::MultiLineString(lines) => {
            let lines = lines.iter().map(|line| simplify_line(line, tolerance));
            MultiLineString(lines.collect()).into()
        }
        Geometry::Polygon(polygon) => simplify_polygon(polygon, tolerance).into(),
        Geometry::MultiPolygon(polygons) => {
            let simple = polygons.iter().map(|one| simplify_polygon(one, tolerance));
            let simple = MultiPolygon(simple.collect());
            match simple.is_valid() {
                true => simple.into(),
                false => polygons.clone().into(),
            }
        }
        Geometry::GeometryCollection(parts) => {
            let parts: Vec<Geometry> = parts
                .iter()
                .map(|part| simplify(part, tolerance))
                .collect::<Result<_>>()?;
            Geometry::GeometryCollection(parts.into())
        }
        other => other.clone(),
    })
}

fn simplify_line(line: &LineString, tolerance: f64) -> LineString {
    let simple = line.simplify(tolerance);
    // A closed line keeps its way around.
    match line.is_closed() && simple.0.len() < 4 {
        true => line.clone(),
        false => simple,
    }
}

fn simplify_polygon(polygon: &Polygon, tolerance: f64) -> Polygon {
    let simple = polygon.simplify(tolerance);
    match simple.is_valid() {
        true => simple,
        false => polygon.clone(),
    }
}
