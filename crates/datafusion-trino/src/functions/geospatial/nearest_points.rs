//! `geometry_nearest_points(Geometry, Geometry) -> row(Point, Point)`: the point of each that is
//! nearest to the other; null if one is empty.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(
//!     evaluate("geometry_nearest_points(ST_Point(0, 2), ST_GeometryFromText('LINESTRING (1 0, 1 5)'))"),
//!     "{POINT (0 2), POINT (1 2)}"
//! );
//! ```

use std::sync::Arc;

use arrow::array::{ArrayRef, StructArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::ScalarUDF;
use geo::{Closest, ClosestPoint, Coord, CoordsIter, Geometry, Line, Point};

use super::arguments::{Geometries, require_finite};
use super::overlay::Parts;
use crate::functions::scalar::Kind;
use crate::functions::scalar::{Call, Output, Returns, scalar};
use crate::types::Own;
use crate::types::geometry::is_empty;

pub(super) fn udf() -> ScalarUDF {
    let pair = Returns::Of(|_| {
        let point = |name| Field::new(name, Own::Geometry.data_type(), true);
        Ok(DataType::Struct(Fields::from(vec![
            point("c0"),
            point("c1"),
        ])))
    });
    scalar("geometry_nearest_points")
        .overload([Kind::Geometry, Kind::Geometry], pair, nearest_points)
        .udf()
}

fn nearest_points(call: &Call<'_>) -> Result<ArrayRef> {
    let DataType::Struct(fields) = call.return_type() else {
        return internal_err!("{} is no row", call.return_type());
    };
    let (left, right) = (Geometries::of(call, 0)?, Geometries::of(call, 1)?);
    let point = Own::Geometry.data_type();
    let mut points = [0, 1].map(|_| Geometry::builder(call.rows(), &point));
    let mut valid = Vec::with_capacity(call.rows());
    for row in 0..call.rows() {
        let nearest = match (left.get(row)?, right.get(row)?) {
            (Some(one), Some(other)) => nearest(&one, &other)?,
            _ => None,
        };
        valid.push(nearest.is_some());
        for (side, builder) in points.iter_mut().enumerate() {
            if let Ok(builder) = builder {
                let point = nearest.map(|pair| Point(pair[side]).into());
                Geometry::append(point, builder);
            }
        }
    }
    let columns: Vec<ArrayRef> = points
        .into_iter()
        .map(|builder| builder.map(Geometry::finish))
        .collect::<Result<_>>()?;
    let nulls = Some(NullBuffer::from(valid));
    Ok(Arc::new(StructArray::try_new(
        fields.clone(),
        columns,
        nulls,
    )?))
}

fn nearest(one: &Geometry, other: &Geometry) -> Result<Option<[Coord; 2]>> {
    if is_empty(one) || is_empty(other) {
        return Ok(None);
    }
    require_finite(one)?;
    require_finite(other)?;
    if let Some(point) = common_point(one, other) {
        return Ok(Some([point, point]));
    }
    // Where two geometries do not meet, one of the nearest points is an end of a segment.
    let from_one = nearest_end(one, other);
    let from_other = nearest_end(other, one);
    Ok(match (from_one, from_other) {
        (Some((near, a, b)), Some((far, _, _))) if near <= far => Some([a, b]),
        (_, Some((_, b, a))) => Some([a, b]),
        (Some((_, a, b)), None) => Some([a, b]),
        (None, None) => None,
    })
}

/// The coordinate of `from` that is nearest to `to`, its distance, and the point of `to`.
fn nearest_end(from: &Geometry, to: &Geometry) -> Option<(f64, Coord, Coord)> {
    from.coords_iter()
        .filter_map(|coord| match to.closest_point(&Point(coord)) {
            Closest::Intersection(point) | Closest::SinglePoint(point) => {
                let line = Line::new(coord, point.0);
                Some((line.dx().hypot(line.dy()), coord, point.0))
            }
            Closest::Indeterminate => None,
        })
        .min_by(|one, other| one.0.total_cmp(&other.0))
}

fn common_point(one: &Geometry, other: &Geometry) -> Option<Coord> {
    Parts::of(one).intersection(&Parts::of(other)).any_coord()
}
