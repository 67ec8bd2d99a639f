//! `combinations(array(T), n)`: all choices of n elements by their places, n at most 5. Trino
//! manual, "Array functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("combinations(ARRAY[1, 2, 3], 2)"), "[[1, 2], [1, 3], [2, 3]]");
//! assert_eq!(evaluate("combinations(ARRAY[1], 0)"), "[[]]");
//! assert_eq!(evaluate("combinations(ARRAY[1], 2)"), "[]");
//! assert_eq!(
//!     evaluate("combinations(ARRAY[1], 6)"),
//!     "INVALID_FUNCTION_ARGUMENT: combination size must not exceed 5: 6"
//! );
//! ```

use arrow::array::ArrayRef;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::lists::{ListMaker, Lists};
use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Array as ArrayOf, Bigint, T};
use crate::functions::scalar::{Call, scalar};

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("combinations")
        .overload([ArrayOf(&T), Bigint], ArrayOf(&ArrayOf(&T)), combinations)
        .udf()
}

const LARGEST_CHOICE: i64 = 5;
const MOST_CHOICES: u128 = 100_000;

fn combinations(call: &Call<'_>) -> Result<ArrayRef> {
    let (arrays, sizes) = (Lists::of(call, 0)?, call.column::<i64>(1)?);
    let mut choices = ListMaker::new(0);
    let mut of_rows = ListMaker::new(call.rows());
    let mut made = 0;
    for row in 0..call.rows() {
        let Some((places, size)) = arrays.get(row).zip(sizes.get(row)) else {
            of_rows.push(None::<std::ops::Range<usize>>);
            continue;
        };
        if size < 0 {
            return Err(TrinoError::invalid_argument(format!(
                "combination size must not be negative: {size}"
            )));
        }
        if size > LARGEST_CHOICE {
            return Err(TrinoError::invalid_argument(format!(
                "combination size must not exceed {LARGEST_CHOICE}: {size}"
            )));
        }
        let count = count(places.len() as u128, size as u128);
        if count > MOST_CHOICES {
            return Err(TrinoError::invalid_argument("combinations exceed max size"));
        }
        choose(
            places.start,
            places.end,
            size as usize,
            &mut Vec::new(),
            &mut |chosen| {
                choices.push(Some(chosen.iter().rev().copied()));
            },
        );
        let first = made;
        made += count as usize;
        of_rows.push(Some(first..made));
    }
    of_rows.finish(&choices.finish(arrays.elements())?)
}

/// How many choices of `size` there are among `all`.
fn count(all: u128, size: u128) -> u128 {
    (0..size).fold(1, |count, taken| {
        count * all.saturating_sub(taken) / (taken + 1)
    })
}

/// Takes every choice of so many places before `end`, which goes on with those `chosen`: by the
/// last place first, as Trino orders them.
fn choose(
    start: usize,
    end: usize,
    missing: usize,
    chosen: &mut Vec<usize>,
    take: &mut impl FnMut(&[usize]),
) {
    if missing == 0 {
        return take(chosen);
    }
    for place in start + missing - 1..end {
        chosen.push(place);
        choose(start, place, missing - 1, chosen, take);
        chosen.pop();
    }
}
