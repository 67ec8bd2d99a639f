use geo::coordinate_position::{CoordPos, CoordinatePosition};
use geo::line_intersection::{LineIntersection, line_intersection};
use geo::{Coord, Geometry, Line, LinesIter, MultiPolygon};

/// How far a point may lie from a line to be on it, as a share of the largest coordinate.
const TOLERANCE: f64 = 1e-10;

/// The segments of lines and rings.
pub(in super::super) fn segments(geometry: &Geometry) -> Vec<Line> {
    match geometry {
        Geometry::Line(line) => vec![*line],
        Geometry::LineString(line) => line.lines().collect(),
        Geometry::MultiLineString(lines) => lines.lines_iter().collect(),
        Geometry::Polygon(polygon) => polygon.lines_iter().collect(),
        Geometry::MultiPolygon(polygons) => polygons.lines_iter().collect(),
        Geometry::GeometryCollection(parts) => parts.iter().flat_map(segments).collect(),
        Geometry::Rect(rect) => rect.lines_iter().collect(),
        Geometry::Triangle(triangle) => triangle.lines_iter().collect(),
        Geometry::Point(_) | Geometry::MultiPoint(_) => Vec::new(),
    }
}

/// Lines and areas that may cover others.
pub(super) struct Pieces {
    pub(super) points: Vec<Coord>,
    pub(super) lines: Vec<Line>,
    pub(super) areas: MultiPolygon,
    borders: Vec<Line>,
}

impl Pieces {
    pub(super) fn new(lines: Vec<Line>, areas: MultiPolygon) -> Self {
        let borders = areas.lines_iter().collect();
        Self {
            points: Vec::new(),
            lines,
            areas,
            borders,
        }
    }

    /// Whether a piece, which nothing here cuts, lies on lines or in areas.
    pub(super) fn covers_line(&self, piece: &Line) -> bool {
        self.covers_extent(middle(piece))
    }

    /// Whether a point is one of the points, or lies on lines or in areas.
    pub(super) fn covers(&self, point: Coord) -> bool {
        self.points.contains(&point) || self.covers_extent(point)
    }

    /// Whether a point lies on lines or in areas.
    pub(super) fn covers_extent(&self, point: Coord) -> bool {
        self.lines.iter().any(|line| is_on(point, line))
            || self.borders.iter().any(|line| is_on(point, line))
            || self.areas.coordinate_position(&point) != CoordPos::Outside
    }
}

fn middle(line: &Line) -> Coord {
    (line.start + line.end) / 2.0
}

fn is_on(point: Coord, line: &Line) -> bool {
    let (delta, offset) = (line.delta(), point - line.start);
    let square = delta.x * delta.x + delta.y * delta.y;
    let along = match square == 0.0 {
        true => 0.0,
        false => ((offset.x * delta.x + offset.y * delta.y) / square).clamp(0.0, 1.0),
    };
    let nearest = line.start + delta * along;
    let size = [point.x, point.y, line.start.x, line.start.y]
        .iter()
        .fold(0.0, |most: f64, one| most.max(one.abs()));
    (nearest.x - point.x).hypot(nearest.y - point.y) <= size * TOLERANCE
}

/// The lines, cut wherever they meet one of the others.
pub(super) fn cut(lines: &[Line], others: &[Line]) -> Vec<Line> {
    let mut pieces = Vec::with_capacity(lines.len());
    for line in lines.iter().filter(|line| line.start != line.end) {
        let mut cuts = vec![line.start, line.end];
        for other in others {
            match line_intersection(*line, *other) {
                Some(LineIntersection::SinglePoint { intersection, .. }) => {
                    cuts.push(intersection);
                }
                Some(LineIntersection::Collinear { intersection }) => {
                    cuts.extend([intersection.start, intersection.end]);
                }
                None => {}
            }
        }
        let far = |coord: &Coord| {
            let offset = *coord - line.start;
            offset.x * line.dx() + offset.y * line.dy()
        };
        cuts.sort_by(|one, other| far(one).total_cmp(&far(other)));
        cuts.dedup();
        pieces.extend(cuts.windows(2).map(|ends| Line::new(ends[0], ends[1])));
    }
    pieces
}

/// Each piece once, whichever way it goes.
pub(super) fn distinct(pieces: Vec<Line>) -> Vec<Line> {
    let mut seen = std::collections::HashSet::with_capacity(pieces.len());
    let bits = |coord: Coord| (coord.x.to_bits(), coord.y.to_bits());
    pieces
        .into_iter()
        .filter(|piece| {
            let (start, end) = (bits(piece.start), bits(piece.end));
            seen.insert((start.min(end), start.max(end)))
        })
        .collect()
}

/// The points in which lines of the one and the other meet.
pub(super) fn crossings(lines: &[Line], others: &[Line]) -> Vec<Coord> {
    let mut points = Vec::new();
    for line in lines {
        for other in others {
            match line_intersection(*line, *other) {
                Some(LineIntersection::SinglePoint { intersection, .. }) => {
                    points.push(intersection);
                }
                Some(LineIntersection::Collinear { intersection }) => {
                    points.extend([intersection.start, intersection.end]);
                }
                None => {}
            }
        }
    }
    points
}
