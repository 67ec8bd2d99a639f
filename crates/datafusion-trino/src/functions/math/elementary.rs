//! Powers, logarithms, trigonometric and hyperbolic functions: doubles in, a double out. What has
//! no value is NaN. Trino manual, "Mathematical functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("sqrt(16)"), "4.0");
//! assert_eq!(evaluate("power(2, 10)"), "1024.0");
//! assert_eq!(evaluate("log(2, 8)"), "3.0");
//! assert_eq!(evaluate("ln(-1)"), "NaN");
//! ```

use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::Double;
use crate::functions::scalar::scalar;

macro_rules! of_one {
    ($($name:literal => $function:expr,)*) => {
        [$(scalar($name)
            .overload([Double], Double, |call| call.map1($function))
            .udf(),)*]
    };
}

macro_rules! of_two {
    ($($name:literal => $function:expr,)*) => {
        [$(scalar($name)
            .overload([Double, Double], Double, |call| call.map2($function))
            .udf(),)*]
    };
}

pub(in crate::functions) fn udfs() -> Vec<ScalarUDF> {
    let of_one = of_one! {
        "acos" => f64::acos,
        "asin" => f64::asin,
        "atan" => f64::atan,
        "cbrt" => f64::cbrt,
        "cos" => f64::cos,
        "cosh" => f64::cosh,
        "degrees" => f64::to_degrees,
        "exp" => f64::exp,
        "ln" => f64::ln,
        "log2" => f64::log2,
        "log10" => f64::log10,
        "radians" => f64::to_radians,
        "sin" => f64::sin,
        "sinh" => f64::sinh,
        "sqrt" => f64::sqrt,
        "tan" => f64::tan,
        "tanh" => f64::tanh,
    };
    let of_two = of_two! {
        "atan2" => f64::atan2,
        "log" => |base: f64, x: f64| x.ln() / base.ln(),
        "pow" => f64::powf,
        "power" => f64::powf,
    };
    of_one.into_iter().chain(of_two).collect()
}
