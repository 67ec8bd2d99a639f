//! `regexp_split(string, pattern) -> array(varchar)`: the texts between the matches; those at the
//! end are kept if they are empty. Trino manual, "Regular expression functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate(r"regexp_split('1a 2b 14m', '\s*[a-z]+\s*')"), "[1, 2, 14, ]");
//! assert_eq!(evaluate("regexp_split('abc', 'x')"), "[abc]");
//! ```

use std::sync::Arc;

use arrow::array::{ArrayRef, ListBuilder, StringBuilder};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::pattern::Pattern;
use crate::functions::compiled::Compiled;
use crate::functions::scalar::Kind::{Varchar, Varchars};
use crate::functions::scalar::{Call, scalar};

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("regexp_split")
        .overload([Varchar, Varchar], Varchars, split)
        .udf()
}

fn split(call: &Call<'_>) -> Result<ArrayRef> {
    let (texts, patterns) = (call.column::<&str>(0)?, call.column::<&str>(1)?);
    let mut compiled = Compiled::with(Pattern::compile);
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in 0..call.rows() {
        let (Some(text), Some(pattern)) = (texts.get(row), patterns.get(row)) else {
            lists.append_null();
            continue;
        };
        let mut last_end = 0;
        for found in compiled.get(pattern)?.matches(text, 0) {
            let (start, end) = found?;
            lists.values().append_value(&text[last_end..start]);
            last_end = end;
        }
        lists.values().append_value(&text[last_end..]);
        lists.append(true);
    }
    Ok(Arc::new(lists.finish()))
}
