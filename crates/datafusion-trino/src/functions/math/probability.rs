//! `normal_cdf(mean, sd, v)`, `inverse_normal_cdf(mean, sd, p)`, `beta_cdf(a, b, v)` and
//! `inverse_beta_cdf(a, b, p)` -> double. Trino manual, "Mathematical functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("normal_cdf(0, 1, 0)"), "0.5");
//! assert_eq!(evaluate("round(inverse_normal_cdf(0, 1, 0.975e0), 6)"), "1.959964");
//! assert_eq!(evaluate("inverse_beta_cdf(3, 6, 1.1e0)"),
//!     "INVALID_FUNCTION_ARGUMENT: p must be in the interval [0, 1]");
//! ```

use std::f64::consts::SQRT_2;

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use statrs::function::beta::{beta_reg, inv_beta_reg};
use statrs::function::erf::{erf, erf_inv};

use crate::error::TrinoError;
use crate::functions::scalar::Kind::Double;
use crate::functions::scalar::scalar;

type Distribution = fn(f64, f64, f64) -> Result<f64>;

pub(in crate::functions) fn udfs() -> [ScalarUDF; 4] {
    macro_rules! distribution {
        ($name:literal, $of:expr) => {
            scalar($name)
                .overload([Double, Double, Double], Double, |call| {
                    let of: Distribution = $of;
                    call.try_map3(|a, b, x| of(a, b, x).map(Some))
                })
                .udf()
        };
    }
    [
        distribution!("normal_cdf", |mean, deviation, x| {
            check(deviation > 0.0, "standardDeviation must be > 0")?;
            Ok(0.5 * (1.0 + erf((x - mean) / (deviation * SQRT_2))))
        }),
        distribution!("inverse_normal_cdf", |mean, deviation, p| {
            check(p > 0.0 && p < 1.0, "p must be 0 > p > 1")?;
            check(deviation > 0.0, "standardDeviation must be > 0")?;
            Ok(mean + deviation * SQRT_2 * erf_inv(2.0 * p - 1.0))
        }),
        distribution!("beta_cdf", |a, b, x| {
            check(
                (0.0..=1.0).contains(&x),
                "value must be in the interval [0, 1]",
            )?;
            check_shape(a, b)?;
            Ok(beta_reg(a, b, x))
        }),
        distribution!("inverse_beta_cdf", |a, b, p| {
            check((0.0..=1.0).contains(&p), "p must be in the interval [0, 1]")?;
            check_shape(a, b)?;
            Ok(inv_beta_reg(a, b, p))
        }),
    ]
}

fn check_shape(a: f64, b: f64) -> Result<()> {
    check(a > 0.0, "a must be > 0")?;
    check(b > 0.0, "b must be > 0")
}

fn check(holds: bool, message: &str) -> Result<()> {
    match holds {
        true => Ok(()),
        false => Err(TrinoError::invalid_argument(message)),
    }
}
