//! `ST_XMin(Geometry) -> double`, `ST_XMax`, `ST_YMin`, `ST_YMax`: null of an empty geometry;
//! `ST_Envelope(Geometry) -> Geometry` and `ST_EnvelopeAsPts(Geometry) -> array(Geometry)`.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("ST_XMin(ST_GeometryFromText('LINESTRING (8 4, 5 7)'))"), "5.0");
//! assert_eq!(evaluate("ST_XMin(ST_GeometryFromText('POINT EMPTY'))"), "null");
//! assert_eq!(
//!     evaluate("ST_Envelope(ST_GeometryFromText('LINESTRING (8 4, 5 7)'))"),
//!     "POLYGON ((5 4, 8 4, 8 7, 5 7, 5 4))"
//! );
//! assert_eq!(
//!     evaluate("ST_EnvelopeAsPts(ST_GeometryFromText('LINESTRING (8 4, 5 7)'))"),
//!     "[POINT (5 4), POINT (8 7)]"
//! );
//! ```

use datafusion::logical_expr::ScalarUDF;
use geo::{BoundingRect, Coord, Geometry, LineString, Point, Polygon, Rect};

use super::GEOMETRIES;
use super::arguments::map;
use crate::functions::scalar::Kind::{self, Double};
use crate::functions::scalar::{Elements, scalar};
use crate::types::geometry::is_empty;

pub(super) fn udfs() -> [ScalarUDF; 6] {
    [
        scalar("st_xmin")
            .overload([Kind::Geometry], Double, |call| {
                map(call, |one| Ok(envelope(one).map(|rect| rect.min().x)))
            })
            .udf(),
        scalar("st_xmax")
            .overload([Kind::Geometry], Double, |call| {
                map(call, |one| Ok(envelope(one).map(|rect| rect.max().x)))
            })
            .udf(),
        scalar("st_ymin")
            .overload([Kind::Geometry], Double, |call| {
                map(call, |one| Ok(envelope(one).map(|rect| rect.min().y)))
            })
            .udf(),
        scalar("st_ymax")
            .overload([Kind::Geometry], Double, |call| {
                map(call, |one| Ok(envelope(one).map(|rect| rect.max().y)))
            })
            .udf(),
        scalar("st_envelope")
            .overload([Kind::Geometry], Kind::Geometry, |call| {
                map(call, |one| Ok(Some(envelope_polygon(one))))
            })
            .udf(),
        scalar("st_envelopeaspts")
            .overload([Kind::Geometry], GEOMETRIES, |call| {
                map(call, |one| {
                    let corners = |rect: Rect| [rect.min(), rect.max()].map(corner).to_vec();
                    Ok(envelope(one).map(corners).map(Elements))
                })
            })
            .udf(),
    ]
}

/// The smallest rectangle around a geometry; none if it is empty.
pub(super) fn envelope(geometry: &Geometry) -> Option<Rect> {
    match is_empty(geometry) {
        true => None,
        false => geometry.bounding_rect(),
    }
}

fn envelope_polygon(geometry: &Geometry) -> Geometry {
    let ring = envelope(geometry).map_or_else(LineString::empty, |rect| ring(&rect));
    Polygon::new(ring, Vec::new()).into()
}

/// The border of a rectangle, from its lower left corner against the clock.
pub(super) fn ring(rect: &Rect) -> LineString {
    let (min, max) = (rect.min(), rect.max());
    let corners = [
        (min.x, min.y),
        (max.x, min.y),
        (max.x, max.y),
        (min.x, max.y),
        (min.x, min.y),
    ];
    corners.to_vec().into()
}

fn corner(coord: Coord) -> Geometry {
    Point(coord).into()
}
