//! `geometry_union_agg(Geometry) -> Geometry` and `convex_hull_agg(Geometry) -> Geometry`: over all
//! rows, null if there is no geometry in any. Trino manual, "Geospatial functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! let rows = "FROM (VALUES ST_Point(0, 0), ST_Point(2, 0), NULL, ST_Point(0, 2)) t(g)";
//! assert_eq!(evaluate(&format!("geometry_union_agg(g) {rows}")), "MULTIPOINT ((0 0), (2 0), (0 2))");
//! assert_eq!(evaluate(&format!("convex_hull_agg(g) {rows}")), "POLYGON ((0 0, 2 0, 0 2, 0 0))");
//! assert_eq!(evaluate(&format!("convex_hull_agg(g) {rows} WHERE false")), "null");
//! ```

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::AggregateUDF;
use geo::Geometry;

use super::hull::convex_hull;
use super::set_operations::union;
use crate::functions::aggregate::aggregate;
use crate::functions::aggregate::groups::rows_with;
use crate::functions::aggregate::reduction::{Reduction, one};
use crate::functions::scalar::{Input, Kind};
use crate::types::Own;
use crate::types::geometry::Wkb;

pub(super) fn udafs() -> [AggregateUDF; 2] {
    let kind = Kind::Geometry;
    [
        aggregate("geometry_union_agg")
            .overload([kind], kind, Combined(|geometries| union(&geometries)))
            .udaf(),
        aggregate("convex_hull_agg")
            .overload(
                [kind],
                kind,
                Combined(|geometries| {
                    let all = Geometry::GeometryCollection(geometries.into());
                    convex_hull(&all).map(Some)
                }),
            )
            .udaf(),
    ]
}

/// One geometry made of many, which may be made of others already.
#[derive(Debug)]
struct Combined(fn(Vec<Geometry>) -> Result<Option<Geometry>>);

impl Combined {
    fn combine(&self, state: &[ArrayRef], returns: &DataType) -> Result<ArrayRef> {
        let column = Wkb::column(&state[0])?;
        let geometries: Vec<Geometry> = (0..state[0].len())
            .filter_map(|row| Wkb::get(&column, row))
            .map(Wkb::read)
            .collect::<Result<_>>()?;
        let combined = match geometries.is_empty() {
            true => None,
            false => (self.0)(geometries)?,
        };
        one(combined, returns)
    }
}

impl Reduction for Combined {
    fn state(&self, _: &[DataType]) -> Vec<DataType> {
        vec![Own::Geometry.data_type()]
    }

    fn prepare(&self, arguments: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        rows_with(arguments, &arguments[0])
    }

    fn compact(&self, state: Vec<ArrayRef>) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.combine(&state, state[0].data_type())?])
    }

    fn finish(&self, state: &[ArrayRef], returns: &DataType) -> Result<ArrayRef> {
        self.combine(state, returns)
    }
}
