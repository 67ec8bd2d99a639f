//! `to_big_endian_32(integer)`, `to_big_endian_64(bigint)` -> varbinary, and `from_big_endian_32`,
//! `from_big_endian_64` back. Trino manual, "Binary functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("to_big_endian_32(258)"), "00 00 01 02");
//! assert_eq!(evaluate("from_big_endian_64(X'0000000000000102')"), "258");
//! assert_eq!(evaluate("from_big_endian_32(X'01')"),
//!     "INVALID_FUNCTION_ARGUMENT: expected 4-byte input, but got instead: 1");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Bigint, Integer, Varbinary};
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udfs() -> [ScalarUDF; 4] {
    [
        scalar("to_big_endian_32")
            .overload([Integer], Varbinary, |call| call.map1(i32::to_be_bytes))
            .udf(),
        scalar("to_big_endian_64")
            .overload([Bigint], Varbinary, |call| call.map1(i64::to_be_bytes))
            .udf(),
        scalar("from_big_endian_32")
            .overload([Varbinary], Integer, |call| {
                call.try_map1(|bytes: &[u8]| Ok(Some(i32::from_be_bytes(exactly(bytes)?))))
            })
            .udf(),
        scalar("from_big_endian_64")
            .overload([Varbinary], Bigint, |call| {
                call.try_map1(|bytes: &[u8]| Ok(Some(i64::from_be_bytes(exactly(bytes)?))))
            })
            .udf(),
    ]
}

fn exactly<const N: usize>(bytes: &[u8]) -> Result<[u8; N]> {
    bytes.try_into().map_err(|_| {
        let message = format!("expected {N}-byte input, but got instead: {}", bytes.len());
        TrinoError::invalid_argument(message)
    })
}
