//! `parse_duration(text) -> interval day to second`, `to_milliseconds(interval) -> bigint`,
//! `human_readable_seconds(seconds) -> varchar`. Trino manual, "Date and time functions and
//! operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("parse_duration('3.81 d')"), "3 19:26:24.000");
//! assert_eq!(evaluate("to_milliseconds(parse_duration('1m'))"), "60000");
//! assert_eq!(evaluate("human_readable_seconds(3762)"), "1 hour, 2 minutes, 42 seconds");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Bigint, DayToSecond, Double, Varchar};
use crate::functions::scalar::scalar;
use crate::types::Milliseconds;

pub(in crate::functions) fn udfs() -> [ScalarUDF; 3] {
    [
        scalar("parse_duration")
            .overload([Varchar], DayToSecond, |call| {
                call.try_map1(|text: &str| parse(text).map(Some))
            })
            .udf(),
        scalar("to_milliseconds")
            .overload([DayToSecond], Bigint, |call| {
                call.map1(|interval: Milliseconds| interval.0)
            })
            .udf(),
        scalar("human_readable_seconds")
            .overload([Double], Varchar, |call| {
                call.try_map1(|seconds: f64| readable(seconds).map(Some))
            })
            .udf(),
    ]
}

/// In milliseconds.
const UNITS: [(&str, f64); 7] = [
    ("ns", 1e-6),
    ("us", 1e-3),
    ("ms", 1.0),
    ("s", 1e3),
    ("m", 6e4),
    ("h", 3.6e6),
    ("d", 8.64e7),
];

fn parse(text: &str) -> Result<Milliseconds> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = (text[..end].parse::<f64>(), text[end..].trim());
    let Ok(number) = number else {
        return Err(TrinoError::invalid_argument(format!(
            "duration is not a valid data duration string: {text}"
        )));
    };
    match UNITS.iter().find(|(name, _)| *name == unit) {
        Some((_, millis)) => Ok(Milliseconds((number * millis).round() as i64)),
        None => Err(TrinoError::invalid_argument(format!(
            "Unknown time unit: {unit}"
        ))),
    }
}

const PARTS: [(&str, u64); 5] = [
    ("week", 604_800),
    ("day", 86_400),
    ("hour", 3_600),
    ("minute", 60),
    ("second", 1),
];

fn readable(seconds: f64) -> Result<String> {
    if !seconds.is_finite() {
        return Err(TrinoError::invalid_argument(format!(
            "Invalid argument found: {seconds}"
        )));
    }
    let mut rest = seconds.abs().round() as u64;
    let mut parts = Vec::new();
    for (name, length) in PARTS {
        let count = rest / length;
        rest %= length;
        match count {
            0 => {}
            1 => parts.push(format!("1 {name}")),
            count => parts.push(format!("{count} {name}s")),
        }
    }
    Ok(match parts.is_empty() {
        true => "0 seconds".to_owned(),
        false => parts.join(", "),
    })
}
