//! `bitwise_and(x, y)`, `bitwise_or(x, y)`, `bitwise_xor(x, y)`, `bitwise_not(x)` -> bigint, in
//! two's complement. Trino manual, "Bitwise functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("bitwise_and(19, 25)"), "17");
//! assert_eq!(evaluate("bitwise_not(-12)"), "11");
//! ```

use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::Bigint;
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udfs() -> [ScalarUDF; 4] {
    [
        scalar("bitwise_and")
            .overload([Bigint, Bigint], Bigint, |call| {
                call.map2(|a: i64, b: i64| a & b)
            })
            .udf(),
        scalar("bitwise_or")
            .overload([Bigint, Bigint], Bigint, |call| {
                call.map2(|a: i64, b: i64| a | b)
            })
            .udf(),
        scalar("bitwise_xor")
            .overload([Bigint, Bigint], Bigint, |call| {
                call.map2(|a: i64, b: i64| a ^ b)
            })
            .udf(),
        scalar("bitwise_not")
            .overload([Bigint], Bigint, |call| call.map1(|a: i64| !a))
            .udf(),
    ]
}
