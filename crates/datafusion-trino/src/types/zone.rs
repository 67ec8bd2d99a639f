//! Time zones: IANA's by name, with their historical offsets, and fixed offsets.

use std::borrow::Cow;
use std::str::FromStr;

use chrono::{DateTime, LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};

/// A zone as a small number, so that a column of zoned timestamps is no column of texts: 0 is UTC,
/// then IANA's zones in the order of the zone database, then offsets in minutes around
/// [`OFFSETS`]. The numbers are only good within one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Zone(i16);

const OFFSETS: i16 = 10_000;

/// Offsets go from -14:00 to +14:00.
const MAX_OFFSET: i16 = 14 * 60;

/// Names of UTC besides its own. Trino knows zones in any case.
const UTC_NAMES: [&str; 14] = [
    "utc",
    "z",
    "ut",
    "uct",
    "gmt",
    "gmt0",
    "greenwich",
    "universal",
    "zulu",
    "etc/utc",
    "etc/uct",
    "etc/gmt",
    "etc/universal",
    "etc/zulu",
];

impl Zone {
    pub(crate) const UTC: Self = Self(0);

    /// The zone of this number.
    pub(super) fn from_key(key: i16) -> Self {
        Self(key)
    }

    pub(super) fn key(self) -> i16 {
        self.0
    }

    /// The zone so many minutes east of Greenwich; none beyond 14 hours.
    pub(crate) fn from_offset(minutes: i16) -> Option<Self> {
        match minutes {
            0 => Some(Self::UTC),
            minutes if minutes.abs() <= MAX_OFFSET => Some(Self(OFFSETS + minutes)),
            _ => None,
        }
    }

    /// `Asia/Seoul`, `UTC`, `+09:00`, `UTC+9`.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let folded = name.to_ascii_lowercase();
        if UTC_NAMES.contains(&folded.as_str()) {
            return Some(Self::UTC);
        }
        let prefixed = ["utc", "gmt", "ut"]
            .iter()
            .find_map(|prefix| folded.strip_prefix(prefix));
        if let Some(minutes) = parse_offset(prefixed.unwrap_or(&folded)) {
            return Self::from_offset(minutes);
        }
        let place = match Tz::from_str(name) {
            Ok(zone) => TZ_VARIANTS.iter().position(|other| *other == zone),
            Err(_) => TZ_VARIANTS
                .iter()
                .position(|zone| zone.name().eq_ignore_ascii_case(name)),
        };
        Some(Self(i16::try_from(place?).ok()? + 1))
    }

    fn named(self) -> Option<Tz> {
        let place = usize::try_from(self.0).ok()?.checked_sub(1)?;
        TZ_VARIANTS.get(place).copied()
    }

    fn fixed_minutes(self) -> i16 {
        match self.0 {
            0 => 0,
            key => key - OFFSETS,
        }
    }

    /// The name that Trino shows.
    pub(crate) fn name(self) -> Cow<'static, str> {
        if self == Self::UTC {
            return "UTC".into();
        }
        match self.named() {
            Some(zone) => zone.name().into(),
            None => offset_name(self.fixed_minutes()).into(),
        }
    }

    /// How many seconds the zone's clocks are ahead of UTC's at a moment.
    pub(crate) fn offset_at(self, utc_micros: i64) -> i64 {
        let fixed = || i64::from(self.fixed_minutes()) * 60;
        match (self.named(), DateTime::from_timestamp_micros(utc_micros)) {
            (Some(zone), Some(moment)) => {
                let offset = zone.offset_from_utc_datetime(&moment.naive_utc());
                offset.fix().local_minus_utc().into()
            }
            (Some(_), None) => 0,
            (None, _) => fixed(),
        }
    }

    /// What the zone's clocks show at a moment.
    pub(crate) fn to_local(self, utc_micros: i64) -> i64 {
        utc_micros.saturating_add(self.offset_at(utc_micros) * 1_000_000)
    }

    /// When the zone's clocks show a time. The first time of two; a time that clocks skip is so
    /// much later.
    pub(crate) fn to_utc(self, local_micros: i64) -> i64 {
        let Some((zone, local)) = self
            .named()
            .zip(DateTime::from_timestamp_micros(local_micros).map(|moment| moment.naive_utc()))
        else {
            return local_micros.saturating_sub(i64::from(self.fixed_minutes()) * 60_000_000);
        };
        resolve(zone, local)
            .or_else(|| {
                // In a gap: with the offset from before it.
                let before = resolve(zone, local - TimeDelta::hours(3))?;
                Some(before + 3 * 3_600_000_000)
            })
            .unwrap_or(local_micros)
    }
}

fn resolve(zone: Tz, local: NaiveDateTime) -> Option<i64> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => {
            Some(moment.timestamp_micros())
        }
        LocalResult::None => None,
    }
}

/// `+09:00`.
pub(crate) fn offset_name(minutes: i16) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `+9`, `+09`, `+0930`, `-09:30` in minutes.
pub(crate) fn parse_offset(text: &str) -> Option<i16> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let number = |text: &str, most: i16| {
        let is_short = matches!(text.len(), 1 | 2) && text.bytes().all(|c| c.is_ascii_digit());
        let value: i16 = is_short.then(|| text.parse().ok())??;
        (value <= most).then_some(value)
    };
    let offset = number(hours, 14)? * 60 + number(minutes, 59)?;
    (offset <= MAX_OFFSET).then_some(sign * offset)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn zones_are_known_by_name_and_offset() {
        for (name, shown) in [
            ("UTC", "UTC"),
            ("z", "UTC"),
            ("+00:00", "UTC"),
            ("asia/seoul", "Asia/Seoul"),
            ("America/Los_Angeles", "America/Los_Angeles"),
            ("+9", "+09:00"),
            ("UTC+9", "+09:00"),
            ("-0330", "-03:30"),
        ] {
            assert_eq!(Zone::parse(name).unwrap().name(), shown, "{name}");
        }
        for name in ["", "Nowhere/At_All", "+15:00", "+14:01", "+9:5x"] {
            assert_eq!(Zone::parse(name), None, "{name}");
        }
    }

    #[test]
    fn clocks_skip_and_repeat() {
        let zone = Zone::parse("America/New_York").unwrap();
        let micros = |text: &str| {
            let moment = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
            moment.and_utc().timestamp_micros()
        };
        for (local, utc) in [
            ("2024-03-10 02:30", "2024-03-10 07:30"),
            ("2024-11-03 01:30", "2024-11-03 05:30"),
            ("2024-07-01 00:00", "2024-07-01 04:00"),
        ] {
            assert_eq!(zone.to_utc(micros(local)), micros(utc), "{local}");
        }
        assert_eq!(
            zone.to_local(micros("2024-07-01 04:00")),
            micros("2024-07-01 00:00")
        );
    }
}
