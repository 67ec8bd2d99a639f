//! `regexp_count(string, pattern) -> bigint`: how often the pattern is found. Trino manual,
//! "Regular expression functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate(r"regexp_count('1a 2b 14m', '\s*[a-z]+\s*')"), "3");
//! assert_eq!(evaluate("regexp_count('abc', '')"), "4");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::pattern::Pattern;
use crate::functions::compiled::Compiled;
use crate::functions::scalar::Kind::{Bigint, Varchar};
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("regexp_count")
        .overload([Varchar, Varchar], Bigint, |call| {
            let mut patterns = Compiled::with(Pattern::compile);
            call.try_map2(|text, pattern| {
                let matches = patterns.get(pattern)?.matches(text, 0);
                let count: Result<i64> = matches.map(|found| found.map(|_| 1)).sum();
                count.map(Some)
            })
        })
        .udf()
}
