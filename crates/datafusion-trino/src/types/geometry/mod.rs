//! Geometries: in Arrow as well-known binary, in results as well-known text.
//!
//! Rings of polygons are kept as they are shown, shells against the clock and holes with it. The
//! empty point has no coordinates that are numbers, as in well-known binary.

mod column;
mod tile;
mod wkb;
mod wkt;

use geo::orient::{Direction, Orient};
use geo::{CoordsIter, Geometry, Point};

pub(crate) use column::Wkb;
pub(crate) use tile::Tile;
pub(crate) use wkb::{read as read_wkb, write as write_wkb};
pub(crate) use wkt::{read as read_wkt, write as write_wkt};

/// How deep collections may lie in each other.
const MAX_DEPTH: usize = 64;

/// Coordinates fewer than which no polygon has.
const CLOSED_RING: usize = 4;

pub(crate) fn empty_point() -> Geometry {
    Point::new(f64::NAN, f64::NAN).into()
}

pub(crate) fn is_empty(geometry: &Geometry) -> bool {
    geometry
        .coords_iter()
        .all(|coord| coord.x.is_nan() || coord.y.is_nan())
}

/// Turns the rings of polygons the way they are kept.
pub(crate) fn oriented(geometry: Geometry) -> Geometry {
    turned(geometry, Direction::Default)
}

/// Turns the rings of polygons the other way: shells with the clock.
pub(crate) fn clockwise(geometry: Geometry) -> Geometry {
    turned(geometry, Direction::Reversed)
}

fn turned(geometry: Geometry, direction: Direction) -> Geometry {
    match geometry {
        Geometry::Polygon(polygon) if polygon.exterior().0.len() >= CLOSED_RING => {
            polygon.orient(direction).into()
        }
        Geometry::MultiPolygon(polygons) => {
            let polygons = polygons.0.into_iter().map(|polygon| {
                match polygon.exterior().0.len() >= CLOSED_RING {
                    true => polygon.orient(direction),
                    false => polygon,
                }
            });
            Geometry::MultiPolygon(polygons.collect())
        }
        Geometry::GeometryCollection(parts) => {
            let parts = parts.0.into_iter().map(|part| turned(part, direction));
            Geometry::GeometryCollection(parts.collect())
        }
        other => other,
    }
}
