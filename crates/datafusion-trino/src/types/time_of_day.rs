//! Times of day with a zone.

use std::fmt::Write;

use super::moment::{PICOS_PER_DAY, picos_per_step, read_time, write_time};
use super::zone::{offset_name, parse_offset};

const PICOS_PER_MINUTE: i64 = PICOS_PER_DAY / (24 * 60);

/// A time of day at an offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ZonedTime {
    /// Since midnight in UTC; what is compared.
    pub(crate) utc_picos: i64,
    /// In minutes.
    pub(crate) offset: i16,
}

impl ZonedTime {
    /// The time that clocks at an offset show as `picos`.
    pub(crate) fn from_local(picos: i64, offset: i16) -> Self {
        let utc_picos = (picos - i64::from(offset) * PICOS_PER_MINUTE).rem_euclid(PICOS_PER_DAY);
        Self { utc_picos, offset }
    }

    /// What clocks show there.
    pub(crate) fn local_picos(self) -> i64 {
        (self.utc_picos + i64::from(self.offset) * PICOS_PER_MINUTE).rem_euclid(PICOS_PER_DAY)
    }

    pub(crate) fn round(self, precision: u8) -> Self {
        Self::from_local(round_time(self.local_picos(), precision), self.offset)
    }

    /// `09:30:00.000+09:00`.
    pub(crate) fn write(self, precision: u8, out: &mut String) {
        write_time(self.local_picos(), precision, out);
        let _ = out.write_str(&offset_name(self.offset));
    }

    /// Reads `9:30[:00[.000]][ ]+09:00`: the time, and how many digits its fraction has. A time
    /// without offset has none.
    pub(crate) fn read(text: &str) -> Option<(i64, u8, Option<i16>)> {
        let text = text.trim();
        let (time, offset) = match text.find(['+', '-']) {
            Some(sign) => (text[..sign].trim_end(), Some(parse_offset(&text[sign..])?)),
            None => (text, None),
        };
        let (picos, precision) = read_time(time)?;
        Some((picos, precision, offset))
    }
}

/// The nearest time with so many digits in the second's fraction; after midnight comes 00:00.
pub(crate) fn round_time(picos: i64, precision: u8) -> i64 {
    let step = picos_per_step(precision);
    (picos + step / 2) / step * step % PICOS_PER_DAY
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn times_keep_their_offset() {
        for (text, precision, expected) in [
            ("12:34:56.1+08:35", 1, "12:34:56.1+08:35"),
            ("12:34:56 -00:35", 3, "12:34:56.000-00:35"),
            ("23:59:59.95+14:00", 1, "00:00:00.0+14:00"),
        ] {
            let (picos, _, offset) = ZonedTime::read(text).unwrap();
            let mut out = String::new();
            let time = ZonedTime::from_local(picos, offset.unwrap());
            time.round(precision).write(precision, &mut out);
            assert_eq!(out, expected, "{text}");
        }
        assert_eq!(ZonedTime::read("25:00+01:00"), None);
    }
}
