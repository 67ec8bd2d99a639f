use std::cmp::Ordering;

use crate::statement::AggregateKind;
use crate::value::{Number, Value};
use crate::{Error, Result};

/// What is known of an aggregate so far.
#[derive(Debug, Clone)]
pub(crate) struct Accumulator {
    kind: AggregateKind,
    count: i64,
    sum: Number,
    extreme: Option<Value>,
}

impl Accumulator {
    pub(crate) fn new(kind: AggregateKind) -> Self {
        Self {
            kind,
            count: 0,
            sum: Number::Int(0),
            extreme: None,
        }
    }

    /// Counts a record, whatever is in it.
    pub(crate) fn count_record(&mut self) {
        self.count += 1;
    }

    /// Takes the value of one record; nulls and what is missing do not count.
    ///
    /// # Errors
    /// `EvaluatorInvalidArguments` for a sum of what is no number, `IntegerOverflow`.
    pub(crate) fn add(&mut self, value: &Value) -> Result<()> {
        if value.is_absent() {
            return Ok(());
        }
        self.count += 1;
        match self.kind {
            AggregateKind::Count => {}
            AggregateKind::Sum | AggregateKind::Average => {
                let number = value.number().ok_or_else(|| {
                    Error::evaluate(
                        "EvaluatorInvalidArguments",
                        format!("'{}' is not a number that can be summed", value.text()),
                    )
                })?;
                self.sum = sum(self.sum, number)?;
            }
            AggregateKind::Maximum => self.keep(value, Ordering::Greater),
            AggregateKind::Minimum => self.keep(value, Ordering::Less),
        }
        Ok(())
    }

    fn keep(&mut self, value: &Value, wanted: Ordering) {
        let better = match &self.extreme {
            None => true,
            Some(known) => value.compare(known) == Some(wanted),
        };
        if better {
            self.extreme = Some(value.clone());
        }
    }

    /// The aggregate of all records.
    pub(crate) fn finish(self) -> Value {
        match self.kind {
            AggregateKind::Count => Value::Int(self.count),
            _ if self.count == 0 => Value::Null,
            AggregateKind::Sum => Value::from(self.sum),
            #[expect(clippy::cast_precision_loss, reason = "an average is inexact anyway")]
            AggregateKind::Average => Value::Float(self.sum.float() / self.count as f64),
            AggregateKind::Maximum | AggregateKind::Minimum => self.extreme.unwrap_or(Value::Null),
        }
    }
}

fn sum(left: Number, right: Number) -> Result<Number> {
    match (left, right) {
        (Number::Int(left), Number::Int(right)) => {
            left.checked_add(right).map(Number::Int).ok_or_else(|| {
                Error::evaluate("IntegerOverflow", "a sum is out of the range of 64 bits")
            })
        }
        (left, right) => Ok(Number::Float(left.float() + right.float())),
    }
}
