//! `random() -> double`, `random(n)` and `random(m, n)` -> [same as input]: at least 0 or `m`, below
//! 1 or `n`. `rand` is another name. Trino manual, "Mathematical functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("random(7, 8)"), "7");
//! assert_eq!(evaluate("random(0)"), "INVALID_FUNCTION_ARGUMENT: bound must be positive");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use rand::Rng;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Bigint, Double, Integer, Smallint, Tinyint};
use crate::functions::scalar::{Scalar, scalar};

macro_rules! below {
    ($function:expr, $kind:ident, $native:ty) => {
        $function
            .overload([$kind], $kind, |call| {
                call.try_map1(|stop: $native| below_bound(stop, 0))
            })
            .overload([$kind, $kind], $kind, |call| {
                call.try_map2(|start: $native, stop: $native| between(start, stop))
            })
    };
}

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    [random("random"), random("rand")]
}

fn random(name: &'static str) -> ScalarUDF {
    let function: Scalar = scalar(name).volatile().overload([], Double, |call| {
        let mut rng = rand::rng();
        call.collect(|_| Ok(Some(rng.random::<f64>())))
    });
    let function = below!(function, Tinyint, i8);
    let function = below!(function, Smallint, i16);
    let function = below!(function, Integer, i32);
    below!(function, Bigint, i64).udf()
}

fn below_bound<T>(stop: T, zero: T) -> Result<Option<T>>
where
    T: PartialOrd + rand::distr::uniform::SampleUniform,
{
    if stop <= zero {
        return Err(TrinoError::invalid_argument("bound must be positive"));
    }
    Ok(Some(rand::rng().random_range(zero..stop)))
}

fn between<T>(start: T, stop: T) -> Result<Option<T>>
where
    T: PartialOrd + rand::distr::uniform::SampleUniform,
{
    if start >= stop {
        return Err(TrinoError::invalid_argument(
            "start value must be less than stop value",
        ));
    }
    Ok(Some(rand::rng().random_range(start..stop)))
}
