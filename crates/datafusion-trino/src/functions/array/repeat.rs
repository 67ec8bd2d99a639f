//! `repeat(element, count) -> array(T)`: at most 10,000 times. Trino manual, "Array functions and
//! operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("repeat('a', 2)"), "[a, a]");
//! assert_eq!(evaluate("repeat(CAST(NULL AS boolean), 2)"), "[null, null]");
//! assert_eq!(
//!     evaluate("repeat(1, 10001)"),
//!     "INVALID_FUNCTION_ARGUMENT: count argument of repeat function must be less than or equal to 10000"
//! );
//! ```

use arrow::array::ArrayRef;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::lists::ListMaker;
use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Array as ArrayOf, Bigint, T};
use crate::functions::scalar::{Call, scalar};

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("repeat")
        .overload([T, Bigint], ArrayOf(&T), repeat)
        .udf()
}

const MOST: i64 = 10_000;

fn repeat(call: &Call<'_>) -> Result<ArrayRef> {
    let counts = call.column::<i64>(1)?;
    let mut repeated = ListMaker::new(call.rows());
    for row in 0..call.rows() {
        let count = match counts.get(row) {
            Some(..0) => {
                return Err(TrinoError::invalid_argument(
                    "count argument of repeat function must be greater than or equal to 0",
                ));
            }
            Some(count) if count > MOST => {
                return Err(TrinoError::invalid_argument(format!(
                    "count argument of repeat function must be less than or equal to {MOST}"
                )));
            }
            count => count,
        };
        repeated.push(count.map(|count| std::iter::repeat_n(row, count as usize)));
    }
    repeated.finish(&call.array(0)?)
}
