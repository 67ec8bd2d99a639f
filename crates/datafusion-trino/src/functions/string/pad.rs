//! `lpad(string, size, padstring)` and `rpad(string, size, padstring)` -> varchar, in code points,
//! and of binary in bytes; longer values are cut. Trino manual, "String functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("lpad('text', 7, 'xy')"), "xyxtext");
//! assert_eq!(evaluate("rpad('text', 2, 'x')"), "te");
//! assert_eq!(evaluate("lpad('text', 7, '')"),
//!     "INVALID_FUNCTION_ARGUMENT: Padding string must not be empty");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Bigint, Varbinary, Varchar};
use crate::functions::scalar::scalar;

macro_rules! pad {
    ($name:literal, $pad:ident) => {
        scalar($name)
            .overload([Varchar, Bigint, Varchar], Varchar, |call| {
                call.try_map3(|text: &str, size: i64, padding: &str| {
                    let text: Vec<char> = text.chars().collect();
                    let padding: Vec<char> = padding.chars().collect();
                    let size = checked(size, &padding, "Padding string must not be empty")?;
                    Ok(Some(
                        $pad(&text, size, &padding).into_iter().collect::<String>(),
                    ))
                })
            })
            .overload([Varbinary, Bigint, Varbinary], Varbinary, |call| {
                call.try_map3(|bytes: &[u8], size: i64, padding: &[u8]| {
                    let size = checked(size, padding, "Padding bytes must not be empty")?;
                    Ok(Some($pad(bytes, size, padding)))
                })
            })
            .udf()
    };
}

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    [pad!("lpad", left), pad!("rpad", right)]
}

fn checked<T>(size: i64, padding: &[T], empty: &str) -> Result<usize> {
    let size = i32::try_from(size)
        .ok()
        .and_then(|size| usize::try_from(size).ok());
    let size = size.ok_or_else(|| {
        let message = format!("Target length must be in the range [0..{}]", i32::MAX);
        TrinoError::invalid_argument(message)
    })?;
    match padding.is_empty() {
        true => Err(TrinoError::invalid_argument(empty)),
        false => Ok(size),
    }
}

fn left<T: Copy>(value: &[T], size: usize, padding: &[T]) -> Vec<T> {
    let missing = size.saturating_sub(value.len());
    let padding = padding.iter().cycle().take(missing);
    padding.chain(value.iter().take(size)).copied().collect()
}

fn right<T: Copy>(value: &[T], size: usize, padding: &[T]) -> Vec<T> {
    let padding = padding.iter().cycle();
    value.iter().chain(padding).take(size).copied().collect()
}
