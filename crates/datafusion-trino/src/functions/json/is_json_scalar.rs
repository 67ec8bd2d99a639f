//! `is_json_scalar(json) -> boolean`: whether it is a number, a string, true, false or null. Trino
//! manual, "JSON functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("is_json_scalar('1')"), "true");
//! assert_eq!(evaluate("is_json_scalar(JSON '[1, 2, 3]')"), "false");
//! assert_eq!(
//!     evaluate("is_json_scalar('[1')"),
//!     "INVALID_FUNCTION_ARGUMENT: Invalid JSON value: [1"
//! );
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Boolean, Json, Varchar};
use crate::functions::scalar::scalar;
use crate::types;
use crate::types::json::{Malformed, Reader, Token};

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("is_json_scalar")
        .overload([Varchar], Boolean, |call| call.try_map1(is_json_scalar))
        .overload([Json], Boolean, |call| {
            call.try_map1(|types::Json(text): types::Json<&str>| is_json_scalar(text))
        })
        .udf()
}

fn is_json_scalar(text: &str) -> Result<Option<bool>> {
    is_scalar(text)
        .map(Some)
        .map_err(|_| TrinoError::invalid_argument(format!("Invalid JSON value: {text}")))
}

fn is_scalar(text: &str) -> Result<bool, Malformed> {
    let mut reader = Reader::new(text);
    let token = reader.expect()?;
    reader.skip(&token)?;
    match reader.next()? {
        None => Ok(!matches!(token, Token::BeginArray | Token::BeginObject)),
        Some(_) => Err(Malformed),
    }
}
