//! Teradata's formats of dates and times.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use datafusion::common::Result;

use crate::error::TrinoError;
use crate::types::Moment;

/// A format by its parts.
#[derive(Debug)]
pub(super) struct TeradataPattern(Vec<Part>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Literal(char),
    Year,
    /// Of the years since 2000.
    ShortYear,
    Month,
    Day,
    Hour,
    /// From 1 to 12.
    HalfDayHour,
    Minute,
    Second,
}

/// The longest first where one begins another.
const PARTS: [(&str, Part); 8] = [
    ("yyyy", Part::Year),
    ("yy", Part::ShortYear),
    ("mm", Part::Month),
    ("mi", Part::Minute),
    ("dd", Part::Day),
    ("hh24", Part::Hour),
    ("hh", Part::HalfDayHour),
    ("ss", Part::Second),
];

impl TeradataPattern {
    /// # Errors
    /// `INVALID_FUNCTION_ARGUMENT` where it has no part.
    pub(super) fn compile(format: &str) -> Result<Self> {
        let mut parts = Vec::new();
        let mut rest = format;
        while let Some(first) = rest.chars().next() {
            let found = PARTS.iter().find(|(name, _)| {
                rest.get(..name.len())
                    .is_some_and(|part| part.eq_ignore_ascii_case(name))
            });
            match found {
                Some((name, part)) => {
                    parts.push(*part);
                    rest = &rest[name.len()..];
                }
                None if "-/,.;: ".contains(first) => {
                    parts.push(Part::Literal(first));
                    rest = &rest[1..];
                }
                None => {
                    return Err(TrinoError::invalid_argument(format!(
                        "Failed to tokenize string [{format}] at offset [{}]",
                        format.len() - rest.len()
                    )));
                }
            }
        }
        Ok(Self(parts))
    }

    /// # Errors
    /// `INVALID_FUNCTION_ARGUMENT` for a year far beyond all calendars.
    pub(super) fn format(&self, local: Moment) -> Result<String> {
        let local = chrono::DateTime::from_timestamp_micros(local.micros)
            .ok_or_else(|| TrinoError::invalid_argument("timestamp is out of range"))?
            .naive_utc();
        let mut out = String::new();
        for part in &self.0 {
            let two = |number: u32| format!("{number:02}");
            match part {
                Part::Literal(literal) => out.push(*literal),
                Part::Year => out.push_str(&format!("{:04}", local.year())),
                Part::ShortYear => out.push_str(&format!("{:02}", local.year().rem_euclid(100))),
                Part::Month => out.push_str(&two(local.month())),
                Part::Day => out.push_str(&two(local.day())),
                Part::Hour => out.push_str(&two(local.hour())),
                Part::HalfDayHour => out.push_str(&two(local.hour12().1)),
                Part::Minute => out.push_str(&two(local.minute())),
                Part::Second => out.push_str(&two(local.second())),
            }
        }
        Ok(out)
    }

    /// # Errors
    /// `INVALID_FUNCTION_ARGUMENT` if the text is not of this format.
    pub(super) fn parse(&self, text: &str) -> Result<Moment> {
        let moment = self
            .read(text)
            .ok_or_else(|| TrinoError::invalid_argument(format!("Invalid format: \"{text}\"")))?;
        Ok(Moment::from_micros(moment.and_utc().timestamp_micros()))
    }

    fn read(&self, text: &str) -> Option<NaiveDateTime> {
        let mut rest = text;
        let (mut year, mut month, mut day) = (1970, 1, 1);
        let (mut hour, mut minute, mut second) = (0, 0, 0);
        for part in &self.0 {
            if let Part::Literal(literal) = part {
                rest = rest.strip_prefix(*literal)?;
                continue;
            }
            let most = if *part == Part::Year { 4 } else { 2 };
            let length = rest
                .bytes()
                .take(most)
                .take_while(u8::is_ascii_digit)
                .count();
            let number: u32 = rest[..length].parse().ok()?;
            rest = &rest[length..];
            match part {
                Part::Literal(_) => {}
                Part::Year => year = i32::try_from(number).ok()?,
                Part::ShortYear => year = 2000 + i32::try_from(number).ok()?,
                Part::Month => month = number,
                Part::Day => day = number,
                Part::Hour => hour = number,
                Part::HalfDayHour if (1..=12).contains(&number) => hour = number % 12,
                Part::HalfDayHour => return None,
                Part::Minute => minute = number,
                Part::Second => second = number,
            }
        }
        let date = NaiveDate::from_ymd_opt(year, month, day)?;
        let time = NaiveTime::from_hms_opt(hour, minute, second)?;
        rest.is_empty().then(|| NaiveDateTime::new(date, time))
    }
}
