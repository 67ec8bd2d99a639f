//! `numeric_histogram(buckets, x[, weight]) -> map(double, double)`, of reals of reals: so many
//! means at most, and how much the numbers near each weigh. Null without any. Trino manual, "Map
//! aggregate functions"; Ben-Haim and Tom-Tov, "A streaming parallel decision tree algorithm".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! let rows = "FROM (VALUES (1, 2), (2, 1), (9, 1)) t(x, w)";
//! assert_eq!(evaluate(&format!("numeric_histogram(2, x) {rows}")), "{1.5=2.0, 9.0=1.0}");
//! assert_eq!(evaluate(&format!("numeric_histogram(9, x, w) {rows}")), "{1.0=2.0, 2.0=1.0, 9.0=1.0}");
//! assert_eq!(
//!     evaluate(&format!("numeric_histogram(1, x) {rows}")),
//!     "INVALID_FUNCTION_ARGUMENT: numeric_histogram bucket count must be greater than one"
//! );
//! ```

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::AggregateUDF;

use super::aggregate;
use super::digest::Centroid;
use super::groups::rows_with;
use super::histogram::one_map;
use super::reduction::Reduction;
use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Bigint, Double, Map, Real};
use crate::functions::scalar::{Input, entry_types};

pub(in crate::functions) fn udaf() -> AggregateUDF {
    aggregate("numeric_histogram")
        .overload([Bigint, Double], Map(&Double, &Double), NumericHistogram)
        .overload(
            [Bigint, Double, Double],
            Map(&Double, &Double),
            NumericHistogram,
        )
        .overload([Bigint, Real], Map(&Real, &Real), NumericHistogram)
        .overload([Bigint, Real, Double], Map(&Real, &Real), NumericHistogram)
        .udaf()
}

/// Means, their weights, and how many of them there may be.
#[derive(Debug)]
struct NumericHistogram;

impl Reduction for NumericHistogram {
    fn state(&self, _: &[DataType]) -> Vec<DataType> {
        vec![DataType::Float64, DataType::Float64, DataType::Int64]
    }

    fn prepare(&self, arguments: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        let mut rows = rows_with(arguments, &arguments[1])?;
        if let Some(weight) = arguments.get(2)
            && weight.null_count() > 0
        {
            rows = rows_with(&rows, &rows[2])?;
        }
        for count in <i64 as Input>::column(&rows[0])? {
            if count.is_none_or(|count| count < 2) {
                return Err(TrinoError::invalid_argument(
                    "numeric_histogram bucket count must be greater than one",
                ));
            }
        }
        let means = cast(&rows[1], &DataType::Float64)?;
        let weights: ArrayRef = match rows.get(2) {
            Some(weights) => Arc::clone(weights),
            None => Arc::new(Float64Array::from_value(1.0, means.len())),
        };
        Ok(vec![means, weights, Arc::clone(&rows[0])])
    }

    fn compact(&self, state: Vec<ArrayRef>) -> Result<Vec<ArrayRef>> {
        let buckets = <i64 as Input>::column(&state[2])?.iter().flatten().next();
        let buckets = buckets.unwrap_or(0);
        let means = state[0].as_primitive::<Float64Type>().values();
        let weights = state[1].as_primitive::<Float64Type>().values();
        let centroids = means.iter().zip(weights).map(|(mean, weight)| Centroid {
            mean: *mean,
            weight: *weight,
        });
        let merged = merge(centroids.collect(), usize::try_from(buckets).unwrap_or(0));
        let means = merged.iter().map(|centroid| centroid.mean);
        let weights = merged.iter().map(|centroid| centroid.weight);
        Ok(vec![
            Arc::new(Float64Array::from_iter_values(means)),
            Arc::new(Float64Array::from_iter_values(weights)),
            Arc::new(Int64Array::from_value(buckets, merged.len())),
        ])
    }

    fn finish(&self, state: &[ArrayRef], returns: &DataType) -> Result<ArrayRef> {
        let DataType::Map(entries, _) = returns else {
            return internal_err!("histograms are maps, not {returns}");
        };
        let Some((key, value)) = entry_types(entries) else {
            return internal_err!("a map's entries are rows");
        };
        one_map(&[cast(&state[0], key)?, cast(&state[1], value)?], returns)
    }
}

/// At most so many centroids: those together that differ least for what they weigh.
fn merge(mut centroids: Vec<Centroid>, most: usize) -> Vec<Centroid> {
    centroids.sort_by(|a, b| a.mean.total_cmp(&b.mean));
    let mut merged: Vec<Centroid> = Vec::with_capacity(centroids.len());
    for next in centroids {
        match merged.last_mut() {
            Some(last) if last.mean == next.mean => last.weight += next.weight,
            _ => merged.push(next),
        }
    }
    let penalty = |pair: &[Centroid]| {
        let difference = pair[0].mean - pair[1].mean;
        let weight = pair[0].weight + pair[1].weight;
        difference * difference * pair[0].weight * pair[1].weight / weight
    };
    while merged.len() > most {
        let pairs = merged.windows(2).map(penalty).enumerate();
        let Some((place, _)) = pairs.min_by(|(_, a), (_, b)| a.total_cmp(b)) else {
            break;
        };
        let right = merged.remove(place + 1);
        let left = &mut merged[place];
        left.weight += right.weight;
        left.mean += (right.mean - left.mean) * right.weight / left.weight;
    }
    merged
}
