//! Places on a line as fractions of its length: `line_locate_point(LineString, Point) -> double`,
//! `line_interpolate_point(LineString, double) -> Geometry` and
//! `line_interpolate_points(LineString, double) -> array(Geometry)`, which repeats its step. Null of
//! an empty line.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! let line = "ST_GeometryFromText('LINESTRING (0 0, 2 0, 4 0)')";
//! assert_eq!(evaluate(&format!("line_locate_point({line}, ST_Point(1, 7))")), "0.25");
//! assert_eq!(evaluate(&format!("line_interpolate_point({line}, 0.75)")), "POINT (3 0)");
//! assert_eq!(
//!     evaluate(&format!("line_interpolate_points({line}, 0.25)")),
//!     "[POINT (1 0), POINT (2 0), POINT (3 0), POINT (4 0)]"
//! );
//! assert_eq!(
//!     evaluate(&format!("line_interpolate_point({line}, 2)")),
//!     "INVALID_FUNCTION_ARGUMENT: fraction must be between 0 and 1"
//! );
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use geo::{Coord, Geometry, Line, LineString, Point};

use super::GEOMETRIES;
use super::arguments::{Shape, map_pairs, map_with, require};
use crate::error::TrinoError;
use crate::functions::scalar::Kind::{self, Double};
use crate::functions::scalar::{Elements, scalar};
use crate::types::geometry::is_empty;

pub(super) fn udfs() -> [ScalarUDF; 3] {
    [
        scalar("line_locate_point")
            .overload([Kind::Geometry, Kind::Geometry], Double, |call| {
                map_pairs(call, locate)
            })
            .udf(),
        scalar("line_interpolate_point")
            .overload([Kind::Geometry, Double], Kind::Geometry, |call| {
                map_with(call, |line, fraction: f64| {
                    let points = interpolate(line, fraction, false)?;
                    Ok(points.and_then(|points| points.into_iter().next()))
                })
            })
            .udf(),
        scalar("line_interpolate_points")
            .overload([Kind::Geometry, Double], GEOMETRIES, |call| {
                map_with(call, |line, step: f64| {
                    Ok(interpolate(line, step, true)?.map(Elements))
                })
            })
            .udf(),
    ]
}

fn locate(line: &Geometry, point: &Geometry) -> Result<Option<f64>> {
    if is_empty(line) || is_empty(point) {
        return Ok(None);
    }
    let got = |geometry| {
        Shape::of(geometry)
            .standard_name()
            .trim_start_matches("ST_")
    };
    let lines = match line {
        Geometry::LineString(line) => std::slice::from_ref(line),
        Geometry::MultiLineString(lines) => &lines.0,
        other => {
            return Err(TrinoError::invalid_argument(format!(
                "First argument to line_locate_point must be a LineString or a MultiLineString. Got: {}",
                got(other)
            )));
        }
    };
    let Geometry::Point(point) = point else {
        return Err(TrinoError::invalid_argument(format!(
            "Second argument to line_locate_point must be a Point. Got: {}",
            got(point)
        )));
    };
    let mut before = 0.0;
    let mut nearest = (f64::INFINITY, 0.0);
    for segment in lines.iter().flat_map(LineString::lines) {
        let length = length(&segment);
        let along = projection(&segment, point.0);
        let place = segment.start + segment.delta() * along;
        let distance = (place.x - point.x()).hypot(place.y - point.y());
        if distance < nearest.0 {
            nearest = (distance, before + along * length);
        }
        before += length;
    }
    Ok(Some(nearest.1 / before))
}

fn length(segment: &Line) -> f64 {
    segment.dx().hypot(segment.dy())
}

/// Where on a segment a point is nearest, from 0 at its start to 1 at its end.
fn projection(segment: &Line, point: Coord) -> f64 {
    let (delta, offset) = (segment.delta(), point - segment.start);
    let square = delta.x * delta.x + delta.y * delta.y;
    if square == 0.0 {
        return 0.0;
    }
    ((offset.x * delta.x + offset.y * delta.y) / square).clamp(0.0, 1.0)
}

/// The point at a fraction of the line, and at all multiples of it if it is a step.
fn interpolate(line: &Geometry, fraction: f64, is_step: bool) -> Result<Option<Vec<Geometry>>> {
    if is_empty(line) {
        return Ok(None);
    }
    require("line_interpolate_point", line, &[Shape::LineString])?;
    if !(0.0..=1.0).contains(&fraction) {
        return Err(TrinoError::invalid_argument(
            "fraction must be between 0 and 1",
        ));
    }
    let Geometry::LineString(line) = line else {
        return Ok(None);
    };
    let ends = line.0.first().copied().zip(line.0.last().copied());
    let Some((first, last)) = ends else {
        return Ok(None);
    };
    let point = |coord: Coord| Geometry::from(Point(coord));
    if fraction == 0.0 || fraction == 1.0 {
        return Ok(Some(vec![point(if fraction == 0.0 {
            first
        } else {
            last
        })]));
    }
    // As many points as whole steps: a float beyond the widest integer becomes that integer.
    let count = if is_step {
        (1.0 / fraction) as usize
    } else {
        1
    };
    let total: f64 = line.lines().map(|segment| length(&segment)).sum();
    let mut points = Vec::new();
    let (mut next, mut before) = (fraction, 0.0);
    for segment in line.lines() {
        let share = length(&segment) / total;
        while next < before + share && points.len() < count {
            let place = segment.start + segment.delta() * ((next - before) / share);
            points.push(point(place));
            next += fraction;
        }
        before += share;
    }
    if points.len() < count {
        points.push(point(last));
    }
    Ok(Some(points))
}
