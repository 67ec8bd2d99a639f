//! `replace(string, search[, replacement]) -> varchar`; an empty search is found before and behind
//! every character. Trino manual, "String functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("replace('aaa', 'aa', 'b')"), "ba");
//! assert_eq!(evaluate("replace('abc', '', '-')"), "-a-b-c-");
//! ```

use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::Varchar;
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("replace")
        .overload([Varchar, Varchar], Varchar, |call| {
            call.map2(|text: &str, search: &str| text.replace(search, ""))
        })
        .overload([Varchar, Varchar, Varchar], Varchar, |call| {
            call.try_map3(|text: &str, search: &str, replacement: &str| {
                Ok(Some(text.replace(search, replacement)))
            })
        })
        .udf()
}
