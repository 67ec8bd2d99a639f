//! `wilson_interval_lower(successes, trials, z) -> double` and `wilson_interval_upper`: the bounds
//! of Wilson's score interval of a Bernoulli process. Trino manual, "Mathematical functions and
//! operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("round(wilson_interval_lower(1250, 1310, 1.96e0), 6)"), "0.941488");
//! assert_eq!(evaluate("wilson_interval_upper(2, 1, 1e0)"),
//!     "INVALID_FUNCTION_ARGUMENT: number of successes must not be larger than number of trials");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Bigint, Double};
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    [
        scalar("wilson_interval_lower")
            .overload([Bigint, Bigint, Double], Double, |call| {
                call.try_map3(|successes, trials, z| Ok(Some(interval(successes, trials, z)?.0)))
            })
            .udf(),
        scalar("wilson_interval_upper")
            .overload([Bigint, Bigint, Double], Double, |call| {
                call.try_map3(|successes, trials, z| Ok(Some(interval(successes, trials, z)?.1)))
            })
            .udf(),
    ]
}

#[allow(clippy::cast_precision_loss, reason = "proportions are doubles")]
fn interval(successes: i64, trials: i64, z: f64) -> Result<(f64, f64)> {
    let refusal = if successes < 0 {
        Some("number of successes must not be negative")
    } else if trials <= 0 {
        Some("number of trials must be positive")
    } else if successes > trials {
        Some("number of successes must not be larger than number of trials")
    } else if z < 0.0 {
        Some("z-score must not be negative")
    } else {
        None
    };
    if let Some(refusal) = refusal {
        return Err(TrinoError::invalid_argument(refusal));
    }
    let n = trials as f64;
    let p = successes as f64 / n;
    let middle = p + z * z / (2.0 * n);
    let width = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    Ok(((middle - width) / scale, (middle + width) / scale))
}
