//! The rings of a polygon: `ST_ExteriorRing(Geometry) -> Geometry`,
//! `ST_InteriorRings(Geometry) -> array(Geometry)`, `ST_InteriorRingN(Geometry, index) -> Geometry`
//! counted from 1, `ST_NumInteriorRing(Geometry) -> bigint`. Null of an empty polygon.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! let polygon = "ST_GeometryFromText('POLYGON ((0 0, 8 0, 0 8, 0 0), (1 1, 1 5, 5 1, 1 1))')";
//! assert_eq!(evaluate(&format!("ST_ExteriorRing({polygon})")), "LINESTRING (0 0, 8 0, 0 8, 0 0)");
//! assert_eq!(evaluate(&format!("ST_InteriorRings({polygon})")), "[LINESTRING (1 1, 1 5, 5 1, 1 1)]");
//! assert_eq!(evaluate(&format!("ST_InteriorRingN({polygon}, 2)")), "null");
//! assert_eq!(evaluate(&format!("ST_NumInteriorRing({polygon})")), "1");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use geo::{Geometry, LineString, Polygon};

use super::GEOMETRIES;
use super::arguments::{Shape, map, map_with, require};
use super::members::place;
use crate::error::TrinoError;
use crate::functions::scalar::Kind::{self, Bigint, Integer};
use crate::functions::scalar::{Elements, scalar};
use crate::types::geometry::is_empty;

pub(super) fn udfs() -> [ScalarUDF; 4] {
    [
        scalar("st_exteriorring")
            .overload([Kind::Geometry], Kind::Geometry, |call| {
                map(call, |geometry| {
                    let polygon = polygon("ST_ExteriorRing", geometry)?;
                    Ok(polygon.map(|polygon| line(polygon.exterior())))
                })
            })
            .udf(),
        scalar("st_interiorrings")
            .overload([Kind::Geometry], GEOMETRIES, |call| {
                map(call, |geometry| {
                    let polygon = polygon("ST_InteriorRings", geometry)?;
                    Ok(polygon
                        .map(|polygon| Elements(polygon.interiors().iter().map(line).collect())))
                })
            })
            .udf(),
        scalar("st_interiorringn")
            .overload([Kind::Geometry, Integer], Kind::Geometry, |call| {
                map_with(call, |geometry, index: i32| {
                    let polygon = polygon("ST_InteriorRingN", geometry)?;
                    let rings = polygon.map_or(&[][..], Polygon::interiors);
                    Ok(place(index).and_then(|place| rings.get(place)).map(line))
                })
            })
            .udf(),
        scalar("st_numinteriorring")
            .overload([Kind::Geometry], Bigint, |call| {
                map(call, |geometry| {
                    let polygon = polygon("ST_NumInteriorRing", geometry)?;
                    Ok(polygon.and_then(|polygon| i64::try_from(polygon.interiors().len()).ok()))
                })
            })
            .udf(),
    ]
}

fn line(ring: &LineString) -> Geometry {
    ring.clone().into()
}

/// The polygon; none if it is empty.
fn polygon<'a>(function: &str, geometry: &'a Geometry) -> Result<Option<&'a Polygon>> {
    require(function, geometry, &[Shape::Polygon])?;
    match geometry {
        Geometry::Polygon(polygon) => Ok((!is_empty(geometry)).then_some(polygon)),
        _ => Err(TrinoError::invalid_argument("not a polygon")),
    }
}
