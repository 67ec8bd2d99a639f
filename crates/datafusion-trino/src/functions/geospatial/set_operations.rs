//! `ST_Union(Geometry, Geometry) -> Geometry`, `geometry_union(array(Geometry)) -> Geometry`,
//! `ST_Intersection`, `ST_Difference` and `ST_SymDifference`: sets of points. What is of several
//! dimensions is a collection.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! let call = |function: &str, one: &str, other: &str| {
//!     evaluate(&format!("{function}(ST_GeometryFromText('{one}'), ST_GeometryFromText('{other}'))"))
//! };
//! let (square, other) = ("POLYGON ((0 0, 2 0, 2 2, 0 2))", "POLYGON ((1 0, 3 0, 3 2, 1 2))");
//! assert_eq!(call("ST_Intersection", square, other), "POLYGON ((1 0, 2 0, 2 2, 1 2, 1 0))");
//! assert_eq!(call("ST_Union", square, other), "POLYGON ((0 0, 3 0, 3 2, 0 2, 0 0))");
//! assert_eq!(call("ST_Difference", square, other), "POLYGON ((0 0, 1 0, 1 2, 0 2, 0 0))");
//! assert_eq!(call("ST_Intersection", "LINESTRING (0 0, 0 4)", "LINESTRING (-1 2, 3 2)"), "POINT (0 2)");
//! assert_eq!(call("ST_Intersection", "POINT (0 0)", "POINT (1 1)"), "MULTIPOLYGON EMPTY");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use geo::Geometry;

use super::GEOMETRIES;
use super::arguments::{map_arrays, map_pairs, require_finite};
use super::overlay::Parts;
use super::properties::dimension;
use crate::functions::scalar::Kind::{self};
use crate::functions::scalar::scalar;

/// What nothing in common is: Esri's library makes a collection of all dimensions into areas.
const OF_AREAS: i8 = 2;

pub(super) fn udfs() -> [ScalarUDF; 5] {
    let pair = [Kind::Geometry, Kind::Geometry];
    [
        scalar("st_union")
            .overload(pair, Kind::Geometry, |call| {
                map_pairs(call, |one, other| union([one, other]))
            })
            .udf(),
        scalar("geometry_union")
            .overload([GEOMETRIES], Kind::Geometry, |call| {
                map_arrays(call, |geometries| union(geometries.iter().flatten()))
            })
            .udf(),
        scalar("st_intersection")
            .overload(pair, Kind::Geometry, |call| {
                map_pairs(call, |one, other| {
                    overlay(one, other, OF_AREAS, Parts::intersection)
                })
            })
            .udf(),
        scalar("st_difference")
            .overload(pair, Kind::Geometry, |call| {
                map_pairs(call, |one, other| {
                    overlay(one, other, dimension(one), Parts::difference)
                })
            })
            .udf(),
        scalar("st_symdifference")
            .overload(pair, Kind::Geometry, |call| {
                map_pairs(call, |one, other| {
                    let dimension = dimension(one).max(dimension(other));
                    overlay(one, other, dimension, Parts::symmetric_difference)
                })
            })
            .udf(),
    ]
}

fn overlay(
    one: &Geometry,
    other: &Geometry,
    dimension: i8,
    operation: fn(&Parts, &Parts) -> Parts,
) -> Result<Option<Geometry>> {
    require_finite(one)?;
    require_finite(other)?;
    let parts = operation(&Parts::of(one), &Parts::of(other));
    Ok(Some(parts.into_geometry(dimension)))
}

/// The union of geometries; null of none at all.
pub(super) fn union<'a>(
    geometries: impl IntoIterator<Item = &'a Geometry>,
) -> Result<Option<Geometry>> {
    let mut all: Option<(Parts, i8)> = None;
    for geometry in geometries {
        require_finite(geometry)?;
        let (parts, dimension) = (Parts::of(geometry), dimension(geometry));
        all = Some(match all {
            None => (parts.union(&Parts::empty()), dimension),
            Some((before, most)) => (before.union(&parts), most.max(dimension)),
        });
    }
    Ok(all.map(|(parts, dimension)| parts.into_geometry(dimension)))
}
