//! `e()`, `pi()`, `infinity()` and `nan()` -> double. Trino manual, "Mathematical functions and
//! operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("pi()"), "3.141592653589793");
//! assert_eq!(evaluate("-infinity()"), "-Infinity");
//! ```

use std::f64::consts;

use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::Double;
use crate::functions::scalar::scalar;

macro_rules! constant {
    ($name:literal, $value:expr) => {
        scalar($name)
            .overload([], Double, |call| call.collect(|_| Ok(Some($value))))
            .udf()
    };
}

pub(in crate::functions) fn udfs() -> [ScalarUDF; 4] {
    [
        constant!("e", consts::E),
        constant!("pi", consts::PI),
        constant!("infinity", f64::INFINITY),
        constant!("nan", f64::NAN),
    ]
}
