use std::error::Error;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

/// An error with its causes, each on a line of its own.
pub(crate) fn error(error: &dyn Error) -> String {
    let red = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
    let mut text = format!("{red}error:{red:#} {error}");
    let mut cause = error.source();
    while let Some(next) = cause {
        let _ = write!(text, "\n  because: {next}");
        cause = next.source();
    }
    text
}

/// Text that stands out: titles, addresses.
pub(crate) fn strong(text: &str) -> String {
    let bold = Style::new().bold();
    format!("{bold}{text}{bold:#}")
}

/// Text that steps back: timings, hints.
pub(crate) fn faint(text: &str) -> String {
    let dimmed = Style::new().dimmed();
    format!("{dimmed}{text}{dimmed:#}")
}

/// Text that says something went well.
pub(crate) fn good(text: &str) -> String {
    let green = Style::new().fg_color(Some(AnsiColor::Green.into()));
    format!("{green}{text}{green:#}")
}

/// A number of bytes in the largest unit that keeps it above one: `1.5 MiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_in_the_unit_a_person_would_use() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(5 << 40), "5.0 TiB");
        assert_eq!(bytes(u64::MAX), "16777216.0 TiB");
    }
}
