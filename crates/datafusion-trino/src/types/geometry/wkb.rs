use datafusion::common::Result;
use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};

use super::MAX_DEPTH;
use crate::error::TrinoError;

const POINT: u32 = 1;
const LINE_STRING: u32 = 2;
const POLYGON: u32 = 3;
const MULTI_POINT: u32 = 4;
const MULTI_LINE_STRING: u32 = 5;
const MULTI_POLYGON: u32 = 6;
const GEOMETRY_COLLECTION: u32 = 7;

/// Flags of PostGIS's extended form.
const EXTENDED_Z: u32 = 0x8000_0000;
const EXTENDED_M: u32 = 0x4000_0000;
const EXTENDED_SRID: u32 = 0x2000_0000;

/// Reads well-known binary, also PostGIS's extended form. Ordinates above the second are dropped.
///
/// # Errors
/// `INVALID_FUNCTION_ARGUMENT` if the bytes are none.
pub(crate) fn read(bytes: &[u8]) -> Result<Geometry> {
    Reader { bytes }
        .geometry(0)
        .ok_or_else(|| TrinoError::invalid_argument("Invalid WKB"))
}

struct Reader<'a> {
    bytes: &'a [u8],
}

/// How the numbers of one geometry are written.
#[derive(Clone, Copy)]
struct Form {
    is_little: bool,
    ordinates: usize,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.bytes.split_first_chunk::<N>()?;
        self.bytes = rest;
        Some(*first)
    }

    fn integer(&mut self, is_little: bool) -> Option<u32> {
        let bytes = self.take::<4>()?;
        Some(match is_little {
            true => u32::from_le_bytes(bytes),
            false => u32::from_be_bytes(bytes),
        })
    }

    fn number(&mut self, is_little: bool) -> Option<f64> {
        let bytes = self.take::<8>()?;
        Some(match is_little {
            true => f64::from_le_bytes(bytes),
            false => f64::from_be_bytes(bytes),
        })
    }

    fn coord(&mut self, form: Form) -> Option<Coord> {
        let x = self.number(form.is_little)?;
        let y = self.number(form.is_little)?;
        for _ in 2..form.ordinates {
            self.number(form.is_little)?;
        }
        Some(Coord { x, y })
    }

    /// So many of something; a count that the bytes cannot hold is none.
    fn many<T>(
        &mut self,
        form: Form,
        smallest: usize,
        mut one: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let count = self.integer(form.is_little)? as usize;
        if count.checked_mul(smallest)? > self.bytes.len() {
            return None;
        }
        (0..count).map(|_| one(self)).collect()
    }

    fn coords(&mut self, form: Form) -> Option<LineString> {
        let coords = self.many(form, form.ordinates * 8, |reader| reader.coord(form))?;
        Some(LineString(coords))
    }

    fn geometry(&mut self, depth: usize) -> Option<Geometry> {
        let is_little = match self.take::<1>()? {
            [0] => false,
            [1] => true,
            _ => return None,
        };
        let code = self.integer(is_little)?;
        if code & EXTENDED_SRID != 0 {
            self.integer(is_little)?;
        }
        let plain = code & 0x0fff_ffff;
        let more = match plain / 1000 {
            0 => usize::from(code & EXTENDED_Z != 0) + usize::from(code & EXTENDED_M != 0),
            1 | 2 => 1,
            3 => 2,
            _ => return None,
        };
        let form = Form {
            is_little,
            ordinates: 2 + more,
        };
        if depth > MAX_DEPTH {
            return None;
        }
        Some(match plain % 1000 {
            POINT => Point(self.coord(form)?).into(),
            LINE_STRING => self.coords(form)?.into(),
            POLYGON => {
                let mut rings = self
                    .many(form, 4, |reader| reader.coords(form))?
                    .into_iter();
                let shell = rings.next().unwrap_or_else(LineString::empty);
                Polygon::new(shell, rings.collect()).into()
            }
            MULTI_POINT => {
                let points = self.parts(form, depth)?;
                MultiPoint(of_kind(points)?).into()
            }
            MULTI_LINE_STRING => {
                let lines = self.parts(form, depth)?;
                MultiLineString(of_kind(lines)?).into()
            }
            MULTI_POLYGON => {
                let polygons = self.parts(form, depth)?;
                MultiPolygon(of_kind(polygons)?).into()
            }
            GEOMETRY_COLLECTION => Geometry::GeometryCollection(self.parts(form, depth)?.into()),
            _ => return None,
        })
    }

    fn parts(&mut self, form: Form, depth: usize) -> Option<Vec<Geometry>> {
        self.many(form, 5, |reader| reader.geometry(depth + 1))
    }
}

fn of_kind<T: TryFrom<Geometry>>(parts: Vec<Geometry>) -> Option<Vec<T>> {
    parts.into_iter().map(|part| part.try_into().ok()).collect()
}

/// Appends the well-known binary, with the low bytes first.
pub(crate) fn write(geometry: &Geometry, out: &mut Vec<u8>) {
    match geometry {
        Geometry::Point(point) => write_point(point, out),
        Geometry::LineString(line) => write_line(line, out),
        Geometry::Polygon(polygon) => write_polygon(polygon, out),
        Geometry::MultiPoint(points) => {
            write_head(MULTI_POINT, points.0.len(), out);
            points.iter().for_each(|point| write_point(point, out));
        }
        Geometry::MultiLineString(lines) => {
            write_head(MULTI_LINE_STRING, lines.0.len(), out);
            lines.iter().for_each(|line| write_line(line, out));
        }
        Geometry::MultiPolygon(polygons) => {
            write_head(MULTI_POLYGON, polygons.0.len(), out);
            polygons.iter().for_each(|part| write_polygon(part, out));
        }
        Geometry::GeometryCollection(parts) => {
            write_head(GEOMETRY_COLLECTION, parts.0.len(), out);
            parts.iter().for_each(|part| write(part, out));
        }
        Geometry::Line(line) => write_line(&LineString::from(*line), out),
        Geometry::Rect(rect) => write_polygon(&rect.to_polygon(), out),
        Geometry::Triangle(triangle) => write_polygon(&triangle.to_polygon(), out),
    }
}

fn write_kind(kind: u32, out: &mut Vec<u8>) {
    out.push(1);
    out.extend(kind.to_le_bytes());
}

fn write_count(count: usize, out: &mut Vec<u8>) {
    out.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

fn write_head(kind: u32, count: usize, out: &mut Vec<u8>) {
    write_kind(kind, out);
    write_count(count, out);
}

fn write_coord(coord: &Coord, out: &mut Vec<u8>) {
    out.extend(coord.x.to_le_bytes());
    out.extend(coord.y.to_le_bytes());
}

fn write_point(point: &Point, out: &mut Vec<u8>) {
    write_kind(POINT, out);
    write_coord(&point.0, out);
}

fn write_line(line: &LineString, out: &mut Vec<u8>) {
    write_head(LINE_STRING, line.0.len(), out);
    line.0.iter().for_each(|coord| write_coord(coord, out));
}

fn write_polygon(polygon: &Polygon, out: &mut Vec<u8>) {
    let shell = Some(polygon.exterior()).filter(|shell| !shell.0.is_empty());
    let rings = shell.into_iter().chain(polygon.interiors());
    write_head(POLYGON, rings.clone().count(), out);
    for ring in rings {
        write_count(ring.0.len(), out);
        ring.0.iter().for_each(|coord| write_coord(coord, out));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{empty_point, read_wkt, write_wkt};
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for text in [
            "POINT (1 2.5)",
            "POINT EMPTY",
            "LINESTRING (0 0, 1 1, 2 0)",
            "POLYGON EMPTY",
            "POLYGON ((0 0, 8 0, 0 8, 0 0), (1 1, 1 5, 5 1, 1 1))",
            "MULTIPOINT ((1 2), (3 4))",
            "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))",
            "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))",
            "GEOMETRYCOLLECTION (POINT (1 2), GEOMETRYCOLLECTION (LINESTRING (0 0, 1 1)))",
        ] {
            let mut bytes = Vec::new();
            write(&read_wkt(text).unwrap(), &mut bytes);
            let mut again = String::new();
            write_wkt(&read(&bytes).unwrap(), &mut again);
            assert_eq!(again, text);
            for cut in 0..bytes.len() {
                assert!(read(&bytes[..cut]).is_err(), "{text} cut to {cut} bytes");
            }
        }
        assert!(read(&empty_collections(100)).is_err(), "too deep");
    }

    fn empty_collections(depth: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        for _ in 0..depth {
            write_head(GEOMETRY_COLLECTION, 1, &mut bytes);
        }
        write(&empty_point(), &mut bytes);
        bytes
    }
}
