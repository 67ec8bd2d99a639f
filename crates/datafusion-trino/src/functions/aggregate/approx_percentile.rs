//! `approx_percentile(x, percentage) -> [same as x]` of bigints, doubles or reals;
//! `approx_percentile(x, percentages) -> array` of several at once; each with a weight before the
//! percentage. Of up to 4,000 numbers it is exact. Null without any. Trino manual, "Approximate
//! aggregate functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! let rows = "FROM (VALUES (1, 1), (2, 5), (3, 1), (NULL, 9)) t(x, w)";
//! assert_eq!(evaluate(&format!("approx_percentile(x, 0.5) {rows}")), "2");
//! assert_eq!(evaluate(&format!("approx_percentile(x, ARRAY[0.0, 0.9, 1.0]) {rows}")), "[1, 3, 3]");
//! assert_eq!(evaluate(&format!("approx_percentile(x, w, 0.5) {rows}")), "2");
//! assert_eq!(
//!     evaluate(&format!("approx_percentile(x, 1.5) {rows}")),
//!     "INVALID_FUNCTION_ARGUMENT: Percentile must be between 0 and 1"
//! );
//! ```

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, ListArray, new_null_array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::AggregateUDF;

use super::aggregate;
use super::digest::{Centroid, compress, quantile};
use super::groups::rows_with;
use super::reduction::Reduction;
use crate::error::TrinoError;
use crate::functions::scalar::Input;
use crate::functions::scalar::Kind::{Array as ArrayOf, Bigint, Double, Doubles, Real};

pub(in crate::functions) fn udaf() -> AggregateUDF {
    let mut function = aggregate("approx_percentile");
    for (kind, array) in [
        (Bigint, ArrayOf(&Bigint)),
        (Double, ArrayOf(&Double)),
        (Real, ArrayOf(&Real)),
    ] {
        let (plain, weighted) = (Percentile { weight: None }, Percentile { weight: Some(1) });
        function = function
            .overload([kind, Double], kind, plain)
            .overload([kind, Doubles], array, plain)
            .overload([kind, Double, Double], kind, weighted)
            .overload([kind, Double, Doubles], array, weighted)
            // The accuracy that is asked for last is less than the one there is.
            .overload([kind, Double, Double, Double], kind, weighted);
    }
    function.udaf()
}

/// Means, their weights, and in one row or another the percentages.
#[derive(Debug, Clone, Copy)]
struct Percentile {
    /// Which argument says how often a number counts.
    weight: Option<usize>,
}

impl Reduction for Percentile {
    fn state(&self, _: &[DataType]) -> Vec<DataType> {
        let list = DataType::new_list(DataType::Float64, true);
        vec![DataType::Float64, DataType::Float64, list]
    }

    fn prepare(&self, arguments: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        let arguments = rows_with(arguments, &arguments[0])?;
        let means = cast(&arguments[0], &DataType::Float64)?;
        let weights: ArrayRef = match self.weight {
            Some(place) => Arc::clone(&arguments[place]),
            None => Arc::new(Float64Array::from_value(1.0, means.len())),
        };
        for weight in <f64 as Input>::column(&weights)? {
            if weight.is_none_or(|weight| weight.is_nan() || weight <= 0.0) {
                return Err(TrinoError::invalid_argument(
                    "Percentile weight must be > 0",
                ));
            }
        }
        let percentages = &arguments[self.weight.unwrap_or(0) + 1];
        Ok(vec![means, weights, lists(percentages)?])
    }

    fn compact(&self, state: Vec<ArrayRef>) -> Result<Vec<ArrayRef>> {
        let centroids = compress(centroids(&state));
        let means = centroids.iter().map(|centroid| centroid.mean);
        let weights = centroids.iter().map(|centroid| centroid.weight);
        // All rows ask for the same.
        let percentages = state[2].slice(0, centroids.len());
        Ok(vec![
            Arc::new(Float64Array::from_iter_values(means)),
            Arc::new(Float64Array::from_iter_values(weights)),
            percentages,
        ])
    }

    fn finish(&self, state: &[ArrayRef], returns: &DataType) -> Result<ArrayRef> {
        let centroids = centroids(state);
        if centroids.is_empty() || state[2].is_null(0) {
            return Ok(new_null_array(returns, 1));
        }
        let percentages = state[2].as_list::<i32>().value(0);
        let mut answers = Vec::with_capacity(percentages.len());
        for percentage in <f64 as Input>::column(&percentages)? {
            let share = percentage.filter(|share| (0.0..=1.0).contains(share));
            let share = share.ok_or_else(|| {
                TrinoError::invalid_argument("Percentile must be between 0 and 1")
            })?;
            answers.push(quantile(&centroids, share));
        }
        match returns {
            DataType::List(element) => {
                let offsets = OffsetBuffer::from_lengths([answers.len()]);
                let answers = numbers(answers, element.data_type())?;
                let list = ListArray::try_new(Arc::clone(element), offsets, answers, None)?;
                Ok(Arc::new(list))
            }
            plain => numbers(answers, plain),
        }
    }
}

/// Integers are the nearest.
fn numbers(answers: Vec<Option<f64>>, data_type: &DataType) -> Result<ArrayRef> {
    let answers: Float64Array = match data_type {
        DataType::Int64 => answers
            .into_iter()
            .map(|answer| answer.map(|answer| (answer + 0.5).floor()))
            .collect(),
        _ => answers.into(),
    };
    Ok(cast(&answers, data_type)?)
}

/// Percentages as lists of them.
fn lists(percentages: &ArrayRef) -> Result<ArrayRef> {
    if matches!(percentages.data_type(), DataType::List(_)) {
        return Ok(Arc::clone(percentages));
    }
    let field = Arc::new(Field::new_list_field(DataType::Float64, true));
    let offsets = OffsetBuffer::from_lengths(vec![1; percentages.len()]);
    let lists = ListArray::try_new(field, offsets, Arc::clone(percentages), None)?;
    Ok(Arc::new(lists))
}

fn centroids(state: &[ArrayRef]) -> Vec<Centroid> {
    let means = state[0].as_primitive::<Float64Type>().values();
    let weights = state[1].as_primitive::<Float64Type>().values();
    let pairs = means.iter().zip(weights);
    pairs
        .map(|(mean, weight)| Centroid {
            mean: *mean,
            weight: *weight,
        })
        .collect()
}
