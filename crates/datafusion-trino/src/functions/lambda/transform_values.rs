//! `transform_values(map(K, V1), function(K, V1, V2)) -> map(K, V2)`. Trino manual, "Map functions
//! and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("transform_values(MAP(ARRAY['a', 'b'], ARRAY[1, 2]), (k, v) -> v * 10)"), "{a=10, b=20}");
//! ```

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, new_null_array};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::HigherOrderUDF;

use super::call::{Elements, LambdaCall};
use super::{Lambda, map_types};
use crate::functions::map::entries::make_maps;
use crate::types::map_type;

pub(super) fn udf() -> HigherOrderUDF {
    let parameters = |values: &[DataType], _: &[Option<DataType>]| {
        let (key, value) = map_types("transform_values", &values[0])?;
        Ok(vec![Some(vec![key.clone(), value.clone()])])
    };
    let returns = |values: &[DataType], lambdas: &[DataType]| {
        let (key, _) = map_types("transform_values", &values[0])?;
        Ok(map_type(key.clone(), lambdas[0].clone()))
    };
    Lambda::udf(
        "transform_values",
        1,
        1,
        parameters,
        returns,
        transform_values,
    )
}

fn transform_values(call: &LambdaCall<'_>) -> Result<ArrayRef> {
    let Some(maps) = call.maps(0)? else {
        return Ok(new_null_array(call.return_type(), call.rows()));
    };
    let elements = Elements::of_maps(maps)?;
    let values = call.evaluate(0, &elements.columns, &elements.rows)?;
    let keys = Arc::clone(&elements.columns[0]);
    let maps = make_maps(keys, values, elements.lengths(), maps.nulls().cloned())?;
    Ok(Arc::new(maps))
}
