//! Date and time patterns as Spark takes them (`yyyy-MM-dd HH:mm:ss`), read and written.
//! Spark manual, "Datetime Patterns for Formatting and Parsing".

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike, Utc};

/// A pattern, taken apart once.
#[derive(Debug, PartialEq)]
pub(super) struct Pattern(Vec<Piece>);

#[derive(Debug, PartialEq)]
enum Piece {
    Literal(String),
    Field { letter: char, width: usize },
}

/// What was read from a text.
#[derive(Debug, Default)]
struct Read {
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    day_of_year: Option<u32>,
    hour: Option<u32>,
    hour_of_half: Option<u32>,
    afternoon: Option<bool>,
    minute: u32,
    second: u32,
    micros: u32,
    offset_seconds: i64,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

impl Pattern {
    /// Takes a pattern apart.
    ///
    /// # Errors
    /// A text naming the letter that means nothing, or the quote that is not closed.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\'' => {
                    if characters.next_if_eq(&'\'').is_some() {
                        push_literal(&mut pieces, '\'');
                        continue;
                    }
                    loop {
                        match characters.next() {
                            Some('\'') if characters.next_if_eq(&'\'').is_some() => {
                                push_literal(&mut pieces, '\'');
                            }
                            Some('\'') => break,
                            Some(quoted) => push_literal(&mut pieces, quoted),
                            None => {
                                return Err(format!("the quote in pattern '{text}' is not closed"));
                            }
                        }
                    }
                }
                letter if letter.is_ascii_alphabetic() => {
                    if !"yuMLdDHhKkmsSaEzZXx".contains(letter) {
                        return Err(format!("'{letter}' in pattern '{text}' is not supported"));
                    }
                    let mut width = 1;
                    while characters.next_if_eq(&letter).is_some() {
                        width += 1;
                    }
                    pieces.push(Piece::Field { letter, width });
                }
                other => push_literal(&mut pieces, other),
            }
        }
        Ok(Self(pieces))
    }

    /// Microseconds since the epoch of the moment a text names; none if it does not fit.
    pub(super) fn read_moment(&self, text: &str) -> Option<i64> {
        let mut read = Read::default();
        let mut rest = text.trim();
        for (position, piece) in self.0.iter().enumerate() {
            rest = match piece {
                Piece::Literal(literal) => rest.strip_prefix(literal.as_str())?,
                Piece::Field { letter, width } => {
                    let adjacent = matches!(self.0.get(position + 1), Some(Piece::Field { .. }));
                    read.field(*letter, *width, adjacent, rest)?
                }
            };
        }
        if rest.is_empty() { read.moment() } else { None }
    }

    /// A moment, given in microseconds since the epoch, as text.
    pub(super) fn write_moment(&self, micros: i64) -> Option<String> {
        let moment = DateTime::from_timestamp_micros(micros)?;
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Field { letter, width } => text.push_str(&written(*letter, *width, moment)),
            }
        }
        Some(text)
    }
}

fn push_literal(pieces: &mut Vec<Piece>, character: char) {
    if let Some(Piece::Literal(literal)) = pieces.last_mut() {
        literal.push(character);
    } else {
        pieces.push(Piece::Literal(character.to_string()));
    }
}

impl Read {
    /// Reads one field and returns what follows it.
    fn field<'a>(
        &mut self,
        letter: char,
        width: usize,
        adjacent: bool,
        text: &'a str,
    ) -> Option<&'a str> {
        // One letter reads as many digits as there are, unless digits of another field follow.
        let longest = if width > 1 || adjacent { width } else { 2 };
        match letter {
            'y' | 'u' if width == 2 => {
                let (number, rest) = digits(text, 2, 2)?;
                self.year = Some(2000 + i32::try_from(number).ok()?);
                Some(rest)
            }
            'y' | 'u' => {
                let longest = if width == 1 && !adjacent {
                    9
                } else {
                    width.max(4)
                };
                let (number, rest) = digits(text, width.min(4), longest)?;
                self.year = Some(i32::try_from(number).ok()?);
                Some(rest)
            }
            'M' | 'L' if width >= 3 => {
                let (month, rest) = named(text, &MONTHS, width)?;
                self.month = Some(month);
                Some(rest)
            }
            'E' => named(text, &WEEKDAYS, width).map(|(_, rest)| rest),
            'S' => {
                let (number, rest) = digits(text, width, width)?;
                let scale = u32::try_from(width).ok()?;
                self.micros = if scale <= 6 {
                    number.checked_mul(10_u32.pow(6 - scale))?
                } else {
                    number / 10_u32.pow((scale - 6).min(9))
                };
                Some(rest)
            }
            'a' => {
                let half = text.get(..2)?.to_ascii_uppercase();
                self.afternoon = Some(match half.as_str() {
                    "AM" => false,
                    "PM" => true,
                    _ => return None,
                });
                Some(&text[2..])
            }
            'z' => {
                let rest = ["UTC", "GMT", "Z"]
                    .iter()
                    .find_map(|name| text.strip_prefix(name))?;
                Some(rest)
            }
            'X' | 'x' | 'Z' => {
                let (offset, rest) = offset(text)?;
                self.offset_seconds = offset;
                Some(rest)
            }
            _ => {
                let longest = if letter == 'D' {
                    longest.max(3)
                } else {
                    longest
                };
                let (number, rest) = digits(text, width, longest)?;
                match letter {
                    'M' | 'L' => self.month = Some(number),
                    'd' => self.day = Some(number),
                    'D' => self.day_of_year = Some(number),
                    'H' => self.hour = Some(number),
                    'k' => self.hour = Some(number % 24),
                    'h' | 'K' => self.hour_of_half = Some(number % 12),
                    'm' => self.minute = number,
                    _ => self.second = number,
                }
                Some(rest)
            }
        }
    }

    fn moment(&self) -> Option<i64> {
        let year = self.year.unwrap_or(1970);
        let date = match self.day_of_year {
            Some(day) => NaiveDate::from_yo_opt(year, day)?,
            None => NaiveDate::from_ymd_opt(year, self.month.unwrap_or(1), self.day.unwrap_or(1))?,
        };
        let half = if self.afternoon == Some(true) { 12 } else { 0 };
        let hour = match (self.hour, self.hour_of_half) {
            (Some(hour), _) => hour,
            (None, Some(hour)) => hour + half,
            (None, None) => 0,
        };
        let time = NaiveTime::from_hms_micro_opt(hour, self.minute, self.second, self.micros)?;
        let local = date.and_time(time).and_utc().timestamp_micros();
        local.checked_sub(self.offset_seconds * 1_000_000)
    }
}

fn digits(text: &str, shortest: usize, longest: usize) -> Option<(u32, &str)> {
    let count = text
        .bytes()
        .take(longest)
        .take_while(u8::is_ascii_digit)
        .count();
    if count < shortest.max(1) {
        return None;
    }
    Some((text[..count].parse().ok()?, &text[count..]))
}

/// The number of a name from 1, in full from four letters of pattern on, else its first three.
fn named<'a>(text: &'a str, names: &[&str], width: usize) -> Option<(u32, &'a str)> {
    for (number, name) in (1_u32..).zip(names) {
        let name = if width >= 4 { name } else { &name[..3] };
        if let Some(start) = text.get(..name.len())
            && start.eq_ignore_ascii_case(name)
        {
            return Some((number, &text[name.len()..]));
        }
    }
    None
}

/// Seconds east of Greenwich: `Z`, `+09`, `+0900` or `+09:00`.
fn offset(text: &str) -> Option<(i64, &str)> {
    if let Some(rest) = text.strip_prefix('Z') {
        return Some((0, rest));
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, rest) = digits(&text[1..], 2, 2)?;
    let after_colon = rest.strip_prefix(':').unwrap_or(rest);
    let (minutes, rest) = digits(after_colon, 2, 2).unwrap_or((0, rest));
    Some((
        sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60),
        rest,
    ))
}

fn written(letter: char, width: usize, moment: DateTime<Utc>) -> String {
    let number = |value: u32| format!("{value:0width$}");
    match letter {
        'y' | 'u' if width == 2 => format!("{:02}", moment.year().rem_euclid(100)),
        'y' | 'u' => format!("{:0width$}", moment.year()),
        'M' | 'L' if width >= 3 => name(&MONTHS, moment.month0(), width),
        'M' | 'L' => number(moment.month()),
        'd' => number(moment.day()),
        'D' => number(moment.ordinal()),
        'E' => name(&WEEKDAYS, moment.weekday().num_days_from_monday(), width),
        'H' => number(moment.hour()),
        'k' => number(if moment.hour() == 0 {
            24
        } else {
            moment.hour()
        }),
        'K' => number(moment.hour() % 12),
        'h' => number(moment.hour12().1),
        'm' => number(moment.minute()),
        's' => number(moment.second()),
        'S' => {
            let nanos = format!("{:09}", moment.timestamp_subsec_nanos());
            format!("{nanos:0<width$}").chars().take(width).collect()
        }
        'a' => if moment.hour12().0 { "PM" } else { "AM" }.to_owned(),
        'X' => "Z".to_owned(),
        'z' => "UTC".to_owned(),
        'x' if width == 1 => "+00".to_owned(),
        'x' if width == 3 => "+00:00".to_owned(),
        _ => "+0000".to_owned(),
    }
}

fn name(names: &[&str], index: u32, width: usize) -> String {
    let full = usize::try_from(index)
        .ok()
        .and_then(|index| names.get(index));
    match full {
        Some(full) if width >= 4 => (*full).to_owned(),
        Some(full) => full[..3].to_owned(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("yyyy-MM-dd", "2025-01-31", Some("2025-01-31T00:00:00+00:00"))]
    #[case("yyyy-MM-dd", "2025-1-31", None)]
    #[case("yyyy-M-d", "2025-1-5", Some("2025-01-05T00:00:00+00:00"))]
    #[case("dd/MM/yyyy", "31/01/2025", Some("2025-01-31T00:00:00+00:00"))]
    #[case("dd/MM/yyyy", "31/13/2025", None)]
    #[case("MMM d, yyyy", "Jan 5, 2025", Some("2025-01-05T00:00:00+00:00"))]
    #[case("yyyyMMdd", "20250131", Some("2025-01-31T00:00:00+00:00"))]
    #[case(
        "yyyy-MM-dd HH:mm:ss.SSS",
        "2025-01-31 23:59:58.125",
        Some("2025-01-31T23:59:58.125+00:00")
    )]
    #[case(
        "yyyy-MM-dd'T'HH:mm:ssXXX",
        "2025-01-31T09:00:00+09:00",
        Some("2025-01-31T00:00:00+00:00")
    )]
    #[case("hh:mm a", "12:30 AM", Some("1970-01-01T00:30:00+00:00"))]
    #[case("hh:mm a", "01:30 pm", Some("1970-01-01T13:30:00+00:00"))]
    #[case("yyyy-MM-dd", "2025-01-31 10:00", None)]
    #[case("yyyy.MM.dd", "", None)]
    fn reads(#[case] pattern: &str, #[case] text: &str, #[case] expected: Option<&str>) {
        let micros = Pattern::parse(pattern).unwrap().read_moment(text);
        let moment = micros.map(|micros| {
            DateTime::from_timestamp_micros(micros)
                .unwrap()
                .to_rfc3339()
        });
        assert_eq!(moment.as_deref(), expected);
    }

    #[rstest]
    #[case("yyyy-MM", "2025-01")]
    #[case("EEE, d MMMM yy", "Fri, 31 January 25")]
    #[case("H:mm:ss.SSSSSS", "9:05:07.250000")]
    #[case("h a", "9 AM")]
    #[case("'Q' yyyy", "Q 2025")]
    fn writes(#[case] pattern: &str, #[case] expected: &str) {
        let micros = 1_738_314_307_250_000;
        let text = Pattern::parse(pattern).unwrap().write_moment(micros);
        assert_eq!(text.as_deref(), Some(expected));
    }

    #[test]
    fn names_what_it_does_not_know() {
        assert_eq!(
            Pattern::parse("yyyy-bb").unwrap_err(),
            "'b' in pattern 'yyyy-bb' is not supported"
        );
        assert_eq!(
            Pattern::parse("yyyy'T").unwrap_err(),
            "the quote in pattern 'yyyy'T' is not closed"
        );
    }
}
