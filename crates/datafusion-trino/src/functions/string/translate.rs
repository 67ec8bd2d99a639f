//! `translate(source, from, to) -> varchar`: each character of `from` becomes the one at its place
//! in `to`, or goes if there is none. Trino manual, "String functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("translate('abcd', 'abc', 'xy')"), "xyd");
//! ```

use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::Varchar;
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("translate")
        .overload([Varchar, Varchar, Varchar], Varchar, |call| {
            call.try_map3(|text: &str, from: &str, to: &str| Ok(Some(translated(text, from, to))))
        })
        .udf()
}

fn translated(text: &str, from: &str, to: &str) -> String {
    text.chars()
        .filter_map(|c| match from.chars().position(|listed| listed == c) {
            Some(place) => to.chars().nth(place),
            None => Some(c),
        })
        .collect()
}
