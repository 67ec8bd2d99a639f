//! Units of time, as `date_trunc`, `date_add` and `date_diff` take them.

use datafusion::common::Result;

use crate::error::TrinoError;

/// In microseconds.
pub(super) const DAY: i64 = 86_400_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::functions) enum Unit {
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

const UNITS: [(&str, Unit); 9] = [
    ("millisecond", Unit::Millisecond),
    ("second", Unit::Second),
    ("minute", Unit::Minute),
    ("hour", Unit::Hour),
    ("day", Unit::Day),
    ("week", Unit::Week),
    ("month", Unit::Month),
    ("quarter", Unit::Quarter),
    ("year", Unit::Year),
];

impl Unit {
    /// # Errors
    /// `INVALID_FUNCTION_ARGUMENT` for another word.
    pub(super) fn parse(name: &str) -> Result<Self> {
        let unit = UNITS
            .iter()
            .find(|(unit, _)| unit.eq_ignore_ascii_case(name));
        match unit {
            Some((_, unit)) => Ok(*unit),
            None => Err(TrinoError::invalid_argument(format!(
                "'{name}' is not a valid Timestamp field"
            ))),
        }
    }

    pub(super) fn name(self) -> &'static str {
        let named = UNITS.iter().find(|(_, unit)| *unit == self);
        named.map_or("", |(name, _)| name)
    }

    /// Whether it is shorter than a day.
    pub(super) fn is_of_time(self) -> bool {
        self < Self::Day
    }

    /// How long it is, in microseconds; none where it depends on the calendar.
    pub(super) fn micros(self) -> Option<i64> {
        match self {
            Self::Millisecond => Some(1_000),
            Self::Second => Some(1_000_000),
            Self::Minute => Some(60_000_000),
            Self::Hour => Some(3_600_000_000),
            Self::Day => Some(DAY),
            Self::Week => Some(7 * DAY),
            Self::Month | Self::Quarter | Self::Year => None,
        }
    }

    /// How many months it has; none if it is shorter.
    pub(super) fn months(self) -> Option<i64> {
        match self {
            Self::Month => Some(1),
            Self::Quarter => Some(3),
            Self::Year => Some(12),
            _ => None,
        }
    }
}

/// The unit that an argument names, read once where it is the same in all rows.
pub(super) struct Units<'c> {
    names: crate::functions::scalar::Column<'c, &'c str>,
    last: Option<(&'c str, Unit)>,
}

impl<'c> Units<'c> {
    pub(super) fn of(call: &'c crate::functions::scalar::Call<'_>) -> Result<Self> {
        Ok(Self {
            names: call.column(0)?,
            last: None,
        })
    }

    /// # Errors
    /// `INVALID_FUNCTION_ARGUMENT` if the row has no unit.
    pub(super) fn get(&mut self, row: usize) -> Result<Option<Unit>> {
        let Some(name) = self.names.get(row) else {
            return Ok(None);
        };
        if let Some((last, unit)) = self.last
            && last == name
        {
            return Ok(Some(unit));
        }
        let unit = Unit::parse(name)?;
        self.last = Some((name, unit));
        Ok(Some(unit))
    }
}
