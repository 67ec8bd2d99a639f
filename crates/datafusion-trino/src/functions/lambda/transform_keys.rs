//! `transform_keys(map(K1, V), function(K1, V, K2)) -> map(K2, V)`. Trino manual, "Map functions and
//! operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("transform_keys(MAP(ARRAY['a'], ARRAY[1]), (k, v) -> k || CAST(v AS varchar))"), "{a1=1}");
//! assert_eq!(
//!     evaluate("transform_keys(MAP(ARRAY[1, 2], ARRAY[3, 4]), (k, v) -> 0)"),
//!     "INVALID_FUNCTION_ARGUMENT: Duplicate map keys (0) are not allowed"
//! );
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
        let (key, value) = map_types("transform_keys", &values[0])?;
        Ok(vec![Some(vec![key.clone(), value.clone()])])
    };
    let returns = |values: &[DataType], lambdas: &[DataType]| {
        let (_, value) = map_types("transform_keys", &values[0])?;
        Ok(map_type(lambdas[0].clone(), value.clone()))
    };
    Lambda::udf("transform_keys", 1, 1, parameters, returns, transform_keys)
}

fn transform_keys(call: &LambdaCall<'_>) -> Result<ArrayRef> {
    let Some(maps) = call.maps(0)? else {
        return Ok(new_null_array(call.return_type(), call.rows()));
    };
    let elements = Elements::of_maps(maps)?;
    let keys = call.evaluate(0, &elements.columns, &elements.rows)?;
    let values = Arc::clone(&elements.columns[1]);
    let maps = make_maps(keys, values, elements.lengths(), maps.nulls().cloned())?;
    Ok(Arc::new(maps))
}
