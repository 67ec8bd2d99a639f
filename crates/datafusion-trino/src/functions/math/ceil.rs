//! `ceil(x)`, `ceiling(x)` and `floor(x)` -> [same as input], for decimals without digits after the
//! point. Trino manual, "Mathematical functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("ceil(1.2e0)"), "2.0");
//! assert_eq!(evaluate("ceil(99.9)"), "100");
//! assert_eq!(evaluate("floor(-1.5)"), "-2");
//! ```

use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::functions::decimal;
use crate::functions::scalar::Kind::{Bigint, Decimal, Double, Integer, Real, Smallint, Tinyint};
use crate::functions::scalar::{Returns, Scalar, scalar};

macro_rules! to_whole {
    ($name:literal, $round:ident, $divide:ident) => {
        scalar($name)
            .overload([Tinyint], Tinyint, |call| call.array(0))
            .overload([Smallint], Smallint, |call| call.array(0))
            .overload([Integer], Integer, |call| call.array(0))
            .overload([Bigint], Bigint, |call| call.array(0))
            .overload([Decimal], Returns::Of(whole), |call| {
                let (_, scale) = decimal::parts(call.data_type(0));
                let one = decimal::power_of_ten(scale.unsigned_abs().into());
                call.map1(|x: i128| $divide(x, one))
            })
            .overload([Real], Real, |call| call.map1(f32::$round))
            .overload([Double], Double, |call| call.map1(f64::$round))
    };
}

pub(in crate::functions) fn udfs() -> [ScalarUDF; 3] {
    [
        to_whole!("ceil", ceil, divide_up).udf(),
        ceiling().udf(),
        floor().udf(),
    ]
}

pub(crate) fn ceiling() -> Scalar {
    to_whole!("ceiling", ceil, divide_up)
}

pub(crate) fn floor() -> Scalar {
    to_whole!("floor", floor, divide_down)
}

fn divide_down(x: i128, one: i128) -> i128 {
    x.div_euclid(one)
}

fn divide_up(x: i128, one: i128) -> i128 {
    -(-x).div_euclid(one)
}

/// The digits before the point and one that rounding can add.
fn whole(types: &[DataType]) -> Result<DataType> {
    let (_, scale) = decimal::parts(&types[0]);
    Ok(decimal::whole(&types[0], u8::from(scale > 0)))
}
