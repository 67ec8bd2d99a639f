//! `ST_IsValid(Geometry) -> boolean`, `ST_IsSimple(Geometry) -> boolean`, `ST_IsRing(LineString) ->
//! boolean` and `geometry_invalid_reason(Geometry) -> varchar`, null of a valid geometry. Lines that
//! cross or touch themselves and points that are there twice are not valid either.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! let bow = "ST_GeometryFromText('POLYGON ((0 0, 2 2, 2 0, 0 2))')";
//! assert_eq!(evaluate(&format!("ST_IsValid({bow})")), "false");
//! assert_eq!(
//!     evaluate("geometry_invalid_reason(ST_GeometryFromText('MULTIPOINT (1 2, 2 4, 1 2)'))"),
//!     "Repeated points at or near (1.0 2.0) and (1.0 2.0)"
//! );
//! assert_eq!(evaluate("geometry_invalid_reason(ST_Point(1, 2))"), "null");
//! assert_eq!(evaluate("ST_IsRing(ST_GeometryFromText('LINESTRING (0 0, 1 1, 0 2, 0 0)'))"), "true");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use geo::line_intersection::{LineIntersection, line_intersection};
use geo::{Coord, Geometry, Line, LineString, Polygon, Validation};

use super::arguments::{Shape, map, require, require_finite};
use crate::functions::scalar::Kind::{self, Boolean, Varchar};
use crate::functions::scalar::scalar;
use crate::text::write_float;
use crate::types::geometry::is_empty;

pub(super) fn udfs() -> [ScalarUDF; 4] {
    [
        scalar("st_isvalid")
            .overload([Kind::Geometry], Boolean, |call| {
                map(call, |one| Ok(Some(flaw(one)?.is_none())))
            })
            .udf(),
        scalar("st_issimple")
            .overload([Kind::Geometry], Boolean, |call| {
                map(call, |one| Ok(Some(flaw(one)?.is_none())))
            })
            .udf(),
        scalar("st_isring")
            .overload([Kind::Geometry], Boolean, |call| map(call, is_ring))
            .udf(),
        scalar("geometry_invalid_reason")
            .overload([Kind::Geometry], Varchar, |call| {
                map(call, |one| Ok(flaw(one)?.map(|flaw| flaw.text())))
            })
            .udf(),
    ]
}

fn is_ring(geometry: &Geometry) -> Result<Option<bool>> {
    require("ST_IsRing", geometry, &[Shape::LineString])?;
    let Geometry::LineString(line) = geometry else {
        return Ok(None);
    };
    Ok(Some(line.is_closed() && flaw(geometry)?.is_none()))
}

/// Why a geometry is not valid, and near which of its points.
struct Flaw {
    reason: &'static str,
    near: Vec<Coord>,
}

impl Flaw {
    fn new(reason: &'static str, near: impl Into<Vec<Coord>>) -> Self {
        Self {
            reason,
            near: near.into(),
        }
    }

    fn text(&self) -> String {
        let mut text = self.reason.to_owned();
        for (place, coord) in self.near.iter().enumerate() {
            text.push_str(if place == 0 {
                " at or near ("
            } else {
                " and ("
            });
            write_float(coord.x, &mut text);
            text.push(' ');
            write_float(coord.y, &mut text);
            text.push(')');
        }
        text
    }
}

fn flaw(geometry: &Geometry) -> Result<Option<Flaw>> {
    if is_empty(geometry) {
        return Ok(None);
    }
    require_finite(geometry)?;
    Ok(match geometry {
        Geometry::MultiPoint(points) => {
            let coords: Vec<Coord> = points.iter().map(|point| point.0).collect();
            repeated(&coords).map(|coord| Flaw::new("Repeated points", [coord, coord]))
        }
        Geometry::LineString(line) => of_paths(std::slice::from_ref(line)),
        Geometry::MultiLineString(lines) => of_paths(&lines.0),
        Geometry::Polygon(polygon) => of_polygons(std::slice::from_ref(polygon)),
        Geometry::MultiPolygon(polygons) => of_polygons(&polygons.0),
        Geometry::GeometryCollection(parts) => {
            for part in parts {
                if let Some(flaw) = flaw(part)? {
                    return Ok(Some(flaw));
                }
            }
            None
        }
        _ => None,
    })
}

fn repeated(coords: &[Coord]) -> Option<Coord> {
    let mut sorted = coords.to_vec();
    sorted.sort_by(|one, other| one.x.total_cmp(&other.x).then(one.y.total_cmp(&other.y)));
    let twice = sorted.windows(2).find(|pair| pair[0] == pair[1]);
    twice.map(|pair| pair[0])
}

fn of_polygons(polygons: &[Polygon]) -> Option<Flaw> {
    let rings: Vec<LineString> = polygons
        .iter()
        .flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()))
        .cloned()
        .collect();
    if let Some(ring) = rings.iter().find(|ring| ring.0.len() < 4) {
        return Some(Flaw::new("Degenerate segments", first(ring)));
    }
    // Two rings may touch in a point, which a ring must not do with itself.
    if let Some(flaw) = rings
        .iter()
        .find_map(|ring| of_paths(std::slice::from_ref(ring)))
    {
        return Some(flaw);
    }
    for (place, ring) in rings.iter().enumerate() {
        for other in &rings[place + 1..] {
            let pairs = ring
                .lines()
                .flat_map(|line| other.lines().map(move |one| (line, one)));
            for (line, other) in pairs {
                if meets(&line, &other).is_some_and(|meeting| meeting != Meeting::Touch) {
                    return Some(Flaw::new(CROSSING, [line.start, other.start]));
                }
            }
        }
    }
    let invalid = polygons.iter().find(|polygon| !polygon.is_valid());
    if let Some(polygon) = invalid {
        let hole = polygon.interiors().first().unwrap_or(polygon.exterior());
        return Some(Flaw::new("Disconnected interior", first(hole)));
    }
    let all = geo::MultiPolygon(polygons.to_vec());
    (!all.is_valid()).then(|| Flaw::new("Self-intersection", first(polygons[0].exterior())))
}

fn first(ring: &LineString) -> Vec<Coord> {
    ring.0.first().copied().into_iter().collect()
}

const CROSSING: &str = "Intersecting or overlapping segments";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meeting {
    /// At an end of at least one.
    Touch,
    Crossing,
}

fn meets(one: &Line, other: &Line) -> Option<Meeting> {
    Some(match line_intersection(*one, *other)? {
        LineIntersection::SinglePoint { is_proper, .. } => match is_proper {
            true => Meeting::Crossing,
            false => Meeting::Touch,
        },
        LineIntersection::Collinear { .. } => Meeting::Crossing,
    })
}

/// A segment, the line it is of, its place there, and whether that is the last.
struct Segment {
    line: Line,
    path: usize,
    place: usize,
    is_last: bool,
}

/// Lines must not meet, neither themselves nor each other, but at their ends.
fn of_paths(paths: &[LineString]) -> Option<Flaw> {
    let mut segments = Vec::new();
    for (path, line) in paths.iter().enumerate() {
        let count = line.0.len().saturating_sub(1);
        for (place, line) in line.lines().enumerate() {
            if line.start == line.end {
                return Some(Flaw::new("Degenerate segments", vec![line.start]));
            }
            segments.push(Segment {
                line,
                path,
                place,
                is_last: place + 1 == count,
            });
        }
    }
    for (number, one) in segments.iter().enumerate() {
        for other in &segments[number + 1..] {
            if let Some(flaw) = of_pair(one, other) {
                return Some(flaw);
            }
        }
    }
    None
}

fn of_pair(one: &Segment, other: &Segment) -> Option<Flaw> {
    match line_intersection(one.line, other.line)? {
        LineIntersection::SinglePoint { intersection, .. } => {
            let is_next = one.path == other.path
                && one.place + 1 == other.place
                && intersection == one.line.end;
            let is_end = |segment: &Segment| {
                segment.place == 0 && intersection == segment.line.start
                    || segment.is_last && intersection == segment.line.end
            };
            if is_next || is_end(one) && is_end(other) {
                return None;
            }
            let is_corner = |line: &Line| intersection == line.start || intersection == line.end;
            Some(match is_corner(&one.line) && is_corner(&other.line) {
                true => Flaw::new("Self-tangency", [intersection, intersection]),
                false => Flaw::new(CROSSING, [one.line.start, other.line.start]),
            })
        }
        LineIntersection::Collinear { intersection } => {
            let is_point = intersection.start == intersection.end;
            (!is_point).then(|| Flaw::new(CROSSING, [one.line.start, other.line.start]))
        }
    }
}
