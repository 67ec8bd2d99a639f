use std::time::Duration;

use lakebed_core::Platform;
use serde_json::{Value, json};

/// What `/_lakebed/clock` tells: what the clock shows, and how far it is ahead of the machine's.
pub(super) fn report(platform: &Platform) -> Value {
    json!({
        "now": platform.clock.now().to_rfc3339(),
        "ahead_seconds": platform.clock.ahead().as_secs_f64(),
    })
}

/// Reads how far the clock is to be advanced from a query such as `advance=30d`.
///
/// # Errors
/// What is wrong with it, for a person.
pub(super) fn advance_of(query: &str) -> Result<Duration, String> {
    form_urlencoded::parse(query.as_bytes())
        .find_map(|(name, value)| (name == "advance").then(|| parse(&value)))
        .unwrap_or_else(|| Err("say how far, as in advance=30d".to_owned()))
}

/// Reads a length of time: a whole number, and `s`, `m`, `h`, `d` or `w`.
fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("'{text}' is no length of time such as 90s, 15m, 12h, 30d or 2w");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return Err(wrong()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    let length = number
        .checked_mul(seconds)
        .filter(|length| *length <= LONGEST);
    length
        .map(Duration::from_secs)
        .ok_or_else(|| format!("'{text}' is more than a hundred years"))
}

/// The most the clock is advanced at once, in seconds.
const LONGEST: u64 = 100 * 366 * 86_400;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("90s", 90)]
    #[case("15m", 900)]
    #[case("12h", 43_200)]
    #[case("30d", 2_592_000)]
    #[case("2w", 1_209_600)]
    fn lengths_of_time_have_a_unit(#[case] text: &str, #[case] seconds: u64) {
        let query = format!("advance={text}");
        assert_eq!(advance_of(&query), Ok(Duration::from_secs(seconds)));
    }

    #[rstest]
    #[case("")]
    #[case("advance=")]
    #[case("advance=30")]
    #[case("advance=-1d")]
    #[case("advance=1.5d")]
    #[case("advance=9999999d")]
    #[case("advance=30%E4")]
    fn other_texts_are_refused(#[case] query: &str) {
        assert!(advance_of(query).is_err());
    }
}
