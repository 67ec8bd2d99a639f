//! `entropy(c) -> double`: the entropy in bits of outcomes that were counted so often. 0 without
//! any. Trino manual, "Aggregate functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("entropy(x) FROM (VALUES 1, 1, 2) t(x)"), "1.5");
//! assert_eq!(evaluate("entropy(x) FROM (VALUES 1) t(x) WHERE false"), "0.0");
//! assert_eq!(
//!     evaluate("entropy(x) FROM (VALUES -1) t(x)"),
//!     "INVALID_FUNCTION_ARGUMENT: Entropy count argument must be non-negative"
//! );
//! ```

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::AggregateUDF;

use super::aggregate;
use super::reduction::{Reduction, one};
use crate::error::TrinoError;
use crate::functions::scalar::Input;
use crate::functions::scalar::Kind::Double;

pub(in crate::functions) fn udaf() -> AggregateUDF {
    aggregate("entropy")
        .overload([Double], Double, Entropy)
        .udaf()
}

/// The counts' sum, and that of their products with their logarithms.
#[derive(Debug)]
struct Entropy;

impl Reduction for Entropy {
    fn state(&self, _: &[DataType]) -> Vec<DataType> {
        vec![DataType::Float64; 2]
    }

    fn prepare(&self, arguments: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        let (mut sum, mut sum_of_logs) = (0.0, 0.0);
        for count in <f64 as Input>::column(&arguments[0])?.iter().flatten() {
            if count < 0.0 || count.is_nan() {
                return Err(TrinoError::invalid_argument(
                    "Entropy count argument must be non-negative",
                ));
            }
            sum += count;
            if count > 0.0 {
                sum_of_logs += count * count.ln();
            }
        }
        Ok([sum, sum_of_logs].map(column).to_vec())
    }

    fn compact(&self, state: Vec<ArrayRef>) -> Result<Vec<ArrayRef>> {
        let sums = state.iter().map(|column| Ok(self::column(sum(column)?)));
        sums.collect()
    }

    fn finish(&self, state: &[ArrayRef], returns: &DataType) -> Result<ArrayRef> {
        let (sum, sum_of_logs) = (sum(&state[0])?, sum(&state[1])?);
        let entropy = match sum {
            0.0 => 0.0,
            sum => (sum.ln() - sum_of_logs / sum).max(0.0) / std::f64::consts::LN_2,
        };
        one(Some(entropy), returns)
    }
}

/// One number as a column.
pub(super) fn column(value: f64) -> ArrayRef {
    Arc::new(Float64Array::from(vec![value]))
}

pub(super) fn sum(column: &ArrayRef) -> Result<f64> {
    Ok(<f64 as Input>::column(column)?.iter().flatten().sum())
}
