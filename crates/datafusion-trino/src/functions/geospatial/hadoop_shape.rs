//! `geometry_from_hadoop_shape(varbinary) -> Geometry`: shapes of Esri's Spatial Framework for
//! Hadoop, which are a spatial reference, a byte for the kind of the geometry, and a shape as in
//! shapefiles. Source: "ESRI Shapefile Technical Description".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(
//!     evaluate("geometry_from_hadoop_shape(from_hex('000000000101000000000000000000F03F0000000000000040'))"),
//!     "POINT (1 2)"
//! );
//! assert_eq!(
//!     evaluate("geometry_from_hadoop_shape(from_hex('1234'))"),
//!     "INVALID_FUNCTION_ARGUMENT: Hadoop shape input is too short"
//! );
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use geo::winding_order::Winding;
use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};

use crate::error::TrinoError;
use crate::functions::scalar::Kind::{self, Varbinary};
use crate::functions::scalar::scalar;
use crate::types::geometry::{empty_point, oriented};

/// The spatial reference, and the kind of the geometry.
const HEAD: usize = 5;

/// Four doubles around a shape of many points.
const ENVELOPE: usize = 32;

pub(super) fn udf() -> ScalarUDF {
    scalar("geometry_from_hadoop_shape")
        .overload([Varbinary], Kind::Geometry, |call| {
            call.try_map1(|bytes: &[u8]| read(bytes).map(Some))
        })
        .udf()
}

fn read(bytes: &[u8]) -> Result<Geometry> {
    let (head, shape) = match bytes.split_at_checked(HEAD) {
        Some((head, shape)) if !shape.is_empty() => (head, shape),
        _ => {
            return Err(TrinoError::invalid_argument(
                "Hadoop shape input is too short",
            ));
        }
    };
    let kind = head[HEAD - 1];
    if kind > 6 {
        return Err(TrinoError::invalid_argument(format!(
            "Invalid Hadoop shape type: {}",
            kind.cast_signed()
        )));
    }
    Reader { bytes: shape }
        .shape()
        .and_then(|shape| as_kind(shape, kind))
        .map(oriented)
        .ok_or_else(|| TrinoError::invalid_argument("Invalid Hadoop shape"))
}

/// What a shape file keeps.
enum Shape {
    Null,
    Point(Coord),
    Points(Vec<Coord>),
    Lines(Vec<LineString>),
    Rings(Vec<LineString>),
}

/// The shape as the geometry that its head says it is; kind 0 is whatever there is.
fn as_kind(shape: Shape, kind: u8) -> Option<Geometry> {
    Some(match (shape, kind) {
        (Shape::Null, _) => empty_point(),
        (Shape::Point(coord), 0 | 1) => Point(coord).into(),
        (Shape::Point(coord), 4) => MultiPoint(vec![Point(coord)]).into(),
        (Shape::Points(coords), 0 | 4) => {
            MultiPoint(coords.into_iter().map(Point).collect()).into()
        }
        (Shape::Lines(mut lines), 0 | 2) if lines.len() == 1 => lines.pop()?.into(),
        (Shape::Lines(lines), 0 | 5) => MultiLineString(lines).into(),
        (Shape::Rings(rings), 0 | 3 | 6) => {
            let mut polygons = polygons(rings);
            match kind != 6 && polygons.len() == 1 {
                true => polygons.pop()?.into(),
                false if kind == 3 => return None,
                false => MultiPolygon(polygons).into(),
            }
        }
        _ => return None,
    })
}

/// Rings with the clock are shells, and those against it holes of the shell before them.
fn polygons(rings: Vec<LineString>) -> Vec<Polygon> {
    let mut polygons: Vec<Polygon> = Vec::new();
    for ring in rings {
        match polygons.last_mut() {
            Some(polygon) if ring.is_ccw() => polygon.interiors_push(ring),
            _ => polygons.push(Polygon::new(ring, Vec::new())),
        }
    }
    polygons
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.bytes.split_first_chunk::<N>()?;
        self.bytes = rest;
        Some(*first)
    }

    fn count(&mut self) -> Option<usize> {
        usize::try_from(i32::from_le_bytes(self.take()?)).ok()
    }

    fn coord(&mut self) -> Option<Coord> {
        let x = f64::from_le_bytes(self.take()?);
        let y = f64::from_le_bytes(self.take()?);
        Some(Coord { x, y })
    }

    fn coords(&mut self, count: usize) -> Option<Vec<Coord>> {
        if count.checked_mul(16)? > self.bytes.len() {
            return None;
        }
        (0..count).map(|_| self.coord()).collect()
    }

    fn shape(&mut self) -> Option<Shape> {
        // Kinds from 11 on have a third ordinate, kinds from 21 on a measure: behind the others.
        Some(match self.count()? {
            0 => Shape::Null,
            1 | 11 | 21 => Shape::Point(self.coord()?),
            8 | 18 | 28 => {
                self.take::<ENVELOPE>()?;
                let count = self.count()?;
                Shape::Points(self.coords(count)?)
            }
            3 | 13 | 23 => Shape::Lines(self.paths()?),
            5 | 15 | 25 => Shape::Rings(self.paths()?),
            _ => return None,
        })
    }

    fn paths(&mut self) -> Option<Vec<LineString>> {
        self.take::<ENVELOPE>()?;
        let (paths, count) = (self.count()?, self.count()?);
        if paths.checked_mul(4)? > self.bytes.len() {
            return None;
        }
        let mut starts: Vec<usize> = (0..paths).map(|_| self.count()).collect::<Option<_>>()?;
        starts.push(count);
        let coords = self.coords(count)?;
        starts
            .windows(2)
            .map(|ends| Some(LineString(coords.get(ends[0]..ends[1])?.to_vec())))
            .collect()
    }
}
