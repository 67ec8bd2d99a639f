//! `concat_ws(separator, string1, …) -> varchar` and `concat_ws(separator, array(varchar))`: nulls
//! are left out, a null separator makes null. Trino manual, "String functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("concat_ws(',', 'a', NULL, 'b')"), "a,b");
//! assert_eq!(evaluate("concat_ws(NULL, 'a')"), "null");
//! ```

use arrow::array::{Array, ArrayRef, AsArray};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::{Varchar, Varchars};
use crate::functions::scalar::{Call, scalar};

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("concat_ws")
        .overload([Varchar, Varchars], Varchar, elements)
        .variadic([Varchar, Varchar, Varchar], Varchar, arguments)
        .udf()
}

fn arguments(call: &Call<'_>) -> Result<ArrayRef> {
    let separators = call.column::<&str>(0)?;
    let texts = (1..call.len())
        .map(|argument| call.column::<&str>(argument))
        .collect::<Result<Vec<_>>>()?;
    call.collect(|row| {
        let separator = separators.get(row);
        Ok(separator.map(|separator| join(texts.iter().map(|text| text.get(row)), separator)))
    })
}

fn elements(call: &Call<'_>) -> Result<ArrayRef> {
    let separators = call.column::<&str>(0)?;
    let lists = call.array(1)?;
    let lists = lists.as_list::<i32>();
    call.collect(|row| {
        let Some(separator) = separators.get(row).filter(|_| lists.is_valid(row)) else {
            return Ok(None);
        };
        let elements = lists.value(row);
        Ok(Some(join(elements.as_string::<i32>().iter(), separator)))
    })
}

fn join<'a>(texts: impl Iterator<Item = Option<&'a str>>, separator: &str) -> String {
    let mut joined = String::new();
    for (place, text) in texts.flatten().enumerate() {
        if place > 0 {
            joined.push_str(separator);
        }
        joined.push_str(text);
    }
    joined
}
