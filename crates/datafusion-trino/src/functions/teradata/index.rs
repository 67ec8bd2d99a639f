//! `index(string, substring) -> bigint`: where the substring begins, counted from 1, 0 if it is not
//! there. `char2hexint(string) -> varchar`: the text's UTF-16 in hexadecimal digits. Trino manual,
//! "Teradata functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("index('high', 'ig')"), "2");
//! assert_eq!(evaluate("char2hexint('123')"), "003100320033");
//! ```

use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::{Bigint, Varchar};
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    [
        scalar("index")
            .overload([Varchar, Varchar], Bigint, |call| {
                call.map2(|text: &str, wanted: &str| {
                    let before = text.find(wanted).map(|start| text[..start].chars().count());
                    let place = before.and_then(|before| i64::try_from(before + 1).ok());
                    place.unwrap_or(0)
                })
            })
            .udf(),
        scalar("char2hexint")
            .overload([Varchar], Varchar, |call| {
                call.map1(|text: &str| {
                    let units = text.encode_utf16().map(|unit| format!("{unit:04X}"));
                    units.collect::<String>()
                })
            })
            .udf(),
    ]
}
