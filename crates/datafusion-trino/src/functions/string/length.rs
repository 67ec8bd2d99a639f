//! `length(string) -> bigint` in code points, of binary in bytes. Trino manual, "String functions
//! and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("length('안녕')"), "2");
//! assert_eq!(evaluate("length(to_utf8('안녕'))"), "6");
//! ```

use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::{Bigint, Varbinary, Varchar};
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("length")
        .overload([Varchar], Bigint, |call| {
            call.map1(|text: &str| i64::try_from(text.chars().count()).unwrap_or(i64::MAX))
        })
        .overload([Varbinary], Bigint, |call| {
            call.map1(|bytes: &[u8]| i64::try_from(bytes.len()).unwrap_or(i64::MAX))
        })
        .udf()
}
