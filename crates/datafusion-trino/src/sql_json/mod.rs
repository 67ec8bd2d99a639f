//! SQL/JSON: `json_exists`, `json_query`, `json_value`, `json_array` and `json_object`, and the path
//! language of the first three. Trino manual, "JSON functions and operators".
//!
//! The dialect writes their clauses as a text, the first argument of a function whose name begins
//! with `$`: see [`Clauses`].
//!
//! ```
//! # use datafusion_trino::evaluate;
//! let books = r#"'[{"title": "A", "price": 8.5}, {"title": "B", "price": 12}]'"#;
//! for (expression, answer) in [
//!     ("json_exists(?, 'lax $[*]?(@.price > 10)')", "true"),
//!     ("json_exists(?, 'strict $[2]' UNKNOWN ON ERROR)", "null"),
//!     ("json_query(?, 'lax $[*].title' WITH ARRAY WRAPPER)", r#"["A","B"]"#),
//!     ("json_query(?, 'lax $[0].title' OMIT QUOTES)", "A"),
//!     ("json_value(?, 'lax $[last].price * $n' PASSING 2 AS \"n\" RETURNING bigint)", "24"),
//!     ("json_value(?, 'lax $[*].price' DEFAULT -1 ON ERROR)", "-1"),
//!     ("json_array(1, NULL, 'x' NULL ON NULL)", r#"[1,null,"x"]"#),
//!     ("json_object('a' : 1.50, KEY 'b' VALUE json_array())", r#"{"a":1.50,"b":[]}"#),
//!     (
//!         "json_value(?, 'strict $.x' ERROR ON ERROR)",
//!         "PATH_EVALUATION_ERROR: path evaluation failed: invalid item type. Expected: OBJECT, actual: ARRAY",
//!     ),
//!     (
//!         "json_exists(?, 'lax $n' PASSING 2 AS n)",
//!         "INVALID_PATH: line 1:8: no value passed for parameter n. Try quoting \"n\" in the PASSING clause to match case",
//!     ),
//! ] {
//!     assert_eq!(evaluate(&expression.replace("(?", &format!("({books}"))), answer, "{expression}");
//! }
//! ```

mod clauses;
mod construct;
mod evaluate;
mod function;
mod item;
mod java_map;
mod operators;
mod parse;
mod path;
mod predicate;
mod query;

use datafusion::logical_expr::ScalarUDF;

pub(crate) use clauses::{Behavior, Clauses, Encoding, Format, Function, Named, Wrapper};

/// The functions, to be registered with a session.
pub(crate) fn functions() -> Vec<ScalarUDF> {
    let functions = [
        Function::Exists,
        Function::Query,
        Function::Value,
        Function::Array,
        Function::Object,
    ];
    functions.map(function::udf).to_vec()
}
