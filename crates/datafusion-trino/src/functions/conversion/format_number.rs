//! `format_number(number) -> varchar`: three digits or so, and a letter for thousands, millions,
//! …. Trino manual, "Conversion functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("format_number(123456)"), "123K");
//! assert_eq!(evaluate("format_number(1000000)"), "1M");
//! assert_eq!(evaluate("format_number(-1239.9e0)"), "-1.24K");
//! ```

use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::{Bigint, Double, Varchar};
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("format_number")
        .overload([Bigint], Varchar, |call| {
            call.map1(|number: i64| match number {
                // The one without an opposite keeps its fraction.
                i64::MIN => "-9223.37Q".to_owned(),
                #[expect(clippy::cast_precision_loss, reason = "four digits are left of it")]
                number => format_number(number as f64),
            })
        })
        .overload([Double], Varchar, |call| call.map1(format_number))
        .udf()
}

/// For 10³, 10⁶, …, 10¹⁵.
const UNITS: [&str; 6] = ["", "K", "M", "B", "T", "Q"];

fn format_number(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        let sign = if number < 0.0 { "-" } else { "" };
        return format!("{sign}∞Q");
    }
    let (mut size, mut unit) = (number.abs(), 0);
    while size >= 1_000.0 && unit + 1 < UNITS.len() {
        size /= 1_000.0;
        unit += 1;
    }
    let places = match size {
        ..10.0 => 100.0,
        ..100.0 => 10.0,
        _ => 1.0,
    };
    let rounded = (size * places).round() / places;
    let sign = if number < 0.0 && rounded != 0.0 {
        "-"
    } else {
        ""
    };
    format!("{sign}{rounded}{}", UNITS[unit])
}
