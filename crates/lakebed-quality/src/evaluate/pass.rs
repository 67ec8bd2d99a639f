//! The aggregates that all checks ask for, computed in one pass over each dataset.

use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
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
    /// What was asked for since somebody last took note.
    asked: Vec<Slot>,
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
        Self {
            passes,
            asked: Vec::new(),
        }
    }

    /// The slots that were asked for since the last call.
    pub(super) fn take_asked(&mut self) -> Vec<Slot> {
        std::mem::take(&mut self.asked)
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
        let slots = aggregates.map(|aggregate| {
            let known = pass.aggregates.iter().position(|known| *known == aggregate);
            let index = known.unwrap_or_else(|| {
                pass.aggregates.push(aggregate);
                pass.aggregates.len() - 1
            });
            Slot { dataset, index }
        });
        self.asked.extend(slots);
        Ok(slots)
    }

    /// Computes all that was asked for.
    ///
    /// If that fails, each aggregate is computed alone: what is wrong with one is no reason to know
    /// nothing of the others.
    ///
    /// # Errors
    /// If the data cannot be read, or memory ends.
    pub(super) async fn run(self) -> Result<Answers> {
        let mut values = Vec::with_capacity(self.passes.len());
        for pass in self.passes {
            values.push(match pass.compute(&pass.aggregates).await {
                Ok(scalars) => scalars.into_iter().map(Ok).collect(),
                Err(error) => pass.compute_alone(error).await?,
            });
        }
        Ok(Answers { values })
    }
}

impl Pass {
    async fn compute(&self, aggregates: &[Expr]) -> Result<Vec<ScalarValue>> {
        if aggregates.is_empty() {
            return Ok(Vec::new());
        }
        let row = self
            .frame
            .clone()
            .aggregate(Vec::new(), named(aggregates))?
            .collect()
            .await?;
        match row.iter().find(|batch| batch.num_rows() > 0) {
            Some(batch) => batch
                .columns()
                .iter()
                .map(|column| ScalarValue::try_from_array(column, 0))
                .collect(),
            None => Ok(vec![ScalarValue::Null; aggregates.len()]),
        }
    }

    /// Computes the aggregates one by one; the error stays one if none of them can be computed.
    async fn compute_alone(&self, error: DataFusionError) -> Result<Vec<Answer>> {
        let mut answers = Vec::with_capacity(self.aggregates.len());
        for aggregate in &self.aggregates {
            let computed = self.compute(std::slice::from_ref(aggregate)).await;
            answers.push(match computed {
                Ok(mut scalars) => Ok(scalars.pop().unwrap_or(ScalarValue::Null)),
                Err(error) => Err(error.strip_backtrace()),
            });
        }
        if answers.iter().all(Answer::is_err) {
            return Err(error);
        }
        Ok(answers)
    }
}

/// An aggregate's value, or why there is none.
type Answer = std::result::Result<ScalarValue, String>;

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
    values: Vec<Vec<Answer>>,
}

impl Answers {
    /// Why one of the values is not there, if that is so.
    pub(super) fn failure(&self, slots: &[Slot]) -> Option<&str> {
        slots
            .iter()
            .find_map(|slot| self.values[slot.dataset][slot.index].as_ref().err())
            .map(String::as_str)
    }

    /// A number, unless there was nothing to compute it from.
    pub(super) fn number(&self, slot: Slot) -> Option<f64> {
        let value = self.values[slot.dataset][slot.index].as_ref().ok()?;
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
            Ok(ScalarValue::List(list)) if list.is_valid(0) => {
                let values: Arc<dyn Array> = list.value(0);
                values.as_primitive::<Float64Type>().values().to_vec()
            }
            _ => Vec::new(),
        }
    }
}
