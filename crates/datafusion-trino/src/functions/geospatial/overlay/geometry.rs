//! Points, lines and areas put together to one geometry.

use std::collections::{HashMap, HashSet};

use geo::{
    Coord, Geometry, GeometryCollection, Line, LineString, MultiLineString, MultiPoint,
    MultiPolygon, Point,
};

use super::Parts;
use crate::types::geometry::empty_point;

impl Parts {
    /// One geometry if all is of one dimension, a collection of points, lines and areas otherwise.
    /// Nothing at all is the empty geometry of a dimension.
    pub(in super::super) fn into_geometry(self, dimension: i8) -> Geometry {
        let mut parts = Vec::new();
        let mut points = self.points;
        sort(&mut points, |point| *point);
        points.dedup();
        match points.as_slice() {
            [] => {}
            [point] => parts.push(Point(*point).into()),
            _ => parts.push(MultiPoint(points.into_iter().map(Point).collect()).into()),
        }
        let mut lines = joined(&self.lines, &self.corners);
        match lines.len() {
            0 => {}
            1 => parts.extend(lines.pop().map(Geometry::from)),
            _ => parts.push(MultiLineString(lines).into()),
        }
        let mut polygons = self.areas.0;
        match polygons.len() {
            0 => {}
            1 => parts.extend(polygons.pop().map(Geometry::from)),
            _ => parts.push(MultiPolygon(polygons).into()),
        }
        match (parts.len(), dimension) {
            (0, 0) => empty_point(),
            (0, 1) => MultiLineString::empty().into(),
            (0, _) => MultiPolygon::empty().into(),
            (1, _) => parts.remove(0),
            _ => Geometry::GeometryCollection(GeometryCollection(parts)),
        }
    }
}

fn sort<T>(items: &mut [T], start: impl Fn(&T) -> Coord) {
    items.sort_by(|one, other| {
        let (one, other) = (start(one), start(other));
        one.y.total_cmp(&other.y).then(one.x.total_cmp(&other.x))
    });
}

type Place = (u64, u64);

fn place(coord: Coord) -> Place {
    // Adding nothing makes the two zeros one.
    ((coord.x + 0.0).to_bits(), (coord.y + 0.0).to_bits())
}

/// Pieces joined to lines, which end where not two pieces meet; rings are left over at last.
fn joined(pieces: &[Line], corners: &[Coord]) -> Vec<LineString> {
    let mut network = Network::of(pieces);
    let mut lines = Vec::new();
    for (number, piece) in pieces.iter().enumerate() {
        if !network.goes_on(piece.start) {
            lines.extend(network.follow(number, piece.start));
        } else if !network.goes_on(piece.end) {
            lines.extend(network.follow(number, piece.end));
        }
    }
    for (number, piece) in pieces.iter().enumerate() {
        lines.extend(network.follow(number, piece.start));
    }
    let corners: HashSet<Place> = corners.iter().copied().map(place).collect();
    let mut lines: Vec<LineString> = lines
        .into_iter()
        .map(|line| LineString(from_lower_end(without_straights(line, &corners))))
        .collect();
    sort(&mut lines, |line| line.0[0]);
    lines
}

/// Which pieces meet where.
struct Network<'a> {
    pieces: &'a [Line],
    meeting: HashMap<Place, Vec<usize>>,
    used: Vec<bool>,
}

impl<'a> Network<'a> {
    fn of(pieces: &'a [Line]) -> Self {
        let mut meeting: HashMap<Place, Vec<usize>> = HashMap::new();
        for (number, piece) in pieces.iter().enumerate() {
            for end in [piece.start, piece.end] {
                meeting.entry(place(end)).or_default().push(number);
            }
        }
        Self {
            pieces,
            meeting,
            used: vec![false; pieces.len()],
        }
    }

    /// Whether a line goes on beyond a point: just two pieces meet there.
    fn goes_on(&self, coord: Coord) -> bool {
        self.meeting
            .get(&place(coord))
            .is_some_and(|met| met.len() == 2)
    }

    /// The line that begins with a piece; none if that is part of a line already.
    fn follow(&mut self, first: usize, from: Coord) -> Option<Vec<Coord>> {
        if self.used[first] {
            return None;
        }
        let mut line = vec![from];
        let (mut number, mut at) = (first, from);
        loop {
            self.used[number] = true;
            let Line { start, end } = self.pieces[number];
            at = if place(start) == place(at) {
                end
            } else {
                start
            };
            line.push(at);
            if !self.goes_on(at) {
                return Some(line);
            }
            let next = self.meeting.get(&place(at))?;
            match next.iter().find(|other| !self.used[**other]) {
                Some(next) => number = *next,
                None => return Some(line),
            }
        }
    }
}

/// Without the points in the middle that no line had as a corner.
fn without_straights(line: Vec<Coord>, corners: &HashSet<Place>) -> Vec<Coord> {
    let last = line.len() - 1;
    line.into_iter()
        .enumerate()
        .filter(|(at, coord)| *at == 0 || *at == last || corners.contains(&place(*coord)))
        .map(|(_, coord)| coord)
        .collect()
}

fn from_lower_end(mut line: Vec<Coord>) -> Vec<Coord> {
    let ends = line.first().copied().zip(line.last().copied());
    if let Some((first, last)) = ends
        && (last.y, last.x) < (first.y, first.x)
    {
        line.reverse();
    }
    line
}
