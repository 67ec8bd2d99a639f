//! `json_array_length(json) -> bigint`: null for what is no array. Trino manual, "JSON functions
//! and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("json_array_length('[1, [2], 3]')"), "3");
//! assert_eq!(evaluate("json_array_length('{}')"), "null");
//! ```

use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::{Bigint, Json, Varchar};
use crate::functions::scalar::scalar;
use crate::types;
use crate::types::json::{Malformed, Reader, Token};

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("json_array_length")
        .overload([Varchar], Bigint, |call| {
            call.try_map1(|text: &str| Ok(length(text).unwrap_or_default()))
        })
        .overload([Json], Bigint, |call| {
            call.try_map1(|json: types::Json<&str>| Ok(length(json.0).unwrap_or_default()))
        })
        .udf()
}

fn length(text: &str) -> Result<Option<i64>, Malformed> {
    let mut reader = Reader::new(text);
    if reader.expect()? != Token::BeginArray {
        return Ok(None);
    }
    let mut length = 0;
    loop {
        match reader.expect()? {
            Token::EndArray => return Ok(Some(length)),
            token => reader.skip(&token)?,
        }
        length += 1;
    }
}
