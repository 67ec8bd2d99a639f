//! `to_hex(binary) -> varchar` and `from_hex(text or its bytes) -> varbinary`. Trino manual, "Binary
//! functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("to_hex(to_utf8('hi'))"), "6869");
//! assert_eq!(evaluate("from_hex('FFee')"), "ff ee");
//! ```

use data_encoding::{HEXLOWER_PERMISSIVE, HEXUPPER};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Varbinary, Varchar};
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    [
        scalar("to_hex")
            .overload([Varbinary], Varchar, |call| {
                call.map1(|bytes: &[u8]| HEXUPPER.encode(bytes))
            })
            .udf(),
        scalar("from_hex")
            .overload([Varchar], Varbinary, |call| {
                call.try_map1(|text: &str| decode(text.as_bytes()).map(Some))
            })
            .overload([Varbinary], Varbinary, |call| {
                call.try_map1(|text: &[u8]| decode(text).map(Some))
            })
            .udf(),
    ]
}

fn decode(text: &[u8]) -> Result<Vec<u8>> {
    HEXLOWER_PERMISSIVE.decode(text).map_err(|error| {
        let message = match text.len() % 2 {
            1 => format!(
                "string is not hexadecimal: it has an odd number of digits, {}",
                text.len()
            ),
            _ => format!("string is not hexadecimal: {error}"),
        };
        TrinoError::invalid_argument(message)
    })
}
