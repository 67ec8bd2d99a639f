//! `truncate(x)` and `truncate(x, n)` -> [same as input]: drops digits after the point; `n` may be
//! negative. Trino manual, "Mathematical functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("truncate(-1.9e0)"), "-1.0");
//! assert_eq!(evaluate("truncate(1234.56, 1)"), "1234.50");
//! assert_eq!(evaluate("truncate(1234.56, -2)"), "1200.00");
//! ```

use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::functions::decimal;
use crate::functions::scalar::Kind::{Decimal, Double, Integer, Real};
use crate::functions::scalar::{Returns, scalar};

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("truncate")
        .overload([Decimal], Returns::Of(whole), |call| {
            let (_, scale) = decimal::parts(call.data_type(0));
            let one = decimal::power_of_ten(scale.unsigned_abs().into());
            call.map1(|x: i128| x / one)
        })
        .overload([Decimal, Integer], Returns::Of(same), |call| {
            let (_, scale) = decimal::parts(call.data_type(0));
            call.map2(|x: i128, digits: i32| {
                let dropped = i32::from(scale).saturating_sub(digits);
                match u32::try_from(dropped) {
                    Ok(dropped @ ..=38) => x - x % decimal::power_of_ten(dropped),
                    Ok(_) => 0,
                    Err(_) => x,
                }
            })
        })
        .overload([Real], Real, |call| call.map1(f32::trunc))
        .overload([Double], Double, |call| call.map1(f64::trunc))
        .udf()
}

fn whole(types: &[DataType]) -> Result<DataType> {
    Ok(decimal::whole(&types[0], 0))
}

fn same(types: &[DataType]) -> Result<DataType> {
    Ok(types[0].clone())
}
