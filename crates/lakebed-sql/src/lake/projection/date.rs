//! Dates as projected partition keys: Java's patterns, ranges relative to `NOW`, steps of units.

use chrono::format::{Item, Parsed, StrftimeItems};
use chrono::{Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use lakebed_core::Timestamp;

use super::MAX_PARTITIONS;
use super::bounds::Bounds;
use super::column::{KeyProperties, ProjectedValue, too_many};
use crate::error::Result;

#[derive(Debug)]
pub(super) struct DateProjection {
    pattern: Pattern,
    low: End,
    high: End,
    interval: i64,
    unit: Unit,
    kind: ColumnKind,
}

/// How the table's column has the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ColumnKind {
    Text,
    Date,
    Timestamp,
}

/// An end of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    At(NaiveDateTime),
    /// So many units from now.
    FromNow(i64, Unit),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Years,
    Months,
    Weeks,
    Days,
    Hours,
    Minutes,
    Seconds,
    Millis,
}

impl Unit {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim().to_uppercase();
        match text.strip_suffix('S').unwrap_or(&text) {
            "YEAR" => Some(Self::Years),
            "MONTH" => Some(Self::Months),
            "WEEK" => Some(Self::Weeks),
            "DAY" => Some(Self::Days),
            "HOUR" => Some(Self::Hours),
            "MINUTE" => Some(Self::Minutes),
            "SECOND" => Some(Self::Seconds),
            "MILLI" => Some(Self::Millis),
            _ => None,
        }
    }

    /// `count` units after `date`; none beyond what dates can be.
    fn after(self, date: NaiveDateTime, count: i64) -> Option<NaiveDateTime> {
        let months = |count: i64| {
            let months = Months::new(u32::try_from(count.unsigned_abs()).ok()?);
            match count < 0 {
                true => date.checked_sub_months(months),
                false => date.checked_add_months(months),
            }
        };
        match self {
            Self::Years => months(count.checked_mul(12)?),
            Self::Months => months(count),
            _ => date.checked_add_signed(TimeDelta::try_milliseconds(
                count.checked_mul(self.millis()?)?,
            )?),
        }
    }

    /// The unit's length, if it is always the same.
    fn millis(self) -> Option<i64> {
        match self {
            Self::Years | Self::Months => None,
            Self::Weeks => Some(7 * 86_400_000),
            Self::Days => Some(86_400_000),
            Self::Hours => Some(3_600_000),
            Self::Minutes => Some(60_000),
            Self::Seconds => Some(1_000),
            Self::Millis => Some(1),
        }
    }
}

impl DateProjection {
    pub(super) fn read(properties: &KeyProperties<'_>, hive_type: &str) -> Result<Self> {
        let kind = match hive_type {
            "date" => ColumnKind::Date,
            "timestamp" => ColumnKind::Timestamp,
            "string" => ColumnKind::Text,
            text if text.starts_with("varchar") || text.starts_with("char") => ColumnKind::Text,
            other => {
                return Err(properties.refuse(&format!("Unsupported column type: {other}")));
            }
        };
        let format = properties.require("format")?;
        let pattern = Pattern::read(format).ok_or_else(|| {
            properties.refuse(&format!(
                "Property: 'projection.{}.format' is not a date pattern that can be used: '{format}'",
                properties.key
            ))
        })?;
        let end = |text: &str| {
            end(text, &pattern).ok_or_else(|| {
                properties.refuse(&format!(
                    "Property: 'projection.{}.range' has an end that is neither a date in the form '{format}' nor relative to NOW: '{text}'",
                    properties.key
                ))
            })
        };
        let (low, high) = properties.range()?;
        let (low, high) = (end(low)?, end(high)?);
        let unit = match properties.find("interval.unit") {
            Some(text) => Unit::read(text).ok_or_else(|| {
                properties.refuse(&format!(
                    "Property: 'projection.{}.interval.unit' is not a unit: '{text}'",
                    properties.key
                ))
            })?,
            None => pattern.precision().ok_or_else(|| {
                properties.refuse(&format!(
                    "Property: 'projection.{}.interval.unit' and 'projection.{}.interval' are required, for the format is neither of days nor of months: '{format}'",
                    properties.key, properties.key
                ))
            })?,
        };
        Ok(Self {
            interval: properties.number("interval")?.unwrap_or(1),
            low,
            high,
            unit,
            kind,
            pattern,
        })
    }

    pub(super) fn values(
        &self,
        key: &str,
        bounds: &Bounds,
        now: Timestamp,
    ) -> Result<Vec<ProjectedValue>> {
        let now = now.to_datetime().naive_utc();
        let (Some(first), Some(last)) = (self.at(self.low, now), self.at(self.high, now)) else {
            return Ok(Vec::new());
        };
        let wanted: Option<Vec<NaiveDateTime>> = bounds
            .equal_to
            .as_ref()
            .map(|texts| texts.iter().filter_map(|text| self.date_of(text)).collect());
        let earliest = wanted
            .as_ref()
            .and_then(|dates| dates.iter().min().copied());
        let latest = wanted
            .as_ref()
            .and_then(|dates| dates.iter().max().copied());
        if wanted.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let bound = |text: &Option<String>| text.as_ref().and_then(|text| self.date_of(text));
        let low = earliest.or_else(|| self.ordered().then(|| bound(&bounds.low)).flatten());
        let high = latest.or_else(|| self.ordered().then(|| bound(&bounds.high)).flatten());
        let last = high.map_or(last, |high| self.end_of(high).min(last));
        let mut values: Vec<ProjectedValue> = Vec::new();
        for step in self.first_step(first, low).. {
            let date = step
                .checked_mul(self.interval)
                .and_then(|count| self.unit.after(first, count));
            let Some(date) = date.filter(|date| *date <= last) else {
                break;
            };
            let value = self.value(date);
            let wanted = bounds
                .equal_to
                .as_ref()
                .is_none_or(|texts| texts.contains(&value.value));
            // Steps shorter than the pattern's precision write the same again.
            if wanted && values.last() != Some(&value) {
                values.push(value);
            }
            if values.len() > MAX_PARTITIONS {
                return Err(too_many(key));
            }
        }
        Ok(values)
    }

    /// The step that `low` lies in, or one before.
    fn first_step(&self, first: NaiveDateTime, low: Option<NaiveDateTime>) -> i64 {
        let Some(low) = low.filter(|low| *low > first) else {
            return 0;
        };
        // No month is longer than 31 days, no year than 366.
        let unit = match self.unit {
            Unit::Months => 31 * 86_400_000,
            Unit::Years => 366 * 86_400_000,
            other => other.millis().unwrap_or(i64::MAX),
        };
        let steps = (low - first).num_milliseconds() / unit.saturating_mul(self.interval).max(1);
        (steps - 1).max(0)
    }

    /// The last moment that is written like `date`.
    fn end_of(&self, date: NaiveDateTime) -> NaiveDateTime {
        let finest = self.pattern.finest();
        finest
            .after(date, 1)
            .and_then(|next| Unit::Millis.after(next, -1))
            .unwrap_or(date)
    }

    /// Whether the column's values are in the order of the dates.
    fn ordered(&self) -> bool {
        self.kind != ColumnKind::Text || self.pattern.is_ordered()
    }

    fn at(&self, end: End, now: NaiveDateTime) -> Option<NaiveDateTime> {
        let date = match end {
            End::At(date) => date,
            End::FromNow(count, unit) => unit.after(now, count)?,
        };
        // What the pattern does not write is cut off, so that steps begin where values do.
        self.pattern.parse(&self.pattern.write(date))
    }

    /// The date that a value of the column means.
    fn date_of(&self, text: &str) -> Option<NaiveDateTime> {
        match self.kind {
            ColumnKind::Text => self.pattern.parse(text),
            ColumnKind::Date | ColumnKind::Timestamp => {
                let (day, time) = text.split_once([' ', 'T']).unwrap_or((text, "00:00:00"));
                let day: NaiveDate = day.parse().ok()?;
                Some(day.and_time(time.parse::<NaiveTime>().ok()?))
            }
        }
    }

    pub(super) fn written(&self, value: &str) -> String {
        match self.date_of(value) {
            Some(date) => self.pattern.write(date),
            None => value.to_owned(),
        }
    }

    fn value(&self, date: NaiveDateTime) -> ProjectedValue {
        let written = self.pattern.write(date);
        let value = match self.kind {
            ColumnKind::Text => written.clone(),
            ColumnKind::Date => date.format("%Y-%m-%d").to_string(),
            ColumnKind::Timestamp => date.format("%Y-%m-%d %H:%M:%S%.f").to_string(),
        };
        ProjectedValue { value, written }
    }
}

/// Reads `NOW`, `NOW-3YEARS`, `NOW+1DAY` or a date in the pattern's form.
fn end(text: &str, pattern: &Pattern) -> Option<End> {
    let upper = text.trim().to_uppercase();
    let Some(offset) = upper.strip_prefix("NOW") else {
        return pattern.parse(text.trim()).map(End::At);
    };
    let offset = offset.trim();
    if offset.is_empty() {
        return Some(End::FromNow(0, Unit::Days));
    }
    let sign = match offset.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let offset = offset[1..].trim_start();
    let digits = offset.find(|c: char| !c.is_ascii_digit())?;
    let count: i64 = offset[..digits].parse().ok()?;
    Some(End::FromNow(sign * count, Unit::read(&offset[digits..])?))
}

/// A pattern of Java's `DateTimeFormatter`.
#[derive(Debug)]
struct Pattern {
    /// The same in chrono's words.
    strftime: String,
    units: Vec<Unit>,
}

impl Pattern {
    /// None for letters that stand for no part of a date here.
    fn read(java: &str) -> Option<Self> {
        let mut strftime = String::new();
        let mut units = Vec::new();
        let mut rest = java;
        while let Some(letter) = rest.chars().next() {
            let count = rest.chars().take_while(|c| *c == letter).count();
            if letter == '\'' {
                let quoted = &rest[1..];
                let end = quoted.find('\'')?;
                // Two quotes are one.
                strftime.push_str(if end == 0 { "'" } else { &quoted[..end] });
                rest = &quoted[end + 1..];
                continue;
            }
            let part = match (letter, count) {
                ('y' | 'u', 4) => Some((Unit::Years, "%Y")),
                ('y' | 'u', 2) => Some((Unit::Years, "%y")),
                ('M' | 'L', 2) => Some((Unit::Months, "%m")),
                ('M' | 'L', 1) => Some((Unit::Months, "%-m")),
                ('M' | 'L', 3) => Some((Unit::Months, "%b")),
                ('d', 2) => Some((Unit::Days, "%d")),
                ('d', 1) => Some((Unit::Days, "%-d")),
                ('H', 2) => Some((Unit::Hours, "%H")),
                ('H', 1) => Some((Unit::Hours, "%-H")),
                ('m', 2) => Some((Unit::Minutes, "%M")),
                ('s', 2) => Some((Unit::Seconds, "%S")),
                ('S', 3) => Some((Unit::Millis, "%3f")),
                (letter, _) if letter.is_ascii_alphabetic() => return None,
                _ => None,
            };
            match part {
                Some((unit, specifier)) => {
                    units.push(unit);
                    strftime.push_str(specifier);
                }
                None if letter == '%' => strftime.push_str(&"%%".repeat(count)),
                None => strftime.extend(std::iter::repeat_n(letter, count)),
            }
            rest = &rest[count * letter.len_utf8()..];
        }
        (!units.is_empty()).then_some(Self { strftime, units })
    }

    fn write(&self, date: NaiveDateTime) -> String {
        date.format(&self.strftime).to_string()
    }

    /// The first moment that is written so; parts that are not written are the first of theirs.
    fn parse(&self, text: &str) -> Option<NaiveDateTime> {
        let mut parsed = Parsed::new();
        let items: Vec<Item<'_>> = StrftimeItems::new(&self.strftime).collect();
        chrono::format::parse(&mut parsed, text, items.iter()).ok()?;
        let year = match (parsed.year(), parsed.year_mod_100()) {
            (Some(year), _) => year,
            (None, Some(short)) => 2000 + short,
            (None, None) => return None,
        };
        let day =
            NaiveDate::from_ymd_opt(year, parsed.month().unwrap_or(1), parsed.day().unwrap_or(1))?;
        let hour = parsed.hour_div_12().unwrap_or(0) * 12 + parsed.hour_mod_12().unwrap_or(0);
        let time = NaiveTime::from_hms_nano_opt(
            hour,
            parsed.minute().unwrap_or(0),
            parsed.second().unwrap_or(0),
            parsed.nanosecond().unwrap_or(0),
        )?;
        Some(day.and_time(time))
    }

    /// The unit of steps where none is given: only days and months go without.
    fn precision(&self) -> Option<Unit> {
        match self.finest() {
            unit @ (Unit::Days | Unit::Months) => Some(unit),
            _ => None,
        }
    }

    /// The shortest unit that is written.
    fn finest(&self) -> Unit {
        let order = |unit: &Unit| *unit as u8;
        self.units
            .iter()
            .copied()
            .max_by_key(order)
            .unwrap_or(Unit::Days)
    }

    /// Whether texts are in the order of their dates: the longest unit first, digits filled up.
    fn is_ordered(&self) -> bool {
        let falls = self
            .units
            .windows(2)
            .all(|pair| (pair[0] as u8) < (pair[1] as u8));
        let varies = ["%-", "%b", "%y"]
            .iter()
            .any(|part| self.strftime.contains(part));
        falls && !varies
    }
}
