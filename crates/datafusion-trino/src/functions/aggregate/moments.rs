//! `skewness(x) -> double`, null of fewer than three numbers, and `kurtosis(x) -> double`, the
//! unbiased excess, null of fewer than four. Trino manual, "Statistical aggregate functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("round(skewness(x), 4) FROM (VALUES 1, 2, 3, 10) t(x)"), "1.0182");
//! assert_eq!(evaluate("round(kurtosis(x), 4) FROM (VALUES 1, 2, 3, 4, 10) t(x)"), "3.152");
//! assert_eq!(evaluate("kurtosis(x) FROM (VALUES 1, 2, 3) t(x)"), "null");
//! ```

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::AggregateUDF;

use super::aggregate;
use super::reduction::{Reduction, one};
use crate::functions::scalar::Input;
use crate::functions::scalar::Kind::Double;

pub(in crate::functions) fn udafs() -> [AggregateUDF; 2] {
    let function = |name, of| aggregate(name).overload([Double], Double, Shape(of)).udaf();
    [
        function("skewness", skewness),
        function("kurtosis", kurtosis),
    ]
}

/// How many numbers there are, their mean, and the sums of their differences from it to the second,
/// third and fourth power.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    count: f64,
    mean: f64,
    second: f64,
    third: f64,
    fourth: f64,
}

impl Moments {
    /// Those of all numbers of both. Pébay, "Formulas for robust, one-pass parallel computation of
    /// covariances and arbitrary-order statistical moments".
    fn merge(self, other: Self) -> Self {
        let (a, b) = (self.count, other.count);
        let count = a + b;
        if count == 0.0 {
            return self;
        }
        let delta = other.mean - self.mean;
        let step = delta / count;
        let second = self.second + other.second + delta * step * a * b;
        let third = self.third
            + other.third
            + delta * step * step * a * b * (a - b)
            + 3.0 * step * (a * other.second - b * self.second);
        let fourth = self.fourth
            + other.fourth
            + delta * step.powi(3) * a * b * (a * a - a * b + b * b)
            + 6.0 * step * step * (a * a * other.second + b * b * self.second)
            + 4.0 * step * (a * other.third - b * self.third);
        Self {
            count,
            mean: self.mean + b * step,
            second,
            third,
            fourth,
        }
    }

    fn columns(self) -> Vec<ArrayRef> {
        let numbers = [self.count, self.mean, self.second, self.third, self.fourth];
        let column = |number| Arc::new(Float64Array::from(vec![number])) as ArrayRef;
        numbers.map(column).to_vec()
    }

    fn of(state: &[ArrayRef]) -> Result<Self> {
        let columns: Vec<&Float64Array> = state
            .iter()
            .map(<f64 as Input>::column)
            .collect::<Result<_>>()?;
        let rows = 0..columns[0].len();
        Ok(rows
            .map(|row| Self {
                count: columns[0].value(row),
                mean: columns[1].value(row),
                second: columns[2].value(row),
                third: columns[3].value(row),
                fourth: columns[4].value(row),
            })
            .fold(Self::default(), Self::merge))
    }
}

fn skewness(moments: Moments) -> Option<f64> {
    let Moments {
        count,
        second,
        third,
        ..
    } = moments;
    (count >= 3.0).then(|| count.sqrt() * third / second.powf(1.5))
}

fn kurtosis(moments: Moments) -> Option<f64> {
    let Moments {
        count: n,
        second,
        fourth,
        ..
    } = moments;
    let variance = second / (n - 1.0);
    let factor = n * (n + 1.0) / ((n - 1.0) * (n - 2.0) * (n - 3.0));
    let excess = 3.0 * (n - 1.0) * (n - 1.0) / ((n - 2.0) * (n - 3.0));
    (n >= 4.0).then(|| factor * fourth / (variance * variance) - excess)
}

#[derive(Debug)]
struct Shape(fn(Moments) -> Option<f64>);

impl Reduction for Shape {
    fn state(&self, _: &[DataType]) -> Vec<DataType> {
        vec![DataType::Float64; 5]
    }

    fn prepare(&self, arguments: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        let numbers = <f64 as Input>::column(&arguments[0])?.iter().flatten();
        let moments = numbers.map(|mean| Moments {
            count: 1.0,
            mean,
            ..Moments::default()
        });
        Ok(moments.fold(Moments::default(), Moments::merge).columns())
    }

    fn compact(&self, state: Vec<ArrayRef>) -> Result<Vec<ArrayRef>> {
        Ok(Moments::of(&state)?.columns())
    }

    fn finish(&self, state: &[ArrayRef], returns: &DataType) -> Result<ArrayRef> {
        one((self.0)(Moments::of(state)?), returns)
    }
}
