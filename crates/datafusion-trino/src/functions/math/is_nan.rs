//! `is_nan(x)`, `is_finite(x)` and `is_infinite(x)` -> boolean. Trino manual, "Mathematical
//! functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("is_nan(0e0 / 0)"), "true");
//! assert_eq!(evaluate("is_infinite(REAL '1')"), "false");
//! ```

use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::{Boolean, Double, Real};
use crate::functions::scalar::scalar;

macro_rules! of_floats {
    ($name:literal, $test:ident) => {
        scalar($name)
            .overload([Real], Boolean, |call| call.map1(f32::$test))
            .overload([Double], Boolean, |call| call.map1(f64::$test))
            .udf()
    };
}

pub(in crate::functions) fn udfs() -> [ScalarUDF; 3] {
    [
        of_floats!("is_nan", is_nan),
        of_floats!("is_finite", is_finite),
        of_floats!("is_infinite", is_infinite),
    ]
}
