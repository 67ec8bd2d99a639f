//! `format(format, args...) -> varchar`: Java's `String.format`. Trino manual, "Conversion
//! functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("format('%s%%', 123)"), "123%");
//! assert_eq!(evaluate("format('%,.2f', 1234567.891)"), "1,234,567.89");
//! assert_eq!(evaluate("format('%-7s|%2$s', 'a', 'b')"), "a      |b");
//! assert_eq!(evaluate("format('%1$tA, %1$tB %1$te, %1$tY', DATE '2006-07-04')"), "Tuesday, July 4, 2006");
//! assert_eq!(
//!     evaluate("format('%d', 'x')"),
//!     "INVALID_FUNCTION_ARGUMENT: Invalid format string: d != java.lang.String"
//! );
//! ```

mod moment;
mod number;
mod pattern;
mod value;

use arrow::array::ArrayRef;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::compiled::Compiled;
use crate::functions::scalar::Kind::{Any, Varchar};
use crate::functions::scalar::{Call, scalar};
use pattern::Pattern;
use value::{Column, Value};

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("format")
        .variadic([Varchar, Any, Any], Varchar, format)
        .udf()
}

fn format(call: &Call<'_>) -> Result<ArrayRef> {
    let patterns = call.column::<&str>(0)?;
    let columns = (1..call.len())
        .map(|argument| Column::of(&call.array(argument)?))
        .collect::<Result<Vec<_>>>()?;
    let mut compiled =
        Compiled::with(|text| Pattern::compile(text).map_err(|reason| invalid(&reason)));
    let mut values: Vec<Value> = Vec::with_capacity(columns.len());
    call.collect(|row| {
        let Some(pattern) = patterns.get(row) else {
            return Ok(None);
        };
        let pattern = compiled.get(pattern)?;
        values.clear();
        for column in &columns {
            values.push(column.value(row)?);
        }
        let formatted = pattern.format(&values);
        formatted.map(Some).map_err(|reason| invalid(&reason))
    })
}

/// A reason in the words of Java's exceptions.
fn invalid(reason: &str) -> datafusion::error::DataFusionError {
    TrinoError::invalid_argument(format!("Invalid format string: {reason}"))
}

#[cfg(test)]
mod tests {
    use crate::evaluate;

    #[test]
    fn specifiers_are_java_s() {
        for (arguments, expected) in [
            (
                "'%d|%5d|%-5d|%05d|%+d|% d|%,d', 1, 2, 3, 4, 5, 6, 1234567",
                "1|    2|3    |00004|+5| 6|1,234,567",
            ),
            (
                "'%(d|%x|%X|%#x|%o', -7, 255, 255, 255, 8",
                "(7)|ff|FF|0xff|10",
            ),
            ("'%x', -1", "ffffffffffffffff"),
            (
                "'%f|%.2f|%.0f|%10.3f|%010.3f|%,.2f', 1.5e0, 2.345e0, 2.5e0, -1e0, -1e0, 1234567.891e0",
                "1.500000|2.35|3|    -1.000|-00001.000|1,234,567.89",
            ),
            (
                "'%e|%.2E|%e', 12.3456e0, 0.00012e0, 0e0",
                "1.234560e+01|1.20E-04|0.000000e+00",
            ),
            (
                "'%g|%g|%.3g', 123.456e0, 0.00001e0, 1e10",
                "123.456|1.00000e-05|1.00e+10",
            ),
            ("'%a', 1.5e0", "0x1.8p0"),
            (
                "'%.1f|%.3f', DECIMAL '2.25', DECIMAL '-0.0005'",
                "2.3|-0.001",
            ),
            (
                "'%s|%10s|%-4s|%.2s|%S', 'a', 'b', 'c', 'long', 'up'",
                "a|         b|c   |lo|UP",
            ),
            (
                "'%b|%b|%B|%s', true, NULL, 'x', NULL",
                "true|false|TRUE|null",
            ),
            ("'%2$s %1$s %<s %s', 'a', 'b'", "b a a a"),
            ("'%h', 'hello'", "5e918d2"),
            (
                "'%tF %<tT.%<tL %<tp', TIMESTAMP '2001-02-03 16:05:06.789'",
                "2001-02-03 16:05:06.789 pm",
            ),
            (
                "'%tc', TIMESTAMP '2001-02-03 04:05:06 UTC'",
                "Sat Feb 03 04:05:06 UTC 2001",
            ),
            (
                "'%tz %<ts', TIMESTAMP '1970-01-01 09:00:10 Asia/Tokyo'",
                "+0900 10",
            ),
            ("'%s', e()", "2.718281828459045"),
            ("'100%%%n', 1", "100%\n"),
            ("'%s', NULL", "null"),
        ] {
            assert_eq!(
                evaluate(&format!("format({arguments})")),
                expected,
                "{arguments}"
            );
        }
        for (arguments, reason) in [
            ("'%d', 1.5", "d != java.math.BigDecimal"),
            ("'%y', 1", "Conversion = 'y'"),
            ("'%s %s', 1", "Format specifier '%s'"),
            ("'%-d', 1", "%-d"),
            ("'%.2d', 1", "2"),
            ("'%', 1", "Conversion = '%'"),
            ("'%tH', DATE '2001-01-01'", "H != java.time.LocalDate"),
        ] {
            let expected = format!("INVALID_FUNCTION_ARGUMENT: Invalid format string: {reason}");
            assert_eq!(
                evaluate(&format!("format({arguments})")),
                expected,
                "{arguments}"
            );
        }
    }
}
