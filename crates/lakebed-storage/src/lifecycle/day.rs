use std::num::NonZeroU32;
use std::time::Duration;

use lakebed_core::Timestamp;

const REAL_DAY: Duration = Duration::from_secs(86_400);
const REAL_DAY_MILLIS: i64 = 86_400_000;

/// The least time between two looks at the objects.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);

/// How long a day of lifecycle rules is, by the clock. Real unless somebody wants to watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LifecycleDay(Duration);

impl Default for LifecycleDay {
    fn default() -> Self {
        Self(REAL_DAY)
    }
}

impl LifecycleDay {
    /// A day of so many seconds.
    #[must_use]
    pub fn of_seconds(seconds: NonZeroU32) -> Self {
        Self(Duration::from_secs(seconds.get().into()))
    }

    /// When so many days after a moment are over: a real day ends at the next midnight UTC, as
    /// S3 rounds. S3 user guide, "Lifecycle configuration elements".
    pub(crate) fn end_after(self, moment: Timestamp, days: u32) -> Timestamp {
        let end = moment.plus(self.0.saturating_mul(days));
        if self.is_real() {
            next_midnight(end)
        } else {
            end
        }
    }

    /// When rules are to be carried out the next time: at midnight, or twice in a day that is
    /// not real.
    pub(crate) fn next_pass(self, now: Timestamp) -> Timestamp {
        if self.is_real() {
            next_midnight(now)
        } else {
            now.plus((self.0 / 2).max(SHORTEST_PAUSE))
        }
    }

    /// How many days passed, but at least one.
    pub(crate) fn days_between(self, earlier: Timestamp, later: Timestamp) -> u128 {
        (later.since(earlier).as_millis() / self.0.as_millis()).max(1)
    }

    fn is_real(self) -> bool {
        self.0 == REAL_DAY
    }
}

fn next_midnight(moment: Timestamp) -> Timestamp {
    let days = moment.as_millis().div_euclid(REAL_DAY_MILLIS);
    Timestamp::from_millis(days.saturating_add(1).saturating_mul(REAL_DAY_MILLIS))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    fn moment(text: &str) -> Timestamp {
        serde_json::from_value(text.into()).unwrap()
    }

    #[rstest]
    #[case("2014-01-15T10:30:00Z", 3, "2014-01-19T00:00:00Z")]
    #[case("2014-01-15T00:00:00Z", 1, "2014-01-17T00:00:00Z")]
    #[case("2014-12-31T23:59:59Z", 0, "2015-01-01T00:00:00Z")]
    fn real_days_end_at_midnight(#[case] from: &str, #[case] days: u32, #[case] end: &str) {
        let day = LifecycleDay::default();
        assert_eq!(day.end_after(moment(from), days), moment(end));
    }

    #[test]
    fn other_days_are_as_long_as_they_are() {
        let day = LifecycleDay::of_seconds(NonZeroU32::new(2).unwrap());
        let start = moment("2014-01-15T10:30:00Z");
        assert_eq!(day.end_after(start, 3), start.plus(Duration::from_secs(6)));
        assert_eq!(day.next_pass(start), start.plus(Duration::from_secs(1)));
    }

    #[test]
    fn the_last_day_does_not_overflow() {
        let day = LifecycleDay::default();
        let last = Timestamp::from_millis(i64::MAX);
        assert!(day.end_after(last, u32::MAX) <= last);
    }
}
