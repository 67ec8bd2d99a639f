//! `ST_GeometryType(Geometry) -> varchar`, `ST_Dimension(Geometry) -> tinyint`,
//! `ST_CoordDim(Geometry) -> tinyint`, `ST_IsEmpty(Geometry) -> boolean` and
//! `ST_IsClosed(Geometry) -> boolean` of lines.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("ST_GeometryType(ST_Point(1, 4))"), "ST_Point");
//! assert_eq!(evaluate("ST_Dimension(ST_GeometryFromText('POLYGON EMPTY'))"), "2");
//! assert_eq!(evaluate("ST_IsEmpty(ST_Point(1.5, 2.5))"), "false");
//! assert_eq!(evaluate("ST_IsClosed(ST_GeometryFromText('LINESTRING (1 1, 2 2, 1 1)'))"), "true");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use geo::Geometry;

use super::arguments::{Shape, map, require};
use crate::functions::scalar::Kind::{self, Boolean, Tinyint, Varchar};
use crate::functions::scalar::scalar;
use crate::types::geometry::is_empty;

pub(super) fn udfs() -> [ScalarUDF; 5] {
    [
        scalar("st_geometrytype")
            .overload([Kind::Geometry], Varchar, |call| {
                map(call, |one| Ok(Some(Shape::of(one).standard_name())))
            })
            .udf(),
        scalar("st_dimension")
            .overload([Kind::Geometry], Tinyint, |call| {
                map(call, |one| Ok(Some(dimension(one))))
            })
            .udf(),
        scalar("st_coorddim")
            .overload([Kind::Geometry], Tinyint, |call| {
                map(call, |_| Ok(Some(2_i8)))
            })
            .udf(),
        scalar("st_isempty")
            .overload([Kind::Geometry], Boolean, |call| {
                map(call, |one| Ok(Some(is_empty(one))))
            })
            .udf(),
        scalar("st_isclosed")
            .overload([Kind::Geometry], Boolean, |call| map(call, is_closed))
            .udf(),
    ]
}

/// 0 of points, 1 of lines, 2 of polygons, whether they are empty or not.
pub(super) fn dimension(geometry: &Geometry) -> i8 {
    match Shape::of(geometry) {
        Shape::Point | Shape::MultiPoint => 0,
        Shape::LineString | Shape::MultiLineString => 1,
        Shape::Polygon | Shape::MultiPolygon => 2,
        Shape::GeometryCollection => match geometry {
            Geometry::GeometryCollection(parts) => parts.iter().map(dimension).max().unwrap_or(0),
            _ => 0,
        },
    }
}

fn is_closed(geometry: &Geometry) -> Result<Option<bool>> {
    let shapes = [Shape::LineString, Shape::MultiLineString];
    require("ST_IsClosed", geometry, &shapes)?;
    Ok(Some(match geometry {
        Geometry::LineString(line) => line.is_closed(),
        Geometry::MultiLineString(lines) => lines.is_closed(),
        _ => false,
    }))
}
