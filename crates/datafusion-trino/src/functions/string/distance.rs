//! `hamming_distance(string1, string2) -> bigint` and `levenshtein_distance(string1, string2) ->
//! bigint`, in code points. Trino manual, "String functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("hamming_distance('hello', 'jello')"), "1");
//! assert_eq!(evaluate("levenshtein_distance('kitten', 'sitting')"), "3");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Bigint, Varchar};
use crate::functions::scalar::scalar;

/// The most cells a comparison may take, as in Trino.
const MOST_CELLS: usize = 1_000_000;

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    [
        scalar("hamming_distance")
            .overload([Varchar, Varchar], Bigint, |call| {
                call.try_map2(|left: &str, right: &str| hamming(left, right).map(Some))
            })
            .udf(),
        scalar("levenshtein_distance")
            .overload([Varchar, Varchar], Bigint, |call| {
                call.try_map2(|left: &str, right: &str| levenshtein(left, right).map(Some))
            })
            .udf(),
    ]
}

fn hamming(left: &str, right: &str) -> Result<i64> {
    if left.chars().count() != right.chars().count() {
        return Err(TrinoError::invalid_argument(
            "The input strings to hamming_distance function must have the same length",
        ));
    }
    let pairs = left.chars().zip(right.chars());
    Ok(i64::try_from(pairs.filter(|(left, right)| left != right).count()).unwrap_or(i64::MAX))
}

fn levenshtein(left: &str, right: &str) -> Result<i64> {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    if left.len().saturating_mul(right.len()) > MOST_CELLS {
        return Err(TrinoError::invalid_argument(format!(
            "The combined inputs for Levenshtein distance are too large: {} and {} characters",
            left.len(),
            right.len()
        )));
    }
    let mut distances: Vec<usize> = (0..=right.len()).collect();
    for (row, from) in left.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut distances[0], row + 1);
        for (column, to) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(from != to);
            diagonal = distances[column + 1];
            distances[column + 1] = substituted.min(diagonal + 1).min(distances[column] + 1);
        }
    }
    Ok(i64::try_from(distances[right.len()]).unwrap_or(i64::MAX))
}
