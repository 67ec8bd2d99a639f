//! `json_extract(json, json_path) -> json`: the value at a path. `json_extract_scalar(json,
//! json_path) -> varchar`: the text of the boolean, number or string there. `json_size(json,
//! json_path) -> bigint`: how many elements or members it has. All are null where the path leads
//! nowhere, and for texts that are no JSON up to there. Trino manual, "JSON functions and
//! operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate(r#"json_extract('{"a": {"b": [1, 2]}}', '$.a')"#), r#"{"b":[1,2]}"#);
//! assert_eq!(evaluate(r#"json_extract_scalar('{"a": ["x"]}', '$.a[0]')"#), "x");
//! assert_eq!(evaluate(r#"json_extract_scalar('{"a": ["x"]}', '$.a')"#), "null");
//! assert_eq!(evaluate(r#"json_size('{"a": [1, 2]}', '$.a')"#), "2");
//! assert_eq!(
//!     evaluate("json_extract('{}', 'a')"),
//!     "INVALID_FUNCTION_ARGUMENT: Invalid JSON path: 'a'"
//! );
//! ```

use arrow::array::ArrayRef;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::path::JsonPath;
use crate::functions::compiled::Compiled;
use crate::functions::scalar::Kind::{Bigint, Json, Varchar};
use crate::functions::scalar::{Call, Output, scalar};
use crate::types;
use crate::types::json::{Malformed, Reader, Token, copy};

pub(in crate::functions) fn udfs() -> [ScalarUDF; 3] {
    [
        scalar("json_extract")
            .overload([Varchar, Varchar], Json, |call| in_text(call, value))
            .overload([Json, Varchar], Json, |call| in_json(call, value))
            .udf(),
        scalar("json_extract_scalar")
            .overload([Varchar, Varchar], Varchar, |call| in_text(call, text))
            .overload([Json, Varchar], Varchar, |call| in_json(call, text))
            .udf(),
        scalar("json_size")
            .overload([Varchar, Varchar], Bigint, |call| in_text(call, size))
            .overload([Json, Varchar], Bigint, |call| in_json(call, size))
            .udf(),
    ]
}

/// What is answered of the value that a token begins.
type Answer<T> = fn(&mut Reader<'_>, &Token<'_>) -> Result<Option<T>, Malformed>;

fn in_text<T: Output>(call: &Call<'_>, answer: Answer<T>) -> Result<ArrayRef> {
    let mut paths = Compiled::with(JsonPath::compile);
    call.try_map2(|document: &str, path| {
        let path = paths.get(path)?;
        Ok(path.find(document, |reader, token| answer(reader, &token)))
    })
}

fn in_json<T: Output>(call: &Call<'_>, answer: Answer<T>) -> Result<ArrayRef> {
    let mut paths = Compiled::with(JsonPath::compile);
    call.try_map2(|document: types::Json<&str>, path| {
        let path = paths.get(path)?;
        Ok(path.find(document.0, |reader, token| answer(reader, &token)))
    })
}

fn value(
    reader: &mut Reader<'_>,
    token: &Token<'_>,
) -> Result<Option<types::Json<String>>, Malformed> {
    let mut out = String::new();
    copy(reader, token.clone(), &mut out)?;
    Ok(Some(types::Json(out)))
}

fn text(_: &mut Reader<'_>, token: &Token<'_>) -> Result<Option<String>, Malformed> {
    Ok(match token {
        Token::Text(text) => Some(text.to_string()),
        Token::Number(digits) => Some((*digits).to_owned()),
        Token::Boolean(value) => Some(value.to_string()),
        _ => None,
    })
}

fn size(reader: &mut Reader<'_>, token: &Token<'_>) -> Result<Option<i64>, Malformed> {
    let mut size = 0;
    if matches!(token, Token::BeginArray | Token::BeginObject) {
        loop {
            match reader.expect()? {
                Token::EndArray | Token::EndObject => break,
                Token::Key(_) => {}
                token => {
                    reader.skip(&token)?;
                    size += 1;
                }
            }
        }
    }
    Ok(Some(size))
}
