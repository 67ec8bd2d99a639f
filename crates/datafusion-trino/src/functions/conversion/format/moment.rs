//! Dates and times: `tY`, `tB`, …

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::value::Value;

/// Whether a letter can follow `t`.
pub(super) fn is_conversion(letter: char) -> bool {
    "HIklMSLNpzZsQBbhAaCYyjmdeRTrDFc".contains(letter)
}

/// What a value has of a moment.
struct Parts {
    date: Option<NaiveDate>,
    time: Option<NaiveTime>,
    /// The zone's name, and how many seconds its clocks are ahead of UTC's.
    zone: Option<(String, i64)>,
}

fn parts(value: &Value) -> Option<Parts> {
    let of = |local: NaiveDateTime, zone| Parts {
        date: Some(local.date()),
        time: Some(local.time()),
        zone,
    };
    Some(match value {
        Value::Date(date) => Parts {
            date: Some(*date),
            time: None,
            zone: None,
        },
        Value::Time(time) => Parts {
            date: None,
            time: Some(*time),
            zone: None,
        },
        Value::Timestamp(local) => of(*local, None),
        Value::Zoned(local, zone, offset) => of(*local, Some((zone.name().into_owned(), *offset))),
        // Milliseconds since 1970 in UTC.
        Value::Long(millis) => {
            let moment = chrono::DateTime::from_timestamp_millis(*millis)?;
            of(moment.naive_utc(), Some(("UTC".to_owned(), 0)))
        }
        _ => return None,
    })
}

/// None if the value has no such part.
pub(super) fn write(conversion: char, value: &Value) -> Option<String> {
    let Parts { date, time, zone } = parts(value)?;
    let hour12 = |time: NaiveTime| time.hour12().1;
    let epoch = || {
        let (_, offset) = zone.as_ref()?;
        let local = NaiveDateTime::new(date?, time?);
        Some(local.and_utc().timestamp_millis() - offset * 1_000)
    };
    let dated = |format: &str| date.map(|date| date.format(format).to_string());
    let timed = |format: &str| time.map(|time| time.format(format).to_string());
    match conversion {
        'H' => timed("%H"),
        'I' => Some(format!("{:02}", hour12(time?))),
        'k' => Some(time?.hour().to_string()),
        'l' => Some(hour12(time?).to_string()),
        'M' => timed("%M"),
        'S' => timed("%S"),
        'L' => Some(format!("{:03}", time?.nanosecond() / 1_000_000)),
        'N' => Some(format!("{:09}", time?.nanosecond())),
        'p' => timed("%P"),
        'z' => zone.map(|(_, offset)| {
            let (sign, minutes) = (
                if offset < 0 { '-' } else { '+' },
                offset.unsigned_abs() / 60,
            );
            format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
        }),
        'Z' => zone.map(|(name, _)| name),
        's' => epoch().map(|millis| millis.div_euclid(1_000).to_string()),
        'Q' => epoch().map(|millis| millis.to_string()),
        'B' => dated("%B"),
        'b' | 'h' => dated("%b"),
        'A' => dated("%A"),
        'a' => dated("%a"),
        'C' => Some(format!("{:02}", date?.year() / 100)),
        'Y' => Some(format!("{:04}", date?.year())),
        'y' => Some(format!("{:02}", date?.year().rem_euclid(100))),
        'j' => dated("%j"),
        'm' => dated("%m"),
        'd' => dated("%d"),
        'e' => Some(date?.day().to_string()),
        'R' => timed("%H:%M"),
        'T' => timed("%H:%M:%S"),
        'r' => timed("%I:%M:%S %p"),
        'D' => dated("%m/%d/%y"),
        'F' => dated("%Y-%m-%d"),
        'c' => {
            let (name, _) = zone?;
            let (day, time) = (dated("%a %b %d")?, timed("%H:%M:%S")?);
            Some(format!("{day} {time} {name} {:04}", date?.year()))
        }
        _ => None,
    }
}
