//! Joda's date patterns: `yyyy-MM-dd HH:mm:ss.SSS Z`. Trino manual, "Java date functions"; Joda's
//! documentation, "DateTimeFormat".

use std::fmt::Write;
use std::iter::Peekable;
use std::str::Chars;

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike, Weekday};
use datafusion::common::Result;

use super::names::{MONTHS, WEEKDAYS, read_name};
use super::temporal::from_naive;
use crate::error::TrinoError;
use crate::types::{Zone, ZonedMoment, offset_name, parse_offset};

/// A pattern, compiled.
#[derive(Debug)]
pub(super) struct JodaPattern(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    /// A field by its letter, and how often the letter stands there.
    Field(char, usize),
}

/// `C` century, `Y` year of era, `x` week year, `w` week, `e`/`E` weekday, `y` year, `D` day of the
/// year, `M` month, `d` day, `a` half of the day, `K`/`h`/`H`/`k` hour, `m` minute, `s` second,
/// `S` fraction, `z`/`Z` zone, `G` era.
const LETTERS: &str = "GCYxweEyDMdaKhHkmsSzZ";

impl JodaPattern {
    /// # Errors
    /// `INVALID_FUNCTION_ARGUMENT` for a letter that stands for nothing.
    pub(super) fn compile(pattern: &str) -> Result<Self> {
        let mut parts = Vec::new();
        let mut rest = pattern.chars().peekable();
        while let Some(c) = rest.next() {
            if c == '\'' {
                push_literal(&quoted(&mut rest), &mut parts);
            } else if c.is_ascii_alphabetic() {
                if !LETTERS.contains(c) {
                    return Err(TrinoError::invalid_argument(format!(
                        "Illegal pattern component: {c}"
                    )));
                }
                let mut count = 1;
                while rest.next_if_eq(&c).is_some() {
                    count += 1;
                }
                parts.push(Part::Field(c, count));
            } else {
                push_literal(c.encode_utf8(&mut [0; 4]), &mut parts);
            }
        }
        match parts.is_empty() {
            true => Err(TrinoError::invalid_argument(
                "Invalid pattern specification",
            )),
            false => Ok(Self(parts)),
        }
    }

    /// Appends a moment, of which `local` is what clocks show.
    pub(super) fn format(&self, local: NaiveDateTime, zoned: ZonedMoment, out: &mut String) {
        for part in &self.0 {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Field(letter, count) => write_field(*letter, *count, local, zoned, out),
            }
        }
    }

    /// Reads a whole text.
    ///
    /// # Errors
    /// `INVALID_FUNCTION_ARGUMENT` where it does not fit.
    pub(super) fn parse(&self, text: &str) -> Result<ZonedMoment> {
        let mut fields = Fields::default();
        let mut rest = text;
        for (position, part) in self.0.iter().enumerate() {
            // Digits of a number that follows are not this one's.
            let is_followed = matches!(self.0.get(position + 1), Some(Part::Field(next, count)) if is_number(*next, *count));
            let after = match part {
                Part::Literal(literal) => rest.strip_prefix(literal.as_str()),
                Part::Field(letter, count) => fields.read(*letter, *count, is_followed, rest),
            };
            rest = after.ok_or_else(|| malformed(text, rest))?;
        }
        if !rest.is_empty() {
            return Err(malformed(text, rest));
        }
        let zone = fields.zone.unwrap_or(Zone::UTC);
        let local = fields.local().ok_or_else(|| {
            TrinoError::invalid_argument(format!("Cannot parse \"{text}\": no calendar date"))
        })?;
        Ok(ZonedMoment {
            moment: from_naive(local).to_utc(zone),
            zone,
        })
    }
}

fn malformed(text: &str, rest: &str) -> datafusion::error::DataFusionError {
    let how = match rest {
        "" => "is too short".to_owned(),
        rest if rest == text => String::new(),
        rest => format!("is malformed at \"{rest}\""),
    };
    let message = format!("Invalid format: \"{text}\" {how}");
    TrinoError::invalid_argument(message.trim_end())
}

fn push_literal(text: &str, parts: &mut Vec<Part>) {
    match parts.last_mut() {
        Some(Part::Literal(literal)) => literal.push_str(text),
        _ => parts.push(Part::Literal(text.to_owned())),
    }
}

/// The text up to the closing quote; two quotes are one.
fn quoted(rest: &mut Peekable<Chars<'_>>) -> String {
    if rest.next_if_eq(&'\'').is_some() {
        return "'".to_owned();
    }
    let mut text = String::new();
    while let Some(c) = rest.next() {
        match c {
            '\'' if rest.next_if_eq(&'\'').is_some() => text.push('\''),
            '\'' => break,
            c => text.push(c),
        }
    }
    text
}

fn is_number(letter: char, count: usize) -> bool {
    !matches!(
        (letter, count),
        ('M', 3..) | ('E' | 'a' | 'z' | 'Z' | 'G', _)
    )
}

fn write_field(
    letter: char,
    count: usize,
    local: NaiveDateTime,
    zoned: ZonedMoment,
    out: &mut String,
) {
    let padded = |number: i64, out: &mut String| {
        let sign = if number < 0 { "-" } else { "" };
        let _ = write!(out, "{sign}{:0count$}", number.unsigned_abs());
    };
    let year = |year: i32, out: &mut String| match count {
        2 => {
            let _ = write!(out, "{:02}", year.rem_euclid(100));
        }
        _ => padded(year.into(), out),
    };
    let hour = i64::from(local.hour());
    match letter {
        'G' => out.push_str(if local.year() > 0 { "AD" } else { "BC" }),
        'C' => padded(i64::from(local.year().abs() / 100), out),
        'Y' if local.year() <= 0 => year(1 - local.year(), out),
        'Y' | 'y' => year(local.year(), out),
        'x' => year(local.iso_week().year(), out),
        'w' => padded(local.iso_week().week().into(), out),
        'e' => padded(local.weekday().number_from_monday().into(), out),
        'E' => push_name(
            WEEKDAYS[local.weekday().num_days_from_monday() as usize],
            count,
            out,
        ),
        'D' => padded(local.ordinal().into(), out),
        'M' if count > 2 => push_name(MONTHS[local.month0() as usize], count, out),
        'M' => padded(local.month().into(), out),
        'd' => padded(local.day().into(), out),
        'a' => out.push_str(if hour < 12 { "AM" } else { "PM" }),
        'K' => padded(hour % 12, out),
        'h' => padded((hour + 11) % 12 + 1, out),
        'H' => padded(hour, out),
        'k' => padded(if hour == 0 { 24 } else { hour }, out),
        'm' => padded(local.minute().into(), out),
        's' => padded(local.second().into(), out),
        'S' => {
            let nanos = format!("{:09}", local.nanosecond());
            out.extend(nanos.chars().chain(std::iter::repeat('0')).take(count));
        }
        'z' | 'Z' if count > 2 || letter == 'z' => out.push_str(&zoned.zone.name()),
        _ => {
            let minutes = zoned.zone.offset_at(zoned.moment.micros) / 60;
            let name = offset_name(i16::try_from(minutes).unwrap_or(0));
            match count {
                1 => out.push_str(&name.replace(':', "")),
                _ => out.push_str(&name),
            }
        }
    }
}

/// Names are short where the letter stands less than four times.
fn push_name(name: &str, count: usize, out: &mut String) {
    out.push_str(if count < 4 { &name[..3] } else { name });
}

#[derive(Debug, Default)]
struct Fields {
    year: Option<i32>,
    century: Option<i32>,
    is_before_christ: bool,
    week_year: Option<i32>,
    week: Option<u32>,
    weekday: Option<u32>,
    month: Option<u32>,
    day: Option<u32>,
    day_of_year: Option<u32>,
    hour: u32,
    half_day_hour: Option<u32>,
    is_afternoon: bool,
    minute: u32,
    second: u32,
    nanos: u32,
    zone: Option<Zone>,
}

impl Fields {
    /// Reads a field from the beginning of `text`; answers what is left.
    fn read<'a>(
        &mut self,
        letter: char,
        count: usize,
        is_followed: bool,
        text: &'a str,
    ) -> Option<&'a str> {
        let most = |usual: usize| if is_followed { count } else { usual.max(count) };
        match letter {
            'y' | 'Y' | 'x' => {
                let (year, rest) = read_signed(text, most(if count == 2 { 2 } else { 9 }))?;
                let digits = text.len() - rest.len();
                let year = match (count, digits, year) {
                    // Of two digits: within fifty years of now.
                    (2, 2, year) => pivoted(year),
                    (_, _, year) => year,
                };
                match letter {
                    'x' => self.week_year = Some(year),
                    _ => self.year = Some(year),
                }
                Some(rest)
            }
            'C' => read_signed(text, most(9)).map(|(century, rest)| {
                self.century = Some(century);
                rest
            }),
            'G' => {
                let rest = text.get(2..)?;
                self.is_before_christ = match text[..2].to_ascii_uppercase().as_str() {
                    "AD" => false,
                    "BC" => true,
                    _ => return None,
                };
                Some(rest)
            }
            'w' => read_into(text, most(2), self.week.insert(0)),
            'e' => read_into(text, most(1), self.weekday.insert(0)),
            'E' => {
                let (weekday, rest) = either_name(text, &WEEKDAYS)?;
                self.weekday = Some(weekday as u32 + 1);
                Some(rest)
            }
            'D' => read_into(text, most(3), self.day_of_year.insert(0)),
            'M' if count > 2 => {
                let (month, rest) = either_name(text, &MONTHS)?;
                self.month = Some(month as u32 + 1);
                Some(rest)
            }
            'M' => read_into(text, most(2), self.month.insert(0)),
            'd' => read_into(text, most(2), self.day.insert(0)),
            'a' => {
                let rest = text.get(2..)?;
                self.is_afternoon = match text[..2].to_ascii_uppercase().as_str() {
                    "AM" => false,
                    "PM" => true,
                    _ => return None,
                };
                Some(rest)
            }
            'h' | 'K' => read_into(text, most(2), self.half_day_hour.insert(0)),
            'H' => read_into(text, most(2), &mut self.hour),
            'k' => {
                let rest = read_into(text, most(2), &mut self.hour)?;
                self.hour %= 24;
                Some(rest)
            }
            'm' => read_into(text, most(2), &mut self.minute),
            's' => read_into(text, most(2), &mut self.second),
            'S' => {
                let most = if is_followed { count } else { 9 };
                let digits = digits(text, most);
                let fraction: u32 = text[..digits].parse().ok()?;
                self.nanos = fraction * 10_u32.checked_pow(9 - digits as u32)?;
                Some(&text[digits..])
            }
            _ => {
                let end = text
                    .find(|c: char| !c.is_alphanumeric() && !"+-:/_".contains(c))
                    .unwrap_or(text.len());
                let (name, rest) = text.split_at(end);
                let zone = match parse_offset(name) {
                    Some(minutes) => Zone::from_offset(minutes),
                    None => Zone::parse(name),
                };
                self.zone = Some(zone?);
                Some(rest)
            }
        }
    }

    fn local(&self) -> Option<NaiveDateTime> {
        let year = match (self.year, self.century) {
            (Some(year), _) if self.is_before_christ => 1 - year,
            (Some(year), _) => year,
            (None, Some(century)) => century * 100,
            (None, None) => 1970,
        };
        let date = match (self.week_year, self.week) {
            (None, None) => match (self.day_of_year, self.weekday) {
                (Some(day), _) => NaiveDate::from_yo_opt(year, day)?,
                (None, Some(weekday)) if self.day.is_none() && self.month.is_none() => {
                    NaiveDate::from_isoywd_opt(year, 1, day_of(weekday)?)?
                }
                (None, _) => {
                    NaiveDate::from_ymd_opt(year, self.month.unwrap_or(1), self.day.unwrap_or(1))?
                }
            },
            (week_year, week) => NaiveDate::from_isoywd_opt(
                week_year.unwrap_or(year),
                week.unwrap_or(1),
                day_of(self.weekday.unwrap_or(1))?,
            )?,
        };
        let hour = match self.half_day_hour {
            Some(hour) => hour % 12 + if self.is_afternoon { 12 } else { 0 },
            None => self.hour,
        };
        date.and_hms_nano_opt(hour, self.minute, self.second, self.nanos)
    }
}

fn day_of(weekday: u32) -> Option<Weekday> {
    Weekday::try_from(u8::try_from(weekday.checked_sub(1)?).ok()?).ok()
}

fn pivoted(year: i32) -> i32 {
    let now = chrono::Utc::now().year();
    let year = now - now.rem_euclid(100) + year;
    match year - now {
        50.. => year - 100,
        ..=-51 => year + 100,
        _ => year,
    }
}

fn either_name<'a>(text: &'a str, names: &[&str]) -> Option<(usize, &'a str)> {
    read_name(text, names, usize::MAX).or_else(|| read_name(text, names, 3))
}

fn digits(text: &str, most: usize) -> usize {
    text.bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count()
}

fn read_into<'a>(text: &'a str, most: usize, number: &mut u32) -> Option<&'a str> {
    let digits = digits(text, most);
    *number = text[..digits].parse().ok()?;
    Some(&text[digits..])
}

fn read_signed(text: &str, most: usize) -> Option<(i32, &str)> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => (-1, unsigned),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = digits(unsigned, most);
    let number: i32 = unsigned[..digits].parse().ok()?;
    Some((sign * number, &unsigned[digits..]))
}
