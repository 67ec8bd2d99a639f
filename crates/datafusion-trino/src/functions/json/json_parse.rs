//! `json_parse(string) -> json`: reads a JSON text. Trino manual, "JSON functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate(r#"json_parse('{"b": 1.50, "a": [1, 2]}')"#), r#"{"a":[1,2],"b":1.5}"#);
//! assert_eq!(
//!     evaluate("json_parse('x')"),
//!     "INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: 'x'"
//! );
//! ```

use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Json, Varchar};
use crate::functions::scalar::scalar;
use crate::types;
use crate::types::json::canonical;

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("json_parse")
        .overload([Varchar], Json, |call| {
            call.try_map1(|text: &str| match canonical(text) {
                Ok(json) => Ok(Some(types::Json(json))),
                Err(_) => Err(TrinoError::invalid_argument(format!(
                    "Cannot convert value to JSON: '{text}'"
                ))),
            })
        })
        .udf()
}
