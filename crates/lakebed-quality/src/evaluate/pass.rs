//! The aggregates that all checks ask for, computed in one pass over each dataset.

use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::Expr;
use datafusion::prelude::DataFrame;

/// Where an aggregate's value will be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    dataset: usize,
    index: usize,
}

/// A dataset and what is asked of it.
#[derive(Debug)]
struct Pass {
    frame: DataFrame,
    aggregates: Vec<Expr>,
}

/// What is asked of the primary dataset (the first) and of those it is compared with.
#[derive(Debug)]
pub(super) struct Passes {
    passes: Vec<Pass>,
}

impl Passes {
    pub(super) fn over(frames: impl IntoIterator<Item = DataFrame>) -> Self {
        let passes = frames
            .into_iter()
            .map(|frame| Pass {
                frame,
                aggregates: Vec::new(),
            })
            .collect();
        Self { passes }
    }

    pub(super) fn frame(&self, dataset: usize) -> &DataFrame {
        &self.passes[dataset].frame
    }

    /// Asks for aggregates of a dataset; what several ask for is computed once.
    ///
    /// # Errors
    /// If one of them cannot be planned; then none is asked for.
    pub(super) fn ask<const N: usize>(
        &mut self,
        dataset: usize,
        aggregates: [Expr; N],
    ) -> Result<[Slot; N]> {
        let pass = &mut self.passes[dataset];
        pass.frame
            .clone()
            .aggregate(Vec::new(), named(&aggregates))?;
        Ok(aggregates.map(|aggregate| {
            let known = pass.aggregates.iter().position(|known| *known == aggregate);
            let index = known.unwrap_or_else(|| {
                pass.aggregates.push(aggregate);
                pass.aggregates.len() - 1
            });
            Slot { dataset, index }
        }))
    }

    /// Computes all that was asked for.
    ///
    /// # Errors
    /// If the data cannot be read, or memory ends.
    pub(super) async fn run(self) -> Result<Answers> {
        let mut values = Vec::with_capacity(self.passes.len());
        for pass in self.passes {
            if pass.aggregates.is_empty() {
                values.push(Vec::new());
                continue;
            }
            let row = pass
                .frame
                .aggregate(Vec::new(), named(&pass.aggregates))?
                .collect()
                .await?;
            let columns = row.iter().find(|batch| batch.num_rows() > 0);
            let scalars = match columns {
                Some(batch) => batch
                    .columns()
                    .iter()
                    .map(|column| ScalarValue::try_from_array(column, 0))
                    .collect::<Result<Vec<_>>>()?,
                None => vec![ScalarValue::Null; pass.aggregates.len()],
            };
            values.push(scalars);
        }
        Ok(Answers { values })
    }
}

/// Short names: the plan's own would hold every predicate's text.
fn named(aggregates: &[Expr]) -> Vec<Expr> {
    aggregates
        .iter()
        .enumerate()
        .map(|(index, aggregate)| aggregate.clone().alias(format!("a{index}")))
        .collect()
}

/// The values of all aggregates.
#[derive(Debug)]
pub(super) struct Answers {
    values: Vec<Vec<ScalarValue>>,
}

impl Answers {
    /// A number, unless there was nothing to compute it from.
    pub(super) fn number(&self, slot: Slot) -> Option<f64> {
        let value = &self.values[slot.dataset][slot.index];
        match value.cast_to(&DataType::Float64) {
            Ok(ScalarValue::Float64(number)) => number,
            _ => None,
        }
    }

    /// A count.
    pub(super) fn count(&self, slot: Slot) -> f64 {
        self.number(slot).unwrap_or(0.0)
    }

    /// The numbers of an aggregate that gives several.
    pub(super) fn numbers(&self, slot: Slot) -> Vec<f64> {
        match &self.values[slot.dataset][slot.index] {
            ScalarValue::List(list) if list.is_valid(0) => {
                let values: Arc<dyn Array> = list.value(0);
                values.as_primitive::<Float64Type>().values().to_vec()
            }
            _ => Vec::new(),
        }
    }
}
