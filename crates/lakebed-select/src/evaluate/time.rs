//! Times: reading, writing by pattern, adding and taking apart. S3 user guide, "Date functions".

use chrono::{DateTime, Datelike, FixedOffset, Months, NaiveDate, TimeDelta, Timelike};

use crate::statement::DatePart;

/// Reads a time of ISO 8601 as S3 Select takes it: a year with `T`, a month with `T`, a day, or a
/// day and a time with an offset.
pub(super) fn parse(text: &str) -> Option<DateTime<FixedOffset>> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time);
    }
    // Without seconds.
    if let Some((day, time)) = text.split_once('T')
        && let Some(zone) = time.find(['Z', '+', '-'])
        && let Ok(full) =
            DateTime::parse_from_rfc3339(&format!("{day}T{}:00{}", &time[..zone], &time[zone..]))
    {
        return Some(full);
    }
    let day = text.strip_suffix('T').unwrap_or(text);
    let mut parts = day.split('-');
    let year = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let mut or_first = || parts.next().map_or(Some(1), |part| part.parse().ok());
    let (month, day) = (or_first()?, or_first()?);
    if parts.next().is_some() {
        return None;
    }
    let midnight = NaiveDate::from_ymd_opt(year, month, day)?.and_hms_opt(0, 0, 0)?;
    Some(midnight.and_utc().fixed_offset())
}

/// Adds whole parts; none where the calendar ends.
pub(super) fn add(
    part: DatePart,
    amount: i64,
    time: DateTime<FixedOffset>,
) -> Option<DateTime<FixedOffset>> {
    let months = |months: i64| {
        let count = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
        if months < 0 {
            time.checked_sub_months(count)
        } else {
            time.checked_add_months(count)
        }
    };
    let delta = match part {
        DatePart::Year => return months(amount.checked_mul(12)?),
        DatePart::Month => return months(amount),
        DatePart::Day => TimeDelta::try_days(amount),
        DatePart::Hour | DatePart::TimezoneHour => TimeDelta::try_hours(amount),
        DatePart::Minute | DatePart::TimezoneMinute => TimeDelta::try_minutes(amount),
        DatePart::Second => TimeDelta::try_seconds(amount),
    };
    time.checked_add_signed(delta?)
}

/// How many whole parts lie between two times.
pub(super) fn difference(
    part: DatePart,
    from: DateTime<FixedOffset>,
    to: DateTime<FixedOffset>,
) -> i64 {
    let span = to.signed_duration_since(from);
    match part {
        DatePart::Year => months_between(from, to) / 12,
        DatePart::Month => months_between(from, to),
        DatePart::Day => span.num_days(),
        DatePart::Hour | DatePart::TimezoneHour => span.num_hours(),
        DatePart::Minute | DatePart::TimezoneMinute => span.num_minutes(),
        DatePart::Second => span.num_seconds(),
    }
}

fn months_between(from: DateTime<FixedOffset>, to: DateTime<FixedOffset>) -> i64 {
    let to = to.with_timezone(from.offset());
    let months =
        |time: &DateTime<FixedOffset>| i64::from(time.year()) * 12 + i64::from(time.month());
    let within = |time: &DateTime<FixedOffset>| (time.day(), time.time());
    let difference = months(&to) - months(&from);
    if difference > 0 && within(&to) < within(&from) {
        difference - 1
    } else if difference < 0 && within(&to) > within(&from) {
        difference + 1
    } else {
        difference
    }
}

pub(super) fn extract(part: DatePart, time: &DateTime<FixedOffset>) -> i64 {
    let offset_minutes = i64::from(time.offset().local_minus_utc()) / 60;
    match part {
        DatePart::Year => i64::from(time.year()),
        DatePart::Month => i64::from(time.month()),
        DatePart::Day => i64::from(time.day()),
        DatePart::Hour => i64::from(time.hour()),
        DatePart::Minute => i64::from(time.minute()),
        DatePart::Second => i64::from(time.second()),
        DatePart::TimezoneHour => offset_minutes / 60,
        DatePart::TimezoneMinute => offset_minutes % 60,
    }
}

/// Writes a time by a pattern such as `MMMM d, y` or `HH:mm:ssX`; none for letters that mean
/// nothing.
pub(super) fn write(time: &DateTime<FixedOffset>, pattern: &str) -> Option<String> {
    let mut written = String::new();
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        let run = rest.len() - rest.trim_start_matches(letter).len();
        if letter == '\'' {
            let (literal, after) = rest[1..].split_once('\'')?;
            written.push_str(literal);
            rest = after;
            continue;
        }
        let count = run / letter.len_utf8();
        if letter.is_ascii_alphabetic() && letter != 'T' {
            written.push_str(&field(time, letter, count)?);
        } else {
            written.push_str(&rest[..run]);
        }
        rest = &rest[run..];
    }
    Some(written)
}

fn field(time: &DateTime<FixedOffset>, letter: char, count: usize) -> Option<String> {
    let formatted = |format: &str| time.format(format).to_string();
    Some(match (letter, count) {
        ('y', 1) => time.year().to_string(),
        ('y', 2) => formatted("%y"),
        ('y', 4) => formatted("%Y"),
        ('M', 1) => time.month().to_string(),
        ('M', 2) => formatted("%m"),
        ('M', 3) => formatted("%b"),
        ('M', 4) => formatted("%B"),
        ('M', 5) => formatted("%B").chars().take(1).collect(),
        ('d', 1) => time.day().to_string(),
        ('d', 2) => formatted("%d"),
        ('a', 1) => formatted("%p"),
        ('h', 1) => time.hour12().1.to_string(),
        ('h', 2) => formatted("%I"),
        ('H', 1) => time.hour().to_string(),
        ('H', 2) => formatted("%H"),
        ('m', 1) => time.minute().to_string(),
        ('m', 2) => formatted("%M"),
        ('s', 1) => time.second().to_string(),
        ('s', 2) => formatted("%S"),
        ('S', digits @ 1..=9) => format!("{:09}", time.nanosecond())
            .get(..digits)?
            .to_owned(),
        ('n', 1) => time.nanosecond().to_string(),
        ('X', 1..=5) if time.offset().local_minus_utc() == 0 => "Z".to_owned(),
        ('X' | 'x', 1) => formatted("%z").get(..3)?.to_owned(),
        ('X' | 'x', 2 | 4) => formatted("%z"),
        ('X' | 'x', 3 | 5) => formatted("%:z"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;
    use crate::value::time_text;

    #[rstest]
    #[case("2007T", "2007-01-01T00:00:00Z")]
    #[case("2007-02T", "2007-02-01T00:00:00Z")]
    #[case("2007-02-23", "2007-02-23T00:00:00Z")]
    #[case("2007-02-23T12:14Z", "2007-02-23T12:14:00Z")]
    #[case("2007-02-23T12:14:33.079-08:00", "2007-02-23T12:14:33.079-08:00")]
    fn times_are_read(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(time_text(&parse(text).unwrap()), expected);
    }

    #[rstest]
    #[case("1969-07-20T20:18Z", "MMMM d, y", "July 20, 1969")]
    #[case("1969-07-20T20:18Z", "MMM d, yyyy", "Jul 20, 1969")]
    #[case("1969-07-20T20:18Z", "M-d-yy", "7-20-69")]
    #[case("1969-07-20T20:18Z", "MM-d-y", "07-20-1969")]
    #[case("1969-07-20T20:18Z", "MMMM d, y h:m a", "July 20, 1969 8:18 PM")]
    #[case("1969-07-20T20:18Z", "y-MM-dd'T'H:m:ssX", "1969-07-20T20:18:00Z")]
    #[case(
        "1969-07-20T20:18+08:00",
        "y-MM-dd'T'H:m:ssXXX",
        "1969-07-20T20:18:00+08:00"
    )]
    fn times_are_written_by_patterns(
        #[case] time: &str,
        #[case] pattern: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(write(&parse(time).unwrap(), pattern).unwrap(), expected);
    }

    #[test]
    fn parts_are_added_and_counted() {
        let time = parse("2010-01-31T00:00:00Z").unwrap();
        let later = add(DatePart::Month, 1, time).unwrap();
        assert_eq!(time_text(&later), "2010-02-28T00:00:00Z");
        assert_eq!(difference(DatePart::Month, time, later), 0);
        assert_eq!(difference(DatePart::Day, time, later), 28);
        assert_eq!(difference(DatePart::Year, later, time), 0);
        assert_eq!(
            extract(
                DatePart::TimezoneHour,
                &parse("2010-01-01T00:00:00-07:30").unwrap()
            ),
            -7
        );
    }
}
