//! `regexp_like(string, pattern) -> boolean`: whether the pattern is found somewhere in the text.
//! Trino manual, "Regular expression functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate(r"regexp_like('1a 2b 14m', '\d+b')"), "true");
//! assert_eq!(evaluate("regexp_like('abc', '(?<=a)b')"), "true");
//! assert_eq!(evaluate("regexp_like('abc', '^b$')"), "false");
//! assert_eq!(evaluate("regexp_like(NULL, 'a')"), "null");
//! ```

use datafusion::logical_expr::ScalarUDF;

use super::pattern::Pattern;
use crate::functions::compiled::Compiled;
use crate::functions::scalar::Kind::{Boolean, Varchar};
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("regexp_like")
        .overload([Varchar, Varchar], Boolean, |call| {
            let mut patterns = Compiled::with(Pattern::compile);
            call.try_map2(|text, pattern| patterns.get(pattern)?.is_match(text).map(Some))
        })
        .udf()
}
