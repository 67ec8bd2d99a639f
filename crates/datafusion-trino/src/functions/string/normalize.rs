//! `normalize(string[, form]) -> varchar`: Unicode's normal form NFC, or NFD, NFKC or NFKD. Trino
//! manual, "String functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("length(normalize('é', NFD))"), "2");
//! assert_eq!(evaluate("normalize('ﾊﾝｶｸ', NFKC)"), "ハンカク");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use unicode_normalization::UnicodeNormalization;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::Varchar;
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("normalize")
        .overload([Varchar], Varchar, |call| {
            call.map1(|text: &str| text.nfc().collect::<String>())
        })
        .overload([Varchar, Varchar], Varchar, |call| {
            call.try_map2(|text: &str, form: &str| normalized(text, form).map(Some))
        })
        .udf()
}

fn normalized(text: &str, form: &str) -> Result<String> {
    Ok(match form {
        "NFC" => text.nfc().collect(),
        "NFD" => text.nfd().collect(),
        "NFKC" => text.nfkc().collect(),
        "NFKD" => text.nfkd().collect(),
        _ => {
            return Err(TrinoError::invalid_argument(
                "Normalization form must be one of [NFD, NFC, NFKD, NFKC]",
            ));
        }
    })
}
