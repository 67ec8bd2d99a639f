//! `to_ieee754_32(real)`, `to_ieee754_64(double)` -> varbinary, big-endian, and `from_ieee754_32`,
//! `from_ieee754_64` back. Trino manual, "Binary functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("to_ieee754_64(1e0)"), "3f f0 00 00 00 00 00 00");
//! assert_eq!(evaluate("from_ieee754_32(X'3F800000')"), "1.0");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Double, Real, Varbinary};
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udfs() -> [ScalarUDF; 4] {
    [
        scalar("to_ieee754_32")
            .overload([Real], Varbinary, |call| call.map1(f32::to_be_bytes))
            .udf(),
        scalar("to_ieee754_64")
            .overload([Double], Varbinary, |call| call.map1(f64::to_be_bytes))
            .udf(),
        scalar("from_ieee754_32")
            .overload([Varbinary], Real, |call| {
                call.try_map1(|bytes: &[u8]| Ok(Some(f32::from_be_bytes(exactly(bytes)?))))
            })
            .udf(),
        scalar("from_ieee754_64")
            .overload([Varbinary], Double, |call| {
                call.try_map1(|bytes: &[u8]| Ok(Some(f64::from_be_bytes(exactly(bytes)?))))
            })
            .udf(),
    ]
}

fn exactly<const N: usize>(bytes: &[u8]) -> Result<[u8; N]> {
    bytes.try_into().map_err(|_| {
        let bits = N * 8;
        TrinoError::invalid_argument(format!(
            "Input floating-point value must be exactly {N} bytes long ({bits} bits)"
        ))
    })
}
