//! `json_array_get(json_array, index) -> json`: the element at a place that is counted from 0, or
//! from -1 backwards; null if there is none. A string comes without its quotes, and so is no JSON.
//! Trino manual, "JSON functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate(r#"json_array_get('["a", [3, 9], "c"]', 1)"#), "[3,9]");
//! assert_eq!(evaluate(r#"json_array_get('["a", [3, 9], "c"]', -1)"#), "c");
//! assert_eq!(evaluate("json_array_get('[]', 0)"), "null");
//! ```

use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::{Bigint, Json, Varchar};
use crate::functions::scalar::scalar;
use crate::types;
use crate::types::json::{Malformed, Reader, Token, copy};

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("json_array_get")
        .overload([Varchar, Bigint], Json, |call| {
            call.try_map2(|text: &str, index: i64| {
                Ok(element(text, index).unwrap_or_default().map(types::Json))
            })
        })
        .overload([Json, Bigint], Json, |call| {
            call.try_map2(|json: types::Json<&str>, index: i64| {
                Ok(element(json.0, index).unwrap_or_default().map(types::Json))
            })
        })
        .udf()
}

fn element(text: &str, index: i64) -> Result<Option<String>, Malformed> {
    let mut reader = Reader::new(text);
    if reader.expect()? != Token::BeginArray {
        return Ok(None);
    }
    let mut place = 0;
    loop {
        match reader.expect()? {
            Token::EndArray => {
                let from_end = index.checked_add(place).filter(|_| index < 0);
                return match from_end {
                    Some(index) if index >= 0 => element(text, index),
                    _ => Ok(None),
                };
            }
            token if place < index || index < 0 => reader.skip(&token)?,
            Token::Null => return Ok(None),
            Token::Text(text) => return Ok(Some(text.into_owned())),
            Token::Number(digits) => return Ok(Some(digits.to_owned())),
            token => {
                let mut out = String::new();
                copy(&mut reader, token, &mut out)?;
                return Ok(Some(out));
            }
        }
        place += 1;
    }
}
