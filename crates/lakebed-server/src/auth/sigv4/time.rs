use chrono::{DateTime, NaiveDateTime, Utc};
use lakebed_core::Timestamp;

/// ISO 8601's basic form, as signatures write it.
const BASIC: &str = "%Y%m%dT%H%M%SZ";

/// When a request was signed, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SigningTime(DateTime<Utc>);

impl SigningTime {
    /// Reads `20130524T000000Z`.
    pub(crate) fn parse_basic(text: &str) -> Option<Self> {
        NaiveDateTime::parse_from_str(text, BASIC)
            .ok()
            .map(|moment| Self(moment.and_utc()))
    }

    /// Reads a header: the basic form or HTTP's own.
    pub(crate) fn parse_header(text: &str) -> Option<Self> {
        Self::parse_basic(text).or_else(|| {
            DateTime::parse_from_rfc2822(text)
                .ok()
                .map(|moment| Self(moment.to_utc()))
        })
    }

    /// `20130524T000000Z`.
    pub(crate) fn basic(self) -> String {
        self.0.format(BASIC).to_string()
    }

    /// `20130524`.
    pub(crate) fn date(self) -> String {
        self.0.format("%Y%m%d").to_string()
    }

    pub(crate) fn timestamp(self) -> Timestamp {
        Timestamp::from(self.0)
    }
}

impl From<Timestamp> for SigningTime {
    fn from(moment: Timestamp) -> Self {
        Self(moment.to_datetime())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("20150830T123600Z")]
    #[case("Sun, 30 Aug 2015 12:36:00 GMT")]
    #[case("Sun, 30 Aug 2015 12:36:00 -0000")]
    fn headers_are_basic_or_http_dates(#[case] header: &str) {
        let time = SigningTime::parse_header(header).unwrap();
        assert_eq!(time.basic(), "20150830T123600Z");
        assert_eq!(time.date(), "20150830");
    }

    #[rstest]
    #[case("2015-08-30T12:36:00Z")]
    #[case("20150830")]
    #[case("")]
    fn nothing_else_is_a_time(#[case] header: &str) {
        assert_eq!(SigningTime::parse_header(header), None);
    }
}
