//! `sign(x) -> [same as input]`: -1, 0 or 1; NaN of NaN. Trino manual, "Mathematical functions and
//! operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("sign(-12.5)"), "-1");
//! assert_eq!(evaluate("sign(nan())"), "NaN");
//! ```

use arrow::datatypes::DataType;
use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::{Bigint, Decimal, Double, Integer, Real, Smallint, Tinyint};
use crate::functions::scalar::{Returns, scalar};

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("sign")
        .overload([Tinyint], Tinyint, |call| call.map1(i8::signum))
        .overload([Smallint], Smallint, |call| call.map1(i16::signum))
        .overload([Integer], Integer, |call| call.map1(i32::signum))
        .overload([Bigint], Bigint, |call| call.map1(i64::signum))
        .overload(
            [Decimal],
            Returns::Of(|_| Ok(DataType::Decimal128(1, 0))),
            |call| call.map1(i128::signum),
        )
        // Java's signum of a zero is that zero; Rust's is one.
        .overload([Real], Real, |call| {
            call.map1(|x: f32| if x == 0.0 { x } else { x.signum() })
        })
        .overload([Double], Double, |call| {
            call.map1(|x: f64| if x == 0.0 { x } else { x.signum() })
        })
        .udf()
}
