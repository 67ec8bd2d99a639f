//! How two geometries lie to each other: `ST_Contains(Geometry, Geometry) -> boolean`,
//! `ST_Crosses`, `ST_Disjoint`, `ST_Equals`, `ST_Intersects`, `ST_Overlaps`, `ST_Touches`,
//! `ST_Within`, and `ST_Relate(Geometry, Geometry, relation) -> boolean` by a pattern of the DE-9IM.
//! An empty geometry is disjoint from everything.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! let square = "ST_GeometryFromText('POLYGON ((1 1, 1 4, 4 4, 4 1))')";
//! assert_eq!(evaluate(&format!("ST_Contains({square}, ST_Point(3, 2))")), "true");
//! assert_eq!(evaluate(&format!("ST_Touches({square}, ST_Point(1, 2))")), "true");
//! assert_eq!(evaluate(&format!("ST_Relate({square}, ST_Point(3, 2), 'T********')")), "true");
//! assert_eq!(evaluate(&format!("ST_Disjoint({square}, ST_GeometryFromText('POINT EMPTY'))")), "true");
//! ```

use std::borrow::Cow;

use arrow::array::ArrayRef;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use geo::relate::{IntersectionMatrix, Relate};
use geo::{Geometry, Intersects, Validation};

use super::arguments::{Geometries, map_pairs, require_finite};
use super::envelope::envelope;
use super::overlay;
use crate::error::TrinoError;
use crate::functions::scalar::Kind::{self, Boolean, Varchar};
use crate::functions::scalar::{Call, scalar};
use crate::types::geometry::is_empty;

pub(super) fn udfs() -> [ScalarUDF; 9] {
    let pair = [Kind::Geometry, Kind::Geometry];
    [
        scalar("st_contains")
            .overload(pair, Boolean, |call| {
                holds(call, IntersectionMatrix::is_contains)
            })
            .udf(),
        scalar("st_crosses")
            .overload(pair, Boolean, |call| {
                holds(call, IntersectionMatrix::is_crosses)
            })
            .udf(),
        scalar("st_disjoint")
            .overload(pair, Boolean, |call| {
                map_pairs(call, |one, other| Ok(Some(disjoint(one, other)?)))
            })
            .udf(),
        scalar("st_equals")
            .overload(pair, Boolean, |call| {
                map_pairs(call, |one, other| {
                    if is_empty(one) || is_empty(other) {
                        return Ok(Some(is_empty(one) && is_empty(other)));
                    }
                    Ok(Some(relate(one, other)?.is_equal_topo()))
                })
            })
            .udf(),
        scalar("st_intersects")
            .overload(pair, Boolean, |call| {
                map_pairs(call, |one, other| Ok(Some(!disjoint(one, other)?)))
            })
            .udf(),
        scalar("st_overlaps")
            .overload(pair, Boolean, |call| {
                holds(call, IntersectionMatrix::is_overlaps)
            })
            .udf(),
        scalar("st_relate")
            .overload(
                [Kind::Geometry, Kind::Geometry, Varchar],
                Boolean,
                by_pattern,
            )
            .udf(),
        scalar("st_touches")
            .overload(pair, Boolean, |call| {
                holds(call, IntersectionMatrix::is_touches)
            })
            .udf(),
        scalar("st_within")
            .overload(pair, Boolean, |call| {
                holds(call, IntersectionMatrix::is_within)
            })
            .udf(),
    ]
}

/// Whether a relation holds, which none does where the envelopes have no point in common.
fn holds(call: &Call<'_>, relation: fn(&IntersectionMatrix) -> bool) -> Result<ArrayRef> {
    map_pairs(call, |one, other| {
        Ok(Some(may_meet(one, other) && relation(&relate(one, other)?)))
    })
}

fn by_pattern(call: &Call<'_>) -> Result<ArrayRef> {
    let (left, right) = (Geometries::of(call, 0)?, Geometries::of(call, 1)?);
    let patterns = call.column::<&str>(2)?;
    call.collect(|row| {
        let (Some(one), Some(other), Some(pattern)) =
            (left.get(row)?, right.get(row)?, patterns.get(row))
        else {
            return Ok(None);
        };
        let holds = relate(&one, &other)?.matches(pattern);
        holds.map(Some).map_err(|_| {
            TrinoError::invalid_argument(format!("relation must have nine characters: {pattern}"))
        })
    })
}

fn may_meet(one: &Geometry, other: &Geometry) -> bool {
    match (envelope(one), envelope(other)) {
        (Some(one), Some(other)) => one.intersects(&other),
        _ => false,
    }
}

/// Whether two geometries have no point in common.
pub(super) fn disjoint(one: &Geometry, other: &Geometry) -> Result<bool> {
    require_finite(one)?;
    require_finite(other)?;
    Ok(!may_meet(one, other) || !one.intersects(other))
}

/// Whether a geometry contains another, which is valid.
pub(super) fn contains(one: &Geometry, other: &Geometry) -> Result<bool> {
    Ok(may_meet(one, other) && relate(one, other)?.is_contains())
}

fn relate(one: &Geometry, other: &Geometry) -> Result<IntersectionMatrix> {
    require_finite(one)?;
    require_finite(other)?;
    Ok(simple(one).relate(simple(other).as_ref()))
}

/// A geometry whose polygons do not overlap each other.
fn simple(geometry: &Geometry) -> Cow<'_, Geometry> {
    match geometry {
        Geometry::MultiPolygon(polygons) if polygons.0.len() > 1 && !polygons.is_valid() => {
            Cow::Owned(Geometry::MultiPolygon(overlay::cleaned(polygons)))
        }
        _ => Cow::Borrowed(geometry),
    }
}
