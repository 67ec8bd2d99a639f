//! `ST_Boundary(Geometry) -> Geometry`: the rings of polygons, the ends of lines (those where an
//! even number of lines end do not count), nothing of points.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(
//!     evaluate("ST_Boundary(ST_GeometryFromText('LINESTRING (8 4, 5 7)'))"),
//!     "MULTIPOINT ((8 4), (5 7))"
//! );
//! assert_eq!(
//!     evaluate("ST_Boundary(ST_GeometryFromText('POLYGON ((1 1, 4 1, 1 4))'))"),
//!     "MULTILINESTRING ((1 1, 4 1, 1 4, 1 1))"
//! );
//! ```

use datafusion::logical_expr::ScalarUDF;
use geo::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, Point, Polygon,
};

use super::arguments::map;
use crate::functions::scalar::Kind;
use crate::functions::scalar::scalar;

pub(super) fn udf() -> ScalarUDF {
    scalar("st_boundary")
        .overload([Kind::Geometry], Kind::Geometry, |call| {
            map(call, |geometry| Ok(Some(boundary(geometry))))
        })
        .udf()
}

fn boundary(geometry: &Geometry) -> Geometry {
    match geometry {
        Geometry::LineString(line) => ends(std::slice::from_ref(line)),
        Geometry::MultiLineString(lines) => ends(&lines.0),
        Geometry::Polygon(polygon) => rings(std::slice::from_ref(polygon)),
        Geometry::MultiPolygon(polygons) => rings(&polygons.0),
        Geometry::GeometryCollection(parts) => {
            Geometry::GeometryCollection(parts.iter().map(boundary).collect())
        }
        _ => Geometry::GeometryCollection(GeometryCollection::empty()),
    }
}

fn ends(lines: &[LineString]) -> Geometry {
    let mut ends: Vec<Coord> = Vec::new();
    for end in lines
        .iter()
        .flat_map(|line| [line.0.first(), line.0.last()])
        .flatten()
    {
        match ends.iter().position(|other| other == end) {
            Some(place) => {
                ends.remove(place);
            }
            None => ends.push(*end),
        }
    }
    MultiPoint(ends.into_iter().map(Point).collect()).into()
}

fn rings(polygons: &[Polygon]) -> Geometry {
    let rings = polygons.iter().flat_map(|polygon| {
        let shell = Some(polygon.exterior()).filter(|shell| !shell.0.is_empty());
        shell.into_iter().chain(polygon.interiors())
    });
    MultiLineString(rings.cloned().collect()).into()
}
