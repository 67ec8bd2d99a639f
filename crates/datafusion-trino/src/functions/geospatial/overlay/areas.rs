use geo::bool_ops::OpType;
use geo::orient::{Direction, Orient};
use geo::{
    BooleanOps, BoundingRect, Coord, CoordsIter, LineString, LinesIter, MultiPolygon, Polygon,
};

use super::lines::crossings;

/// How far `geo` moves coordinates at most, as a share of the extent: it computes in 32 bits.
const GRID: f64 = 1e-8;

/// Segments times segments, beyond which crossings are not computed again.
const MOST_PAIRS: usize = 1_000_000;

/// The areas without overlaps: what is covered twice is not covered.
pub(in super::super) fn cleaned(areas: &MultiPolygon) -> MultiPolygon {
    overlay(areas, &MultiPolygon::empty(), OpType::Union)
}

/// Overlays areas; each polygon starts at its lowest corner, and so do all of them together.
pub(in super::super) fn overlay(
    one: &MultiPolygon,
    other: &MultiPolygon,
    operation: OpType,
) -> MultiPolygon {
    if one.0.is_empty() && other.0.is_empty() {
        return MultiPolygon::empty();
    }
    let overlaid = one.boolean_op(other, operation);
    let snap = Snap::to(one, other);
    let mut polygons: Vec<Polygon> = overlaid
        .0
        .into_iter()
        .map(|polygon| {
            let (shell, holes) = polygon.into_inner();
            let holes = holes.into_iter().map(|ring| snap.ring(ring));
            from_lowest(&Polygon::new(snap.ring(shell), holes.collect()))
        })
        .filter(|polygon| polygon.exterior().0.len() > 3)
        .collect();
    polygons.sort_by(|one, other| {
        let start = |polygon: &Polygon| {
            polygon
                .exterior()
                .0
                .first()
                .map_or((0.0, 0.0), |c| (c.y, c.x))
        };
        let (one, other) = (start(one), start(other));
        one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1))
    });
    MultiPolygon(polygons)
}

/// The polygon, its rings beginning with their lowest corner and of these the leftmost, the shell
/// against the clock.
pub(in super::super) fn from_lowest(polygon: &Polygon) -> Polygon {
    let mut polygon = polygon.orient(Direction::Default);
    polygon.exterior_mut(rotate);
    polygon.interiors_mut(|rings| rings.iter_mut().for_each(rotate));
    polygon
}

fn rotate(ring: &mut LineString) {
    ring.0.pop();
    let lowest =
        ring.0.iter().enumerate().min_by(|(_, one), (_, other)| {
            one.y.total_cmp(&other.y).then(one.x.total_cmp(&other.x))
        });
    if let Some((place, _)) = lowest {
        ring.0.rotate_left(place);
    }
    ring.0.extend(ring.0.first().copied());
}

/// The coordinates there were, from the left to the right, and how near counts as the same.
struct Snap {
    coords: Vec<Coord>,
    reach: f64,
}

impl Snap {
    fn to(one: &MultiPolygon, other: &MultiPolygon) -> Self {
        let mut coords: Vec<Coord> = one.coords_iter().chain(other.coords_iter()).collect();
        let extent = [one, other]
            .iter()
            .filter_map(|areas| areas.bounding_rect())
            .flat_map(|rect| [rect.min(), rect.max()])
            .fold(0.0, |most: f64, corner| {
                most.max(corner.x.abs()).max(corner.y.abs())
            });
        let mut lines: Vec<_> = one.lines_iter().collect();
        let others: Vec<_> = other.lines_iter().collect();
        if lines.len().saturating_mul(others.len()) <= MOST_PAIRS {
            coords.extend(crossings(&lines, &others));
        }
        // A polygon may cross itself or its neighbour.
        lines.extend(others);
        if lines.len().saturating_mul(lines.len()) <= MOST_PAIRS {
            coords.extend(crossings(&lines, &lines));
        }
        coords.sort_by(|one, other| one.x.total_cmp(&other.x));
        Self {
            coords,
            reach: extent * GRID,
        }
    }

    fn ring(&self, mut ring: LineString) -> LineString {
        for coord in &mut ring.0 {
            *coord = self.nearest(*coord);
        }
        ring.0.dedup();
        ring
    }

    fn nearest(&self, coord: Coord) -> Coord {
        let first = self
            .coords
            .partition_point(|other| other.x < coord.x - self.reach);
        let distance = |other: &Coord| (other.x - coord.x).hypot(other.y - coord.y);
        self.coords[first..]
            .iter()
            .take_while(|other| other.x <= coord.x + self.reach)
            .filter(|other| distance(other) <= self.reach)
            .min_by(|one, other| distance(one).total_cmp(&distance(other)))
            .copied()
            .unwrap_or(coord)
    }
}
