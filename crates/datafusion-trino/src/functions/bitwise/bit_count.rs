//! `bit_count(x, bits) -> bigint`: the ones in `x` as a two's complement number of so many bits.
//! Trino manual, "Bitwise functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("bit_count(9, 64)"), "2");
//! assert_eq!(evaluate("bit_count(-7, 8)"), "6");
//! assert!(evaluate("bit_count(128, 8)").ends_with("128 can not be represented with 8 bits"));
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::Bigint;
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("bit_count")
        .overload([Bigint, Bigint], Bigint, |call| {
            call.try_map2(|number: i64, bits: i64| bit_count(number, bits).map(Some))
        })
        .udf()
}

fn bit_count(number: i64, bits: i64) -> Result<i64> {
    if bits == 64 {
        return Ok(number.count_ones().into());
    }
    if !(2..64).contains(&bits) {
        return Err(TrinoError::invalid_argument(format!(
            "Bits specified in bit_count must be between 2 and 64, got {bits}"
        )));
    }
    let (lowest, highest) = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1);
    if !(lowest..=highest).contains(&number) {
        return Err(TrinoError::invalid_argument(format!(
            "Number must be representable with the bits specified. {number} can not be represented with {bits} bits"
        )));
    }
    let mask = (1_i64 << bits) - 1;
    Ok((number & mask).count_ones().into())
}
