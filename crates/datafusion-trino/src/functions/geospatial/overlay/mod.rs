//! Sets of points, lines and areas, and what they have in common: the geometry behind
//! `ST_Intersection`, `ST_Union` and the like.
//!
//! Areas are overlaid by `geo`, whose coordinates are snapped back to those there were; lines are cut
//! wherever they meet anything, and each piece is kept or dropped as a whole.

mod areas;
mod geometry;
mod lines;

use geo::bool_ops::OpType;
use geo::{Coord, CoordsIter, Geometry, Line, LinesIter, MultiPolygon};

pub(super) use areas::{cleaned, from_lowest, overlay as overlay_areas};
pub(super) use lines::segments;
use lines::{Pieces, crossings, cut};

/// A geometry by dimension.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    points: Vec<Coord>,
    lines: Vec<Line>,
    areas: MultiPolygon,
    /// Where lines have corners, which a straight way through a point is not.
    corners: Vec<Coord>,
}

impl Parts {
    pub(super) fn of(geometry: &Geometry) -> Self {
        let mut parts = Self::empty();
        parts.add(geometry);
        parts
    }

    pub(super) fn empty() -> Self {
        Self {
            points: Vec::new(),
            lines: Vec::new(),
            areas: MultiPolygon::empty(),
            corners: Vec::new(),
        }
    }

    fn add(&mut self, geometry: &Geometry) {
        match geometry {
            Geometry::Point(_) | Geometry::MultiPoint(_) => {
                let coords = geometry.coords_iter();
                self.points.extend(coords.filter(|coord| !coord.x.is_nan()));
            }
            Geometry::Line(_) | Geometry::LineString(_) | Geometry::MultiLineString(_) => {
                self.lines.extend(segments(geometry));
                self.corners.extend(geometry.coords_iter());
            }
            Geometry::GeometryCollection(parts) => parts.iter().for_each(|part| self.add(part)),
            Geometry::Polygon(polygon) => {
                self.add_areas(&MultiPolygon(vec![polygon.clone()]));
            }
            Geometry::MultiPolygon(polygons) => self.add_areas(polygons),
            Geometry::Rect(rect) => self.add_areas(&MultiPolygon(vec![rect.to_polygon()])),
            Geometry::Triangle(triangle) => {
                self.add_areas(&MultiPolygon(vec![triangle.to_polygon()]));
            }
        }
    }

    fn add_areas(&mut self, areas: &MultiPolygon) {
        self.areas = match self.areas.0.is_empty() {
            true => cleaned(areas),
            false => overlay_areas(&self.areas, areas, OpType::Union),
        };
    }

    /// The borders of the areas.
    fn borders(&self) -> Vec<Line> {
        self.areas.lines_iter().collect()
    }

    /// All lines there are, those of borders among them.
    fn all_lines(&self) -> Vec<Line> {
        let mut lines = self.lines.clone();
        lines.extend(self.areas.lines_iter());
        lines
    }

    pub(super) fn intersection(&self, other: &Self) -> Self {
        let areas = overlay_areas(&self.areas, &other.areas, OpType::Intersection);
        let covers = [self.pieces(), other.pieces()];
        let mut lines = Vec::new();
        for (one, cover, against) in [(self, &covers[1], other), (other, &covers[0], self)] {
            for piece in cut(&one.lines, &against.all_lines()) {
                if cover.covers_line(&piece) {
                    lines.push(piece);
                }
            }
        }
        // Areas that touch have a line in common.
        let inside = Pieces::new(Vec::new(), areas.clone());
        let borders = Pieces::new(other.borders(), MultiPolygon::empty());
        for piece in cut(&self.borders(), &other.borders()) {
            if borders.covers_line(&piece) && !inside.covers_line(&piece) {
                lines.push(piece);
            }
        }
        let result = Pieces::new(lines::distinct(lines), areas);
        let mut points: Vec<Coord> = Vec::new();
        points.extend(self.points.iter().filter(|point| covers[1].covers(**point)));
        points.extend(
            other
                .points
                .iter()
                .filter(|point| covers[0].covers(**point)),
        );
        points.extend(crossings(&self.all_lines(), &other.all_lines()));
        points.retain(|point| !result.covers_extent(*point));
        self.together(other, points, result)
    }

    pub(super) fn difference(&self, other: &Self) -> Self {
        let areas = overlay_areas(&self.areas, &other.areas, OpType::Difference);
        let cover = other.pieces();
        let mut cutters = self.lines.clone();
        cutters.extend(other.all_lines());
        let mut lines = cut(&self.lines, &cutters);
        lines.retain(|piece| !cover.covers_line(piece));
        let mut points = self.points.clone();
        points.retain(|point| !cover.covers(*point));
        self.together(other, points, Pieces::new(lines, areas))
    }

    pub(super) fn symmetric_difference(&self, other: &Self) -> Self {
        let (one, another) = (self.difference(other), other.difference(self));
        let mut all = one;
        all.points.extend(another.points);
        all.lines.extend(another.lines);
        all.areas = overlay_areas(&self.areas, &other.areas, OpType::Xor);
        all
    }

    pub(super) fn union(&self, other: &Self) -> Self {
        let areas = overlay_areas(&self.areas, &other.areas, OpType::Union);
        let mut all = self.lines.clone();
        all.extend(&other.lines);
        let mut cutters = all.clone();
        cutters.extend(areas.lines_iter());
        let mut lines = lines::distinct(cut(&all, &cutters));
        let inside = Pieces::new(Vec::new(), areas.clone());
        lines.retain(|piece| !inside.covers_line(piece));
        let result = Pieces::new(lines, areas);
        let mut points = self.points.clone();
        points.extend(&other.points);
        points.retain(|point| !result.covers_extent(*point));
        self.together(other, points, result)
    }

    fn pieces(&self) -> Pieces {
        let mut pieces = Pieces::new(self.lines.clone(), self.areas.clone());
        pieces.points.clone_from(&self.points);
        pieces
    }

    fn together(&self, other: &Self, points: Vec<Coord>, pieces: Pieces) -> Self {
        let mut corners = self.corners.clone();
        corners.extend(&other.corners);
        Self {
            points,
            lines: pieces.lines,
            areas: pieces.areas,
            corners,
        }
    }

    /// Some point of it; none if it is empty.
    pub(super) fn any_coord(&self) -> Option<Coord> {
        let point = self.points.first().copied();
        let line = || self.lines.first().map(|line| line.start);
        point
            .or_else(line)
            .or_else(|| self.areas.coords_iter().next())
    }
}
