//! `abs(x) -> [same as input]`. The smallest integers have no opposite and are refused. Trino
//! manual, "Mathematical functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("abs(-1.50)"), "1.50");
//! assert_eq!(evaluate("abs(TINYINT '-128')"),
//!     "NUMERIC_VALUE_OUT_OF_RANGE: Value -128 is out of range for abs(tinyint)");
//! ```

use std::fmt::Display;

use arrow::datatypes::{DataType, Float32Type, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::{ErrorCode, TrinoError};
use crate::functions::scalar::Kind::{Bigint, Decimal, Double, Integer, Real, Smallint, Tinyint};
use crate::functions::scalar::{Returns, Scalar, scalar};

pub(in crate::functions) fn udf() -> ScalarUDF {
    abs().udf()
}

pub(crate) fn abs() -> Scalar {
    scalar("abs")
        .overload([Tinyint], Tinyint, |call| {
            call.try_map1(|x: i8| positive(x, x.checked_abs(), "tinyint"))
        })
        .overload([Smallint], Smallint, |call| {
            call.try_map1(|x: i16| positive(x, x.checked_abs(), "smallint"))
        })
        .overload([Integer], Integer, |call| {
            call.try_map1(|x: i32| positive(x, x.checked_abs(), "integer"))
        })
        .overload([Bigint], Bigint, |call| {
            call.try_map1(|x: i64| positive(x, x.checked_abs(), "bigint"))
        })
        .overload([Decimal], Returns::Of(same), |call| call.map1(i128::abs))
        .overload([Real], Real, |call| call.unary::<Float32Type>(f32::abs))
        .overload([Double], Double, |call| call.unary::<Float64Type>(f64::abs))
}

fn same(types: &[DataType]) -> Result<DataType> {
    Ok(types[0].clone())
}

fn positive<T: Display>(value: T, positive: Option<T>, kind: &str) -> Result<Option<T>> {
    match positive {
        Some(positive) => Ok(Some(positive)),
        None => Err(TrinoError::new(
            ErrorCode::NumericValueOutOfRange,
            format!("Value {value} is out of range for abs({kind})"),
        )
        .into()),
    }
}
