//! `length(string) -> bigint` in code points, of binary in bytes. Trino manual, "String functions
//! and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("length('안녕')"), "2");
//! assert_eq!(evaluate("length(to_utf8('안녕'))"), "6");
//! ```

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::buffer::ScalarBuffer;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::{Bigint, Varbinary, Varchar};
use crate::functions::scalar::{Call, scalar};

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("length")
        .overload([Varchar], Bigint, characters)
        .overload([Varbinary], Bigint, |call| {
            call.map1(|bytes: &[u8]| i64::try_from(bytes.len()).unwrap_or(i64::MAX))
        })
        .udf()
}

fn characters(call: &Call<'_>) -> Result<ArrayRef> {
    let texts = call.array(0)?;
    match texts.as_string_opt::<i32>() {
        // Each has as many characters as bytes.
        Some(texts) if texts.is_ascii() => {
            let lengths = texts.offsets().lengths().map(|length| length as i64);
            let lengths: ScalarBuffer<i64> = lengths.collect();
            Ok(Arc::new(Int64Array::new(lengths, texts.nulls().cloned())))
        }
        _ => call.map1(|text: &str| i64::try_from(text.chars().count()).unwrap_or(i64::MAX)),
    }
}
