//! `sequence(start, stop[, step]) -> array`: of bigints, dates or timestamps; the step is 1 or -1,
//! a day, or an interval. Trino manual, "Array functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("sequence(3, 1)"), "[3, 2, 1]");
//! assert_eq!(evaluate("sequence(0, 10, 5)"), "[0, 5, 10]");
//! assert_eq!(
//!     evaluate("sequence(DATE '2025-01-31', DATE '2025-03-31', INTERVAL '1' MONTH)"),
//!     "[2025-01-31, 2025-02-28, 2025-03-31]"
//! );
//! assert_eq!(
//!     evaluate("sequence(1, 2, 0)"),
//!     "INVALID_FUNCTION_ARGUMENT: step must not be zero"
//! );
//! ```

use std::sync::Arc;

use arrow::array::{ArrayRef, ListArray, NullBufferBuilder};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::DataType;
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::datetime::{Temporal, add_months, out_of_range};
use crate::functions::scalar::Kind::{self, Bigint, DayToSecond, Timestamp, YearToMonth};
use crate::functions::scalar::{Call, Date, Input, Output, Returns, scalar};
use crate::types::{Milliseconds, Moment, Months};

pub(in crate::functions) fn udf() -> ScalarUDF {
    let array = Returns::Of(|types| Ok(DataType::new_list(types[0].clone(), true)));
    scalar("sequence")
        .overload([Bigint, Bigint], array, sequence::<i64, i64>)
        .overload([Bigint, Bigint, Bigint], array, sequence::<i64, i64>)
        .overload(
            [Kind::Date, Kind::Date],
            array,
            sequence::<Date, Milliseconds>,
        )
        .overload(
            [Kind::Date, Kind::Date, DayToSecond],
            array,
            sequence::<Date, Milliseconds>,
        )
        .overload(
            [Kind::Date, Kind::Date, YearToMonth],
            array,
            sequence::<Date, Months>,
        )
        .overload(
            [Timestamp, Timestamp, DayToSecond],
            array,
            sequence::<Moment, Milliseconds>,
        )
        .overload(
            [Timestamp, Timestamp, YearToMonth],
            array,
            sequence::<Moment, Months>,
        )
        .udf()
}

/// The most elements that Trino makes.
const MOST: usize = 10_000;

/// A step from one value to the next.
trait Step<T>: Copy {
    /// The step where none is given.
    fn usual(start: T, stop: T) -> Self;

    /// Positive, zero or negative, as the step is.
    fn direction(self) -> i64;

    /// The value after so many steps; none if there is none.
    fn after(self, start: T, steps: i64) -> Result<Option<T>>;
}

impl Step<i64> for i64 {
    fn usual(start: i64, stop: i64) -> Self {
        if start <= stop { 1 } else { -1 }
    }

    fn direction(self) -> i64 {
        self
    }

    fn after(self, start: i64, steps: i64) -> Result<Option<i64>> {
        Ok(self
            .checked_mul(steps)
            .and_then(|far| start.checked_add(far)))
    }
}

/// In milliseconds.
const DAY: i64 = 86_400_000;

impl<T: Temporal + PartialOrd> Step<T> for Milliseconds {
    fn usual(start: T, stop: T) -> Self {
        Self(if start <= stop { DAY } else { -DAY })
    }

    fn direction(self) -> i64 {
        self.0
    }

    fn after(self, start: T, steps: i64) -> Result<Option<T>> {
        let micros = self
            .0
            .checked_mul(steps)
            .and_then(|millis| millis.checked_mul(1_000));
        Ok(micros.and_then(|micros| start.after(micros)))
    }
}

impl<T: Temporal> Step<T> for Months {
    fn usual(_: T, _: T) -> Self {
        Self(1)
    }

    fn direction(self) -> i64 {
        self.0.into()
    }

    fn after(self, start: T, steps: i64) -> Result<Option<T>> {
        let months = i64::from(self.0)
            .checked_mul(steps)
            .ok_or_else(out_of_range)?;
        Ok(Some(start.at_local(add_months(start.local(), months)?)))
    }
}

fn sequence<T, S>(call: &Call<'_>) -> Result<ArrayRef>
where
    T: for<'a> Input<'a> + Output + PartialOrd,
    S: for<'a> Input<'a> + Step<T>,
{
    let DataType::List(element) = call.return_type() else {
        return internal_err!("a sequence is an array");
    };
    let (starts, stops) = (call.column::<T>(0)?, call.column::<T>(1)?);
    let steps = (call.len() > 2).then(|| call.column::<S>(2)).transpose()?;
    let mut values = T::builder(call.rows(), element.data_type())?;
    let mut lengths = Vec::with_capacity(call.rows());
    let mut nulls = NullBufferBuilder::new(call.rows());
    for row in 0..call.rows() {
        let bounds = starts.get(row).zip(stops.get(row));
        let step = bounds.and_then(|(start, stop)| match &steps {
            Some(steps) => steps.get(row),
            None => Some(S::usual(start, stop)),
        });
        nulls.append(step.is_some());
        lengths.push(match bounds.zip(step) {
            Some(((start, stop), step)) => push(start, stop, step, &mut values)?,
            None => 0,
        });
    }
    Ok(Arc::new(ListArray::try_new(
        Arc::clone(element),
        OffsetBuffer::from_lengths(lengths),
        T::finish(values),
        nulls.finish(),
    )?))
}

/// Appends the values of one sequence; answers how many.
fn push<T, S>(start: T, stop: T, step: S, values: &mut T::Builder) -> Result<usize>
where
    T: Copy + Output + PartialOrd,
    S: Step<T>,
{
    let direction = step.direction();
    if direction == 0 {
        return Err(TrinoError::invalid_argument("step must not be zero"));
    }
    let is_beyond = |value: T| match direction > 0 {
        true => value > stop,
        false => value < stop,
    };
    if is_beyond(start) {
        return Err(TrinoError::invalid_argument(
            "sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start",
        ));
    }
    let mut count = 0;
    let mut value = start;
    loop {
        if count == MOST {
            return Err(TrinoError::invalid_argument(format!(
                "result of sequence function must not have more than {MOST} entries"
            )));
        }
        T::append(Some(value), values);
        count += 1;
        match step.after(start, count as i64)? {
            Some(next) if !is_beyond(next) => value = next,
            _ => return Ok(count),
        }
    }
}
