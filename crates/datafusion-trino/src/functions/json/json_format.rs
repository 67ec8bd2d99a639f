//! `json_format(json) -> varchar`: the value's JSON text. Trino manual, "JSON functions and
//! operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("json_format(JSON '[1, 2, 3]')"), "[1,2,3]");
//! assert_eq!(evaluate(r#"json_format(JSON '"a"')"#), "\"a\"");
//! ```

use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::{Json, Varchar};
use crate::functions::scalar::scalar;
use crate::types;

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("json_format")
        .overload([Json], Varchar, |call| {
            call.map1(|types::Json(text): types::Json<&str>| text)
        })
        .udf()
}
