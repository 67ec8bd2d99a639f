use std::collections::BTreeSet;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc, Weekday};

use crate::Timestamp;

/// A schedule in AWS's cron, `cron(Minutes Hours Day-of-month Month Day-of-week Year)`, in UTC
/// (AWS Glue developer guide, "Time-based schedules for jobs and crawlers").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    minutes: BTreeSet<u32>,
    hours: BTreeSet<u32>,
    days: DayRule,
    months: BTreeSet<u32>,
    years: BTreeSet<u32>,
}

/// Which days of a month: one of the two fields for days says it, the other is `?`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum DayRule {
    OfMonth(Vec<DayOfMonth>),
    OfWeek(Vec<DayOfWeek>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum DayOfMonth {
    Days(BTreeSet<u32>),
    /// `L`.
    Last,
    /// `3W`: the weekday nearest to the third, within the month.
    NearestWeekday(u32),
}

/// Days count from Sunday, 1.
#[derive(Debug, Clone, PartialEq, Eq)]
enum DayOfWeek {
    Days(BTreeSet<u32>),
    /// `6L`: the last Friday of the month.
    LastOfMonth(u32),
}

/// Why a text is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{expression}' is not a valid cron expression: {reason}")]
pub struct CronError {
    expression: String,
    reason: String,
}

/// A field of the expression and the values it may hold.
struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    names: &'static [&'static str],
}

const MINUTES: Field = Field {
    name: "Minutes",
    least: 0,
    most: 59,
    names: &[],
};
const HOURS: Field = Field {
    name: "Hours",
    least: 0,
    most: 23,
    names: &[],
};
const DAY_OF_MONTH: Field = Field {
    name: "Day-of-month",
    least: 1,
    most: 31,
    names: &[],
};
const MONTH: Field = Field {
    name: "Month",
    least: 1,
    most: 12,
    names: &[
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ],
};
const DAY_OF_WEEK: Field = Field {
    name: "Day-of-week",
    least: 1,
    most: 7,
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
};
const YEAR: Field = Field {
    name: "Year",
    least: 1970,
    most: 2199,
    names: &[],
};

impl FromStr for Cron {
    type Err = CronError;

    fn from_str(expression: &str) -> Result<Self, CronError> {
        parse(expression).map_err(|reason| CronError {
            expression: expression.to_owned(),
            reason,
        })
    }
}

fn parse(expression: &str) -> Result<Cron, String> {
    let fields = expression
        .strip_prefix("cron(")
        .and_then(|rest| rest.strip_suffix(')'))
        .ok_or("it must have the form cron(fields)")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let &[minutes, hours, day_of_month, month, day_of_week, year] = &fields[..] else {
        return Err(format!("it must have six fields, got {}", fields.len()));
    };
    let days = match (day_of_month, day_of_week) {
        ("?", "?") => return Err("Day-of-month and Day-of-week cannot both be ?".to_owned()),
        ("?", days) => DayRule::OfWeek(days_of_week(days)?),
        (days, "?") => DayRule::OfMonth(days_of_month(days)?),
        _ => return Err("one of Day-of-month and Day-of-week must be ?".to_owned()),
    };
    Ok(Cron {
        minutes: MINUTES.values(minutes)?,
        hours: HOURS.values(hours)?,
        days,
        months: MONTH.values(month)?,
        years: YEAR.values(year)?,
    })
}

fn days_of_month(text: &str) -> Result<Vec<DayOfMonth>, String> {
    text.split(',')
        .map(|part| match part.strip_suffix('W') {
            Some(day) => DAY_OF_MONTH.value(day).map(DayOfMonth::NearestWeekday),
            None if part == "L" => Ok(DayOfMonth::Last),
            None => DAY_OF_MONTH.part(part).map(DayOfMonth::Days),
        })
        .collect()
}

fn days_of_week(text: &str) -> Result<Vec<DayOfWeek>, String> {
    text.split(',')
        .map(|part| match part.strip_suffix('L') {
            // By itself the last day of the week.
            Some("") => Ok(DayOfWeek::Days(BTreeSet::from([7]))),
            Some(day) => DAY_OF_WEEK.value(day).map(DayOfWeek::LastOfMonth),
            None => DAY_OF_WEEK.part(part).map(DayOfWeek::Days),
        })
        .collect()
}

impl Field {
    fn values(&self, text: &str) -> Result<BTreeSet<u32>, String> {
        let mut values = BTreeSet::new();
        for part in text.split(',') {
            values.append(&mut self.part(part)?);
        }
        Ok(values)
    }

    /// A value, a range or `*`, each perhaps with an increment.
    fn part(&self, part: &str) -> Result<BTreeSet<u32>, String> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => {
                let step = step.parse::<u32>().ok().filter(|step| *step > 0);
                let step = step.ok_or_else(|| self.refusal(part))?;
                (range, Some(step))
            }
            None => (part, None),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (self.least, self.most),
            Some((first, last)) => (self.value(first)?, self.value(last)?),
            None => {
                let first = self.value(range)?;
                (first, if step.is_some() { self.most } else { first })
            }
        };
        if first > last {
            return Err(self.refusal(part));
        }
        Ok((first..=last).step_by(step.unwrap_or(1) as usize).collect())
    }

    fn value(&self, text: &str) -> Result<u32, String> {
        let named = self
            .names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(text))
            .and_then(|index| u32::try_from(index + 1).ok());
        named
            .or_else(|| text.parse().ok())
            .filter(|value| (self.least..=self.most).contains(value))
            .ok_or_else(|| self.refusal(text))
    }

    fn refusal(&self, text: &str) -> String {
        format!(
            "{} takes {} to {}, got '{text}'",
            self.name, self.least, self.most
        )
    }
}

impl Cron {
    /// The first moment after this one that the schedule names; none if its years are over.
    #[must_use]
    pub fn next_after(&self, moment: Timestamp) -> Option<Timestamp> {
        let moment = moment.to_datetime();
        let mut day = moment.date_naive();
        let last_year = i32::try_from(*self.years.last()?).ok()?;
        while day.year() <= last_year {
            if !self.names_month(day) {
                day = day.with_day(1)?.checked_add_months(Months::new(1))?;
                continue;
            }
            if self.names_day(day) {
                let found = self.times(day).find(|time| *time > moment);
                if found.is_some() {
                    return found.map(Timestamp::from);
                }
            }
            day = day.checked_add_days(Days::new(1))?;
        }
        None
    }

    /// The shortest time between two moments of one day or of a day and the next.
    #[must_use]
    pub fn shortest_interval(&self) -> Duration {
        let minutes: Vec<u32> = self
            .hours
            .iter()
            .flat_map(|hour| self.minutes.iter().map(move |minute| hour * 60 + minute))
            .collect();
        let over_midnight = minutes
            .first()
            .zip(minutes.last())
            .map(|(first, last)| first + 24 * 60 - last);
        let shortest = minutes
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .chain(over_midnight)
            .min();
        Duration::from_secs(u64::from(shortest.unwrap_or_default()) * 60)
    }

    fn names_month(&self, day: NaiveDate) -> bool {
        u32::try_from(day.year()).is_ok_and(|year| self.years.contains(&year))
            && self.months.contains(&day.month())
    }

    fn names_day(&self, day: NaiveDate) -> bool {
        let last = last_day_of_month(day);
        match &self.days {
            DayRule::OfMonth(rules) => rules.iter().any(|rule| match rule {
                DayOfMonth::Days(days) => days.contains(&day.day()),
                DayOfMonth::Last => day.day() == last,
                DayOfMonth::NearestWeekday(wanted) => {
                    *wanted <= last && nearest_weekday(day, *wanted, last) == Some(day)
                }
            }),
            DayRule::OfWeek(rules) => {
                let weekday = day.weekday().number_from_sunday();
                rules.iter().any(|rule| match rule {
                    DayOfWeek::Days(days) => days.contains(&weekday),
                    DayOfWeek::LastOfMonth(wanted) => weekday == *wanted && day.day() + 7 > last,
                })
            }
        }
    }

    fn times(&self, day: NaiveDate) -> impl Iterator<Item = DateTime<Utc>> {
        self.hours.iter().flat_map(move |hour| {
            self.minutes.iter().filter_map(move |minute| {
                let time = day.and_hms_opt(*hour, *minute, 0)?;
                Some(time.and_utc())
            })
        })
    }
}

fn last_day_of_month(day: NaiveDate) -> u32 {
    day.with_day(1)
        .and_then(|first| first.checked_add_months(Months::new(1)))
        .and_then(|next| next.pred_opt())
        .map_or(31, |last| last.day())
}

/// The weekday nearest to a day of this month that does not leave the month.
fn nearest_weekday(month: NaiveDate, wanted: u32, last: u32) -> Option<NaiveDate> {
    let day = month.with_day(wanted)?;
    let nearest = match day.weekday() {
        Weekday::Sat if wanted == 1 => wanted + 2,
        Weekday::Sat => wanted - 1,
        Weekday::Sun if wanted == last => wanted - 2,
        Weekday::Sun => wanted + 1,
        _ => wanted,
    };
    month.with_day(nearest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn next(expression: &str, after: &str) -> Option<String> {
        let after = DateTime::parse_from_rfc3339(after).unwrap();
        let cron: Cron = expression.parse().unwrap();
        cron.next_after(after.with_timezone(&Utc).into())
            .map(|moment| moment.to_datetime().format("%a %F %H:%M:%S").to_string())
    }

    #[test]
    fn a_schedule_names_its_next_moment() {
        // 2026-11-23 is a Monday.
        let now = "2026-11-23T09:47:30Z";
        for (expression, expected) in [
            ("cron(15 12 * * ? *)", "Mon 2026-11-23 12:15:00"),
            ("cron(0 8 * * ? *)", "Tue 2026-11-24 08:00:00"),
            ("cron(0/15 * * * ? *)", "Mon 2026-11-23 10:00:00"),
            ("cron(1/10 * * * ? *)", "Mon 2026-11-23 09:51:00"),
            ("cron(*/30 10-11 * * ? *)", "Mon 2026-11-23 10:00:00"),
            ("cron(0 18 ? * SAT,sun *)", "Sat 2026-11-28 18:00:00"),
            ("cron(0 18 ? * MON-FRI *)", "Mon 2026-11-23 18:00:00"),
            ("cron(0 8 1 * ? *)", "Tue 2026-12-01 08:00:00"),
            ("cron(0 8 L * ? *)", "Mon 2026-11-30 08:00:00"),
            ("cron(0 8 L FEB ? *)", "Sun 2027-02-28 08:00:00"),
            ("cron(0 8 29 2 ? *)", "Tue 2028-02-29 08:00:00"),
            ("cron(0 8 ? * 6L *)", "Fri 2026-11-27 08:00:00"),
            ("cron(0 8 ? * L *)", "Sat 2026-11-28 08:00:00"),
            // The 28th is a Saturday, the 29th a Sunday.
            ("cron(0 8 28W * ? *)", "Fri 2026-11-27 08:00:00"),
            ("cron(0 8 29W * ? *)", "Mon 2026-11-30 08:00:00"),
            // The first of August 2026 was a Saturday: the nearest weekday within the month.
            ("cron(0 8 1W 8 ? 2027-2030)", "Mon 2027-08-02 08:00:00"),
            ("cron(0 0 1 1 ? 2030/5)", "Tue 2030-01-01 00:00:00"),
        ] {
            assert_eq!(
                next(expression, now).as_deref(),
                Some(expected),
                "{expression}"
            );
        }
        assert_eq!(next("cron(0 0 1 1 ? 2026)", now), None);
        assert_eq!(next("cron(0 0 30 2 ? *)", now), None, "no 30th of February");
    }

    #[test]
    fn what_is_no_schedule_is_refused_with_the_reason() {
        for (expression, reason) in [
            ("0 12 * * ? *", "it must have the form cron(fields)"),
            ("rate(5 minutes)", "it must have the form cron(fields)"),
            ("cron(0 12 * * ?)", "it must have six fields, got 5"),
            (
                "cron(0 12 * * * *)",
                "one of Day-of-month and Day-of-week must be ?",
            ),
            (
                "cron(0 12 ? * ? *)",
                "Day-of-month and Day-of-week cannot both be ?",
            ),
            ("cron(60 12 * * ? *)", "Minutes takes 0 to 59, got '60'"),
            ("cron(0 12 * FOO ? *)", "Month takes 1 to 12, got 'FOO'"),
            ("cron(0 12 ? * 0 *)", "Day-of-week takes 1 to 7, got '0'"),
            ("cron(0/0 12 * * ? *)", "Minutes takes 0 to 59, got '0/0'"),
            (
                "cron(30-10 12 * * ? *)",
                "Minutes takes 0 to 59, got '30-10'",
            ),
            (
                "cron(0 12 * * ? 1969)",
                "Year takes 1970 to 2199, got '1969'",
            ),
        ] {
            let error = expression.parse::<Cron>().unwrap_err();
            assert_eq!(error.reason, reason, "{expression}");
        }
    }

    #[test]
    fn the_shortest_interval_goes_over_hours_and_midnight() {
        for (expression, minutes) in [
            ("cron(0/5 * * * ? *)", 5),
            ("cron(0,58 * * * ? *)", 2),
            ("cron(0,58 10,12 * * ? *)", 58),
            ("cron(0,59 0,23 * * ? *)", 1),
            ("cron(0 12 * * ? *)", 24 * 60),
        ] {
            let cron: Cron = expression.parse().unwrap();
            assert_eq!(
                cron.shortest_interval(),
                Duration::from_secs(minutes * 60),
                "{expression}"
            );
        }
    }
}
