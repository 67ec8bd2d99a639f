//! `to_base64`, `to_base64url`, `to_base32` (binary) -> varchar, and `from_base64`, `from_base64url`,
//! `from_base32` of text or its bytes -> varbinary. Trino manual, "Binary functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("to_base64(to_utf8('hello world'))"), "aGVsbG8gd29ybGQ=");
//! assert_eq!(evaluate("from_utf8(from_base32('MFRGG==='))"), "abc");
//! ```

use data_encoding::{BASE32, BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, Encoding};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Varbinary, Varchar};
use crate::functions::scalar::scalar;

macro_rules! encoding {
    ($to:literal, $from:literal, $encoding:expr, $unpadded:expr) => {
        [
            scalar($to)
                .overload([Varbinary], Varchar, |call| {
                    call.map1(|bytes: &[u8]| $encoding.encode(bytes))
                })
                .udf(),
            scalar($from)
                .overload([Varchar], Varbinary, |call| {
                    call.try_map1(|text: &str| {
                        decode(&$encoding, $unpadded, text.as_bytes()).map(Some)
                    })
                })
                .overload([Varbinary], Varbinary, |call| {
                    call.try_map1(|text: &[u8]| decode(&$encoding, $unpadded, text).map(Some))
                })
                .udf(),
        ]
    };
}

pub(in crate::functions) fn udfs() -> [ScalarUDF; 6] {
    let [to_base64, from_base64] =
        encoding!("to_base64", "from_base64", BASE64, Some(&BASE64_NOPAD));
    let [to_url, from_url] = encoding!(
        "to_base64url",
        "from_base64url",
        BASE64URL,
        Some(&BASE64URL_NOPAD)
    );
    let [to_base32, from_base32] = encoding!("to_base32", "from_base32", BASE32, None);
    [
        to_base64,
        from_base64,
        to_url,
        from_url,
        to_base32,
        from_base32,
    ]
}

/// Java's decoders of Base64 take texts without padding too, and bits that tell nothing.
fn decode(encoding: &Encoding, unpadded: Option<&Encoding>, text: &[u8]) -> Result<Vec<u8>> {
    let decoded = match unpadded {
        Some(unpadded) if !text.ends_with(b"=") => lenient(unpadded).decode(text),
        _ => lenient(encoding).decode(text),
    };
    decoded.map_err(|error| TrinoError::invalid_argument(error.to_string()))
}

fn lenient(encoding: &Encoding) -> Encoding {
    let mut specification = encoding.specification();
    specification.check_trailing_bits = false;
    specification
        .encoding()
        .unwrap_or_else(|_| encoding.clone())
}
