//! `ngrams(array(T), n)`: all runs of n neighbours; the whole array where it has no more than n.
//! Trino manual, "Array functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("ngrams(ARRAY[1, 2, 3], 2)"), "[[1, 2], [2, 3]]");
//! assert_eq!(evaluate("ngrams(ARRAY[1, 2, 3], 4)"), "[[1, 2, 3]]");
//! assert_eq!(evaluate("ngrams(ARRAY[1], 0)"), "INVALID_FUNCTION_ARGUMENT: N must be positive");
//! ```

use arrow::array::ArrayRef;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::lists::{ListMaker, Lists};
use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Array as ArrayOf, Bigint, T};
use crate::functions::scalar::{Call, scalar};

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("ngrams")
        .overload([ArrayOf(&T), Bigint], ArrayOf(&ArrayOf(&T)), ngrams)
        .udf()
}

fn ngrams(call: &Call<'_>) -> Result<ArrayRef> {
    let (arrays, sizes) = (Lists::of(call, 0)?, call.column::<i64>(1)?);
    let mut runs = ListMaker::new(0);
    let mut of_rows = ListMaker::new(call.rows());
    let mut made = 0;
    for row in 0..call.rows() {
        let Some((places, size)) = arrays.get(row).zip(sizes.get(row)) else {
            of_rows.push(None::<std::ops::Range<usize>>);
            continue;
        };
        if size <= 0 {
            return Err(TrinoError::invalid_argument("N must be positive"));
        }
        let size = usize::try_from(size)
            .unwrap_or(usize::MAX)
            .min(places.len());
        let first = made;
        for start in places.start..=places.end - size {
            runs.push(Some(start..start + size));
            made += 1;
        }
        of_rows.push(Some(first..made));
    }
    of_rows.finish(&runs.finish(arrays.elements())?)
}
