//! `map_filter(map(K, V), function(K, V, boolean)) -> map(K, V)`. Trino manual, "Map functions and
//! operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("map_filter(MAP(ARRAY['a', 'b'], ARRAY[1, 2]), (k, v) -> v > 1)"), "{b=2}");
//! ```

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, new_null_array};
use arrow::compute::{cast, filter, prep_null_mask_filter};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::HigherOrderUDF;

use super::call::{Elements, LambdaCall};
use super::{Lambda, check_condition, map_types};
use crate::functions::map::entries::make_maps;
use crate::types::map_type;

pub(super) fn udf() -> HigherOrderUDF {
    let parameters = |values: &[DataType], _: &[Option<DataType>]| {
        let (key, value) = map_types("map_filter", &values[0])?;
        Ok(vec![Some(vec![key.clone(), value.clone()])])
    };
    let returns = |values: &[DataType], lambdas: &[DataType]| {
        check_condition("map_filter", &lambdas[0])?;
        let (key, value) = map_types("map_filter", &values[0])?;
        Ok(map_type(key.clone(), value.clone()))
    };
    Lambda::udf("map_filter", 1, 1, parameters, returns, map_filter)
}

fn map_filter(call: &LambdaCall<'_>) -> Result<ArrayRef> {
    let Some(maps) = call.maps(0)? else {
        return Ok(new_null_array(call.return_type(), call.rows()));
    };
    let elements = Elements::of_maps(maps)?;
    let answers = call.evaluate(0, &elements.columns, &elements.rows)?;
    let answers = cast(&answers, &DataType::Boolean)?;
    let answers = answers.as_boolean();
    let kept = match answers.null_count() {
        0 => answers.clone(),
        _ => prep_null_mask_filter(answers),
    };
    let lengths = elements.ranges.iter().map(|range| {
        let range = range.clone();
        range.filter(|place| kept.value(*place)).count()
    });
    let lengths: Vec<usize> = lengths.collect();
    let [keys, values] = [0, 1].map(|column| filter(&elements.columns[column], &kept));
    let maps = make_maps(keys?, values?, lengths.into_iter(), maps.nulls().cloned())?;
    Ok(Arc::new(maps))
}
