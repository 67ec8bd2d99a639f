use std::fmt::Write;

use datafusion::common::Result;
use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};

use super::{MAX_DEPTH, empty_point, oriented};
use crate::error::TrinoError;

/// Reads well-known text. Rings that are not closed are closed; ordinates above the second are
/// dropped.
///
/// # Errors
/// `INVALID_FUNCTION_ARGUMENT` if the text is none.
pub(crate) fn read(text: &str) -> Result<Geometry> {
    let mut reader = Reader { rest: text.trim() };
    reader
        .geometry(0)
        .filter(|_| reader.rest.is_empty())
        .map(oriented)
        .ok_or_else(|| TrinoError::invalid_argument(format!("Invalid WKT: {text}")))
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn word(&mut self) -> &'a str {
        let end = self
            .rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        word
    }

    fn sign(&mut self, sign: char) -> bool {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn is_empty(&mut self) -> bool {
        let before = self.rest;
        let is_empty = self.word().eq_ignore_ascii_case("EMPTY");
        if !is_empty {
            self.rest = before;
        }
        is_empty
    }

    fn number(&mut self) -> Option<f64> {
        let end = self
            .rest
            .find(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')'))
            .unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        number.parse().ok()
    }

    /// One coordinate: from two to four numbers.
    fn coord(&mut self) -> Option<Coord> {
        let coord = Coord {
            x: self.number()?,
            y: self.number()?,
        };
        for _ in 0..2 {
            if !self.rest.starts_with([',', ')']) {
                self.number()?;
            }
        }
        Some(coord)
    }

    /// `(one, another)` or `EMPTY`.
    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut list = Vec::new();
        if self.is_empty() {
            return Some(list);
        }
        if !self.sign('(') {
            return None;
        }
        loop {
            list.push(one(self)?);
            if !self.sign(',') {
                return self.sign(')').then_some(list);
            }
        }
    }

    fn line(&mut self) -> Option<LineString> {
        Some(LineString(self.list(Self::coord)?))
    }

    fn polygon(&mut self) -> Option<Polygon> {
        let mut rings = self.list(Self::line)?.into_iter();
        let shell = rings.next().unwrap_or_else(LineString::empty);
        Some(Polygon::new(shell, rings.collect()))
    }

    /// A point of several, in brackets or not.
    fn inner_point(&mut self) -> Option<Point> {
        if self.sign('(') {
            let coord = self.coord()?;
            return self.sign(')').then_some(Point(coord));
        }
        self.coord().map(Point)
    }

    fn geometry(&mut self, depth: usize) -> Option<Geometry> {
        let kind = self.word().to_ascii_uppercase();
        let before = self.rest;
        if !matches!(self.word().to_ascii_uppercase().as_str(), "Z" | "M" | "ZM") {
            self.rest = before;
        }
        if depth > MAX_DEPTH {
            return None;
        }
        Some(match kind.as_str() {
            "POINT" => match self.list(Self::coord)?.as_slice() {
                [] => empty_point(),
                [coord] => Point(*coord).into(),
                _ => return None,
            },
            "LINESTRING" => self.line()?.into(),
            "POLYGON" => self.polygon()?.into(),
            "MULTIPOINT" => MultiPoint(self.list(Self::inner_point)?).into(),
            "MULTILINESTRING" => MultiLineString(self.list(Self::line)?).into(),
            "MULTIPOLYGON" => MultiPolygon(self.list(Self::polygon)?).into(),
            "GEOMETRYCOLLECTION" => {
                let parts = self.list(|reader| reader.geometry(depth + 1))?;
                Geometry::GeometryCollection(parts.into())
            }
            _ => return None,
        })
    }
}

/// Appends the well-known text.
pub(crate) fn write(geometry: &Geometry, out: &mut String) {
    match geometry {
        Geometry::Point(point) => {
            out.push_str("POINT ");
            match point.x().is_nan() || point.y().is_nan() {
                true => out.push_str("EMPTY"),
                false => write_point(point, out),
            }
        }
        Geometry::LineString(line) => {
            out.push_str("LINESTRING ");
            write_line(line, out);
        }
        Geometry::Polygon(polygon) => {
            out.push_str("POLYGON ");
            write_polygon(polygon, out);
        }
        Geometry::MultiPoint(points) => {
            out.push_str("MULTIPOINT ");
            write_list(&points.0, out, write_point);
        }
        Geometry::MultiLineString(lines) => {
            out.push_str("MULTILINESTRING ");
            write_list(&lines.0, out, write_line);
        }
        Geometry::MultiPolygon(polygons) => {
            out.push_str("MULTIPOLYGON ");
            write_list(&polygons.0, out, write_polygon);
        }
        Geometry::GeometryCollection(parts) => {
            out.push_str("GEOMETRYCOLLECTION ");
            write_list(&parts.0, out, write);
        }
        Geometry::Line(line) => write(&LineString::from(*line).into(), out),
        Geometry::Rect(rect) => write(&rect.to_polygon().into(), out),
        Geometry::Triangle(triangle) => write(&triangle.to_polygon().into(), out),
    }
}

fn write_list<'a, T: 'a>(
    list: impl IntoIterator<Item = &'a T>,
    out: &mut String,
    one: impl Fn(&T, &mut String),
) {
    let mut sign = '(';
    for item in list {
        out.push(sign);
        if sign == ',' {
            out.push(' ');
        }
        one(item, out);
        sign = ',';
    }
    out.push_str(match sign {
        '(' => "EMPTY",
        _ => ")",
    });
}

fn write_coord(coord: &Coord, out: &mut String) {
    let _ = write!(out, "{} {}", coord.x, coord.y);
}

fn write_point(point: &Point, out: &mut String) {
    write_list([&point.0], out, write_coord);
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn texts_are_read() {
        for (text, kept) in [
            ("point(1 2)", "POINT (1 2)"),
            ("POINT Z (1 2 3)", "POINT (1 2)"),
            ("MULTIPOINT (1 1, 2 2)", "MULTIPOINT ((1 1), (2 2))"),
            (
                "POLYGON ((1 1, 1 4, 4 4, 4 1))",
                "POLYGON ((1 1, 4 1, 4 4, 1 4, 1 1))",
            ),
            ("GEOMETRYCOLLECTION EMPTY", "GEOMETRYCOLLECTION EMPTY"),
        ] {
            let mut again = String::new();
            write(&read(text).unwrap(), &mut again);
            assert_eq!(again, kept);
        }
        for text in [
            "",
            "POINT",
            "POINT (1)",
            "LINESTRING (0 0, 1)",
            "POLYGON(0 0)",
            "POINT (1 2) x",
            "CIRCLE (1 2)",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
