//! `geometric_mean(x) -> double`, of reals a real. Null without any. Trino manual, "Aggregate
//! functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("round(geometric_mean(x), 9) FROM (VALUES 1, 2, 4, NULL) t(x)"), "2.0");
//! assert_eq!(evaluate("geometric_mean(x) FROM (VALUES 1) t(x) WHERE false"), "null");
//! ```

use arrow::array::{Array, ArrayRef};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::AggregateUDF;

use super::aggregate;
use super::entropy::{column, sum};
use super::reduction::{Reduction, one};
use crate::functions::scalar::Input;
use crate::functions::scalar::Kind::{Bigint, Double, Real};

pub(in crate::functions) fn udaf() -> AggregateUDF {
    aggregate("geometric_mean")
        .overload([Bigint], Double, GeometricMean)
        .overload([Double], Double, GeometricMean)
        .overload([Real], Real, GeometricMean)
        .udaf()
}

/// How many numbers, and the sum of their logarithms.
#[derive(Debug)]
struct GeometricMean;

impl Reduction for GeometricMean {
    fn state(&self, _: &[DataType]) -> Vec<DataType> {
        vec![DataType::Float64; 2]
    }

    fn prepare(&self, arguments: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        let numbers = cast(&arguments[0], &DataType::Float64)?;
        let count = (numbers.len() - numbers.null_count()) as f64;
        let numbers = <f64 as Input>::column(&numbers)?.iter().flatten();
        Ok(vec![column(count), column(numbers.map(f64::ln).sum())])
    }

    fn compact(&self, state: Vec<ArrayRef>) -> Result<Vec<ArrayRef>> {
        state.iter().map(|part| Ok(column(sum(part)?))).collect()
    }

    fn finish(&self, state: &[ArrayRef], returns: &DataType) -> Result<ArrayRef> {
        let (count, logs) = (sum(&state[0])?, sum(&state[1])?);
        let mean = (count > 0.0).then(|| (logs / count).exp());
        let mean = one(mean, &DataType::Float64)?;
        Ok(cast(&mean, returns)?)
    }
}
