//! `skewness(x)` and `kurtosis(x)`: the third and fourth central moments of the population, the
//! latter as excess over the normal distribution. Spark manual, "Aggregate Functions".

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Expr, Signature, Volatility,
};

/// The population skewness of a column of numbers.
pub(crate) fn skewness(value: Expr) -> Expr {
    aggregate(Moment::Skewness).call(vec![value])
}

/// The population's excess kurtosis of a column of numbers.
pub(crate) fn kurtosis(value: Expr) -> Expr {
    aggregate(Moment::Kurtosis).call(vec![value])
}

pub(super) fn functions() -> Vec<AggregateUDF> {
    vec![aggregate(Moment::Skewness), aggregate(Moment::Kurtosis)]
}

fn aggregate(moment: Moment) -> AggregateUDF {
    AggregateUDF::new_from_impl(MomentFunction {
        moment,
        signature: Signature::exact(vec![DataType::Float64], Volatility::Immutable),
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Moment {
    Skewness,
    Kurtosis,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct MomentFunction {
    moment: Moment,
    signature: Signature,
}

impl AggregateUDFImpl for MomentFunction {
    fn name(&self) -> &'static str {
        match self.moment {
            Moment::Skewness => "skewness",
            Moment::Kurtosis => "kurtosis",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn state_fields(&self, _: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let names = ["count", "mean", "m2", "m3", "m4"];
        Ok(names
            .iter()
            .map(|name| Arc::new(Field::new(*name, DataType::Float64, false)))
            .collect())
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(MomentAccumulator {
            moment: self.moment,
            sums: CentralMoments::default(),
        }))
    }
}

#[derive(Debug)]
struct MomentAccumulator {
    moment: Moment,
    sums: CentralMoments,
}

impl Accumulator for MomentAccumulator {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for number in values[0].as_primitive::<Float64Type>().iter().flatten() {
            self.sums.merge(&CentralMoments::of_one(number));
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let columns: Vec<_> = states
            .iter()
            .map(|state| state.as_primitive::<Float64Type>())
            .collect();
        for row in 0..states[0].len() {
            self.sums.merge(&CentralMoments {
                count: columns[0].value(row),
                mean: columns[1].value(row),
                m2: columns[2].value(row),
                m3: columns[3].value(row),
                m4: columns[4].value(row),
            });
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let CentralMoments {
            count,
            mean,
            m2,
            m3,
            m4,
        } = self.sums;
        Ok([count, mean, m2, m3, m4].map(ScalarValue::from).to_vec())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let CentralMoments {
            count, m2, m3, m4, ..
        } = self.sums;
        if m2 == 0.0 {
            return Ok(ScalarValue::Float64(None));
        }
        let value = match self.moment {
            Moment::Skewness => count.sqrt() * m3 / (m2 * m2 * m2).sqrt(),
            Moment::Kurtosis => count * m4 / (m2 * m2) - 3.0,
        };
        Ok(ScalarValue::from(value))
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}

/// Sums of powers of the distances from the mean, which can be merged without losing digits.
#[derive(Debug, Clone, Copy, Default)]
struct CentralMoments {
    count: f64,
    mean: f64,
    m2: f64,
    m3: f64,
    m4: f64,
}

impl CentralMoments {
    fn of_one(number: f64) -> Self {
        Self {
            count: 1.0,
            mean: number,
            ..Self::default()
        }
    }

    /// Chan and others' pairwise update, as Pébay extended it to higher moments.
    fn merge(&mut self, other: &Self) {
        if other.count == 0.0 {
            return;
        }
        if self.count == 0.0 {
            *self = *other;
            return;
        }
        let (a, b) = (*self, *other);
        let n = a.count + b.count;
        let delta = b.mean - a.mean;
        let d_n = delta / n;
        self.count = n;
        self.mean = a.mean + d_n * b.count;
        self.m2 = a.m2 + b.m2 + delta * d_n * a.count * b.count;
        self.m3 = a.m3
            + b.m3
            + d_n * d_n * delta * a.count * b.count * (a.count - b.count)
            + 3.0 * d_n * (a.count * b.m2 - b.count * a.m2);
        self.m4 = a.m4
            + b.m4
            + d_n
                * d_n
                * d_n
                * delta
                * a.count
                * b.count
                * (a.count * a.count - a.count * b.count + b.count * b.count)
            + 6.0 * d_n * d_n * (a.count * a.count * b.m2 + b.count * b.count * a.m2)
            + 4.0 * d_n * (a.count * b.m3 - b.count * a.m3);
    }
}
