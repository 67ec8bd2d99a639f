//! MySQL's date patterns: `%Y-%m-%d %H:%i:%s`. Trino manual, "MySQL date functions".

use std::fmt::Write;

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use datafusion::common::Result;

use super::names::{MONTHS, WEEKDAYS, read_name};
use crate::error::TrinoError;

/// A pattern, compiled.
#[derive(Debug)]
pub(super) struct MysqlPattern(Vec<Part>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Literal(char),
    WeekdayShort,
    WeekdayName,
    MonthShort,
    MonthName,
    Month { padded: bool },
    Day { padded: bool },
    DayOfYear,
    Fraction,
    Hour { padded: bool },
    HalfDayHour { padded: bool },
    Minute,
    Second,
    HalfDay,
    Week,
    WeekYear,
    Year,
    ShortYear,
}

impl MysqlPattern {
    pub(super) fn compile(pattern: &str) -> Result<Self> {
        let mut parts = Vec::new();
        let mut rest = pattern.chars();
        while let Some(c) = rest.next() {
            let specifier = match c {
                '%' => rest.next(),
                literal => {
                    parts.push(Part::Literal(literal));
                    continue;
                }
            };
            let Some(specifier) = specifier else {
                return Err(TrinoError::invalid_argument(
                    "Invalid date format string: it ends with %",
                ));
            };
            push_specifier(specifier, &mut parts)?;
        }
        Ok(Self(parts))
    }

    pub(super) fn format(&self, moment: NaiveDateTime, out: &mut String) {
        for part in &self.0 {
            part.write(moment, out);
        }
    }

    /// Reads a whole text.
    pub(super) fn parse(&self, text: &str) -> Result<NaiveDateTime> {
        let mut fields = Fields::default();
        let mut rest = text;
        for part in &self.0 {
            let Some(after) = part.read(rest, &mut fields) else {
                let at = match rest {
                    "" => "is too short".to_owned(),
                    rest => format!("is malformed at \"{rest}\""),
                };
                return Err(malformed(text, &at));
            };
            rest = after;
        }
        if !rest.is_empty() {
            return Err(malformed(text, &format!("is malformed at \"{rest}\"")));
        }
        fields
            .moment()
            .ok_or_else(|| malformed(text, "is no calendar date"))
    }
}

fn malformed(text: &str, how: &str) -> datafusion::error::DataFusionError {
    TrinoError::invalid_argument(format!("Invalid format: \"{text}\" {how}"))
}

fn push_specifier(specifier: char, parts: &mut Vec<Part>) -> Result<()> {
    let part = match specifier {
        'a' => Part::WeekdayShort,
        'b' => Part::MonthShort,
        'c' => Part::Month { padded: false },
        'd' => Part::Day { padded: true },
        'e' => Part::Day { padded: false },
        'f' => Part::Fraction,
        'H' => Part::Hour { padded: true },
        'h' | 'I' => Part::HalfDayHour { padded: true },
        'i' => Part::Minute,
        'j' => Part::DayOfYear,
        'k' => Part::Hour { padded: false },
        'l' => Part::HalfDayHour { padded: false },
        'M' => Part::MonthName,
        'm' => Part::Month { padded: true },
        'p' => Part::HalfDay,
        'S' | 's' => Part::Second,
        'v' => Part::Week,
        'W' => Part::WeekdayName,
        'x' => Part::WeekYear,
        'Y' => Part::Year,
        'y' => Part::ShortYear,
        'r' => {
            let colon = Part::Literal(':');
            parts.extend([
                Part::HalfDayHour { padded: true },
                colon,
                Part::Minute,
                colon,
            ]);
            parts.extend([Part::Second, Part::Literal(' '), Part::HalfDay]);
            return Ok(());
        }
        'T' => {
            let colon = Part::Literal(':');
            parts.extend([Part::Hour { padded: true }, colon, Part::Minute, colon]);
            Part::Second
        }
        'D' | 'U' | 'u' | 'V' | 'w' | 'X' => {
            return Err(TrinoError::invalid_argument(format!(
                "%{specifier} not supported in date format string"
            )));
        }
        other => Part::Literal(other),
    };
    parts.push(part);
    Ok(())
}

fn half_day_hour(hour: u32) -> u32 {
    match hour % 12 {
        0 => 12,
        hour => hour,
    }
}

impl Part {
    fn write(self, moment: NaiveDateTime, out: &mut String) {
        let weekday = WEEKDAYS[moment.weekday().num_days_from_monday() as usize];
        let month = MONTHS[moment.month0() as usize];
        let padded_number = |number: u32, padded: bool, out: &mut String| {
            let width = if padded { 2 } else { 1 };
            let _ = write!(out, "{number:0width$}");
        };
        match self {
            Self::Literal(c) => out.push(c),
            Self::WeekdayShort => out.push_str(&weekday[..3]),
            Self::WeekdayName => out.push_str(weekday),
            Self::MonthShort => out.push_str(&month[..3]),
            Self::MonthName => out.push_str(month),
            Self::Month { padded } => padded_number(moment.month(), padded, out),
            Self::Day { padded } => padded_number(moment.day(), padded, out),
            Self::DayOfYear => {
                let _ = write!(out, "{:03}", moment.ordinal());
            }
            Self::Fraction => {
                let _ = write!(out, "{:06}", moment.nanosecond() / 1_000);
            }
            Self::Hour { padded } => padded_number(moment.hour(), padded, out),
            Self::HalfDayHour { padded } => {
                padded_number(half_day_hour(moment.hour()), padded, out);
            }
            Self::Minute => padded_number(moment.minute(), true, out),
            Self::Second => padded_number(moment.second(), true, out),
            Self::HalfDay => out.push_str(if moment.hour() < 12 { "AM" } else { "PM" }),
            Self::Week => padded_number(moment.iso_week().week(), true, out),
            Self::WeekYear => {
                let _ = write!(out, "{:04}", moment.iso_week().year());
            }
            Self::Year => {
                let _ = write!(out, "{:04}", moment.year());
            }
            Self::ShortYear => {
                padded_number(moment.year().rem_euclid(100).unsigned_abs(), true, out);
            }
        }
    }

    /// Reads this part from the beginning of `text`; answers what is left.
    fn read<'a>(self, text: &'a str, fields: &mut Fields) -> Option<&'a str> {
        match self {
            Self::Literal(c) => text.strip_prefix(c),
            Self::WeekdayShort => read_name(text, &WEEKDAYS, 3).map(|(_, rest)| rest),
            Self::WeekdayName => read_name(text, &WEEKDAYS, usize::MAX).map(|(_, rest)| rest),
            Self::MonthShort | Self::MonthName => {
                let letters = if self == Self::MonthShort {
                    3
                } else {
                    usize::MAX
                };
                let (month, rest) = read_name(text, &MONTHS, letters)?;
                fields.month = month as u32 + 1;
                Some(rest)
            }
            Self::Month { .. } => read_number(text, 2, &mut fields.month),
            Self::Day { .. } => read_number(text, 2, &mut fields.day),
            Self::DayOfYear => {
                let mut day = 0;
                let rest = read_number(text, 3, &mut day)?;
                fields.day_of_year = Some(day);
                Some(rest)
            }
            Self::Fraction => {
                let digits = text.bytes().take(9).take_while(u8::is_ascii_digit).count();
                let number: u32 = text[..digits].parse().ok()?;
                fields.nanos = number * 10_u32.pow(9 - digits as u32);
                Some(&text[digits..])
            }
            Self::Hour { .. } => read_number(text, 2, &mut fields.hour),
            Self::HalfDayHour { .. } => {
                let rest = read_number(text, 2, &mut fields.hour)?;
                fields.half_day_hour = true;
                Some(rest)
            }
            Self::Minute => read_number(text, 2, &mut fields.minute),
            Self::Second => read_number(text, 2, &mut fields.second),
            Self::HalfDay => {
                let half = text.get(..2)?;
                fields.afternoon = match half.to_ascii_uppercase().as_str() {
                    "AM" => false,
                    "PM" => true,
                    _ => return None,
                };
                Some(&text[2..])
            }
            Self::Week => {
                let mut week = 0;
                let rest = read_number(text, 2, &mut week)?;
                fields.week = Some(week);
                Some(rest)
            }
            Self::Year | Self::WeekYear => {
                let mut year = 0;
                let rest = read_number(text, 4, &mut year)?;
                fields.year = year.cast_signed();
                Some(rest)
            }
            Self::ShortYear => {
                let mut year = 0;
                let rest = read_number(text, 2, &mut year)?;
                // 70 to 99 are of the last century.
                fields.year = year.cast_signed() + if year < 70 { 2000 } else { 1900 };
                Some(rest)
            }
        }
    }
}

/// Up to `max` digits.
fn read_number<'a>(text: &'a str, max: usize, number: &mut u32) -> Option<&'a str> {
    let digits = text
        .bytes()
        .take(max)
        .take_while(u8::is_ascii_digit)
        .count();
    *number = text[..digits].parse().ok()?;
    Some(&text[digits..])
}

struct Fields {
    year: i32,
    month: u32,
    day: u32,
    day_of_year: Option<u32>,
    week: Option<u32>,
    hour: u32,
    half_day_hour: bool,
    afternoon: bool,
    minute: u32,
    second: u32,
    nanos: u32,
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            year: 1970,
            month: 1,
            day: 1,
            day_of_year: None,
            week: None,
            hour: 0,
            half_day_hour: false,
            afternoon: false,
            minute: 0,
            second: 0,
            nanos: 0,
        }
    }
}

impl Fields {
    fn moment(&self) -> Option<NaiveDateTime> {
        let date = match (self.day_of_year, self.week) {
            (Some(day), _) => NaiveDate::from_yo_opt(self.year, day)?,
            (None, Some(week)) => {
                NaiveDate::from_isoywd_opt(self.year, week, chrono::Weekday::Mon)?
            }
            (None, None) => NaiveDate::from_ymd_opt(self.year, self.month, self.day)?,
        };
        let hour = match self.half_day_hour {
            true => self.hour % 12 + if self.afternoon { 12 } else { 0 },
            false => self.hour,
        };
        date.and_hms_nano_opt(hour, self.minute, self.second, self.nanos)
    }
}
