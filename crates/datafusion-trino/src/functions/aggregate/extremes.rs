//! `max(x, n) -> array(T)` and `min(x, n) -> array(T)`: the n greatest or least values in their
//! order; `max_by(x, y, n) -> array(T)` and `min_by(x, y, n) -> array(T)`: the `x` of the rows with
//! those `y`. Rows where what is compared is null do not count; null without any. The dialect
//! writes these calls as `$max` and so on. Trino manual, "Aggregate functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! let rows = "FROM (VALUES ('a', 1), ('b', 3), ('c', 2), ('d', NULL)) t(x, y)";
//! assert_eq!(evaluate(&format!("max(y, 2) {rows}")), "[3, 2]");
//! assert_eq!(evaluate(&format!("min_by(x, y, 5) {rows}")), "[a, c, b]");
//! assert_eq!(
//!     evaluate(&format!("max(y, 0) {rows}")),
//!     "INVALID_FUNCTION_ARGUMENT: second argument of max/min must be a positive integer"
//! );
//! ```

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, new_null_array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, Field};
use datafusion::common::Result;
use datafusion::logical_expr::AggregateUDF;

use super::aggregate;
use super::groups::{comparable, rows_with, take_rows};
use super::reduction::Reduction;
use crate::error::TrinoError;
use crate::functions::scalar::Input;
use crate::functions::scalar::Kind::{Array as ArrayOf, Bigint, K, T};

pub(in crate::functions) fn udafs() -> [AggregateUDF; 4] {
    let of_itself = |name, descending| {
        let extremes = Extremes { descending, by: 0 };
        aggregate(name)
            .overload([T, Bigint], ArrayOf(&T), extremes)
            .udaf()
    };
    let by_another = |name, descending| {
        let extremes = Extremes { descending, by: 1 };
        aggregate(name)
            .overload([T, K, Bigint], ArrayOf(&T), extremes)
            .udaf()
    };
    [
        of_itself("$max", true),
        of_itself("$min", false),
        by_another("$max_by", true),
        by_another("$min_by", false),
    ]
}

/// The arguments of the rows that count.
#[derive(Debug, Clone, Copy)]
struct Extremes {
    descending: bool,
    /// Which argument is compared; the last one says how many rows count.
    by: usize,
}

const MOST: i64 = 10_000;

impl Extremes {
    fn check(self, count: Option<i64>) -> Result<()> {
        let what = match self.by {
            0 => "second argument of max/min",
            _ => "third argument of max_by/min_by",
        };
        match count {
            Some(1..=MOST) => Ok(()),
            Some(count) if count > MOST => Err(TrinoError::invalid_argument(format!(
                "{what} must be less than or equal to {MOST}; found {count}"
            ))),
            _ => Err(TrinoError::invalid_argument(format!(
                "{what} must be a positive integer"
            ))),
        }
    }
}

impl Reduction for Extremes {
    fn state(&self, types: &[DataType]) -> Vec<DataType> {
        types.to_vec()
    }

    fn prepare(&self, arguments: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        let counts = <i64 as Input>::column(&arguments[self.by + 1])?;
        counts.iter().try_for_each(|count| self.check(count))?;
        rows_with(arguments, &arguments[self.by])
    }

    fn compact(&self, state: Vec<ArrayRef>) -> Result<Vec<ArrayRef>> {
        let counts = <i64 as Input>::column(&state[self.by + 1])?;
        let count = counts.iter().flatten().next().unwrap_or(0) as usize;
        let options = SortOptions {
            descending: self.descending,
            nulls_first: false,
        };
        let keys = comparable(&state[self.by..=self.by], &[options])?;
        let mut rows: Vec<u32> = (0..state[0].len() as u32).collect();
        rows.sort_by_key(|row| keys.row(*row as usize));
        rows.truncate(count);
        take_rows(&state, rows)
    }

    fn finish(&self, state: &[ArrayRef], returns: &DataType) -> Result<ArrayRef> {
        let values = Arc::clone(&state[0]);
        if values.is_empty() {
            return Ok(new_null_array(returns, 1));
        }
        let field = Arc::new(Field::new_list_field(values.data_type().clone(), true));
        let offsets = OffsetBuffer::from_lengths([values.len()]);
        Ok(Arc::new(ListArray::try_new(field, offsets, values, None)?))
    }
}
