//! `ST_ConvexHull(Geometry) -> Geometry` and `ST_Centroid(Geometry) -> Geometry`.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(
//!     evaluate("ST_ConvexHull(ST_GeometryFromText('MULTIPOINT (0 0, 2 0, 2 2, 1 1, 0 2)'))"),
//!     "POLYGON ((0 0, 2 0, 2 2, 0 2, 0 0))"
//! );
//! assert_eq!(
//!     evaluate("ST_ConvexHull(ST_GeometryFromText('LINESTRING (0 0, 1 1, 2 2)'))"),
//!     "LINESTRING (0 0, 2 2)"
//! );
//! assert_eq!(
//!     evaluate("ST_Centroid(ST_GeometryFromText('POLYGON ((1 1, 1 4, 4 4, 4 1))'))"),
//!     "POINT (2.5 2.5)"
//! );
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use geo::{Centroid, ConvexHull, Coord, CoordsIter, Geometry, LineString, Point};

use super::arguments::{Shape, map, require, require_finite};
use super::overlay::from_lowest;
use crate::functions::scalar::Kind;
use crate::functions::scalar::scalar;
use crate::types::geometry::{empty_point, is_empty};

pub(super) fn udfs() -> [ScalarUDF; 2] {
    [
        scalar("st_convexhull")
            .overload([Kind::Geometry], Kind::Geometry, |call| {
                map(call, |geometry| convex_hull(geometry).map(Some))
            })
            .udf(),
        scalar("st_centroid")
            .overload([Kind::Geometry], Kind::Geometry, |call| map(call, centroid))
            .udf(),
    ]
}

/// A polygon, or a line or a point if that holds all of the geometry.
pub(super) fn convex_hull(geometry: &Geometry) -> Result<Geometry> {
    if is_empty(geometry) || matches!(geometry, Geometry::Point(_)) {
        return Ok(geometry.clone());
    }
    require_finite(geometry)?;
    let hull = geometry.convex_hull();
    let mut corners: Vec<Coord> = hull.exterior().coords_iter().collect();
    corners.dedup();
    if corners.len() > 1 && corners.first() == corners.last() {
        corners.pop();
    }
    Ok(match corners.as_slice() {
        [corner] => Point(*corner).into(),
        [start, end] => {
            let (start, end) = match (start.x, start.y) <= (end.x, end.y) {
                true => (start, end),
                false => (end, start),
            };
            LineString(vec![*start, *end]).into()
        }
        _ => from_lowest(&hull).into(),
    })
}

fn centroid(geometry: &Geometry) -> Result<Option<Geometry>> {
    let shapes = [
        Shape::Point,
        Shape::MultiPoint,
        Shape::LineString,
        Shape::MultiLineString,
        Shape::Polygon,
        Shape::MultiPolygon,
    ];
    require("ST_Centroid", geometry, &shapes)?;
    if is_empty(geometry) {
        return Ok(Some(empty_point()));
    }
    Ok(Some(
        geometry.centroid().map_or_else(empty_point, Geometry::from),
    ))
}
