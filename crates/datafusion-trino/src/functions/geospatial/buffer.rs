//! `ST_Buffer(Geometry, distance) -> Geometry`: everything not further from a geometry than that,
//! with 24 corners a quarter of a circle. Null of an empty geometry.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("ST_NumPoints(ST_Buffer(ST_Point(0, 0), 1))"), "96");
//! assert_eq!(evaluate("ST_Contains(ST_Buffer(ST_Point(0, 0), 1), ST_Point(0.9, 0))"), "true");
//! assert_eq!(
//!     evaluate("ST_Buffer(ST_Point(0, 0), -1)"),
//!     "INVALID_FUNCTION_ARGUMENT: distance is negative"
//! );
//! ```

use std::f64::consts::{FRAC_PI_2, PI};

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use geo::bool_ops::OpType;
use geo::{Coord, CoordsIter, Geometry, Line, LineString, MultiPolygon, Polygon, unary_union};

use super::arguments::{map_with, require_finite};
use super::overlay::{from_lowest, overlay_areas, segments};
use crate::error::TrinoError;
use crate::functions::scalar::Kind::{self, Double};
use crate::functions::scalar::scalar;
use crate::types::geometry::is_empty;

/// Corners of a quarter of a circle.
const QUARTER: u32 = 24;

pub(super) fn udf() -> ScalarUDF {
    scalar("st_buffer")
        .overload([Kind::Geometry, Double], Kind::Geometry, |call| {
            map_with(call, buffer)
        })
        .udf()
}

fn buffer(geometry: &Geometry, distance: f64) -> Result<Option<Geometry>> {
    if distance.is_nan() {
        return Err(TrinoError::invalid_argument("distance is NaN"));
    }
    if distance < 0.0 {
        return Err(TrinoError::invalid_argument("distance is negative"));
    }
    if distance == 0.0 {
        return Ok(Some(geometry.clone()));
    }
    if is_empty(geometry) {
        return Ok(None);
    }
    require_finite(geometry)?;
    let mut around: Vec<Polygon> = segments(geometry)
        .into_iter()
        .filter(|line| line.start != line.end)
        .map(|line| capsule(&line, distance))
        .collect();
    if around.is_empty() {
        around = geometry
            .coords_iter()
            .map(|coord| capsule(&Line::new(coord, coord), distance))
            .collect();
    } else {
        around.extend(
            lonely_points(geometry).map(|coord| capsule(&Line::new(coord, coord), distance)),
        );
    }
    let around = match around.as_slice() {
        [one] => MultiPolygon(vec![from_lowest(one)]),
        _ => unary_union(&around),
    };
    let mut areas = overlay_areas(&areas(geometry), &around, OpType::Union);
    Ok(Some(match areas.0.len() {
        1 => areas.0.remove(0).into(),
        _ => areas.into(),
    }))
}

/// The points that are no corners of lines.
fn lonely_points(geometry: &Geometry) -> Box<dyn Iterator<Item = Coord> + '_> {
    match geometry {
        Geometry::Point(_) | Geometry::MultiPoint(_) => Box::new(geometry.coords_iter()),
        Geometry::GeometryCollection(parts) => Box::new(parts.iter().flat_map(lonely_points)),
        _ => Box::new(std::iter::empty()),
    }
}

fn areas(geometry: &Geometry) -> MultiPolygon {
    match geometry {
        Geometry::Polygon(polygon) => MultiPolygon(vec![polygon.clone()]),
        Geometry::MultiPolygon(polygons) => polygons.clone(),
        Geometry::GeometryCollection(parts) => {
            parts.iter().flat_map(|part| areas(part).0).collect()
        }
        _ => MultiPolygon::empty(),
    }
}

/// What is near a segment: half a circle around each end.
fn capsule(line: &Line, distance: f64) -> Polygon {
    let direction = line.dy().atan2(line.dx());
    let mut ring = half_circle(line.start, direction + FRAC_PI_2, distance);
    ring.extend(half_circle(line.end, direction - FRAC_PI_2, distance));
    Polygon::new(LineString(ring), Vec::new())
}

/// From an angle against the clock to the opposite one; a whole circle takes each corner once.
fn half_circle(center: Coord, from: f64, radius: f64) -> Vec<Coord> {
    let steps = 2 * QUARTER;
    (0..=steps)
        .map(|step| {
            let angle = from + PI * f64::from(step) / f64::from(steps);
            let (sin, cos) = exact_sin_cos(angle);
            Coord {
                x: center.x + radius * cos,
                y: center.y + radius * sin,
            }
        })
        .collect()
}

/// Sine and cosine, with the zeros that rounding hides.
fn exact_sin_cos(angle: f64) -> (f64, f64) {
    let (sin, cos) = angle.sin_cos();
    let zeroed = |value: f64| if value.abs() < 1e-15 { 0.0 } else { value };
    (zeroed(sin), zeroed(cos))
}
