//! The units of `date_add` and `date_diff`.

use datafusion::common::Result;

use crate::error::TrinoError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// So many milliseconds.
    Millis(i64),
    /// So many days.
    Days(i64),
    /// So many months.
    Months(i64),
}

impl Field {
    pub(super) fn parse(name: &str) -> Result<Self> {
        Ok(match name.to_ascii_lowercase().as_str() {
            "millisecond" => Self::Millis(1),
            "second" => Self::Millis(1_000),
            "minute" => Self::Millis(60_000),
            "hour" => Self::Millis(3_600_000),
            "day" => Self::Days(1),
            "week" => Self::Days(7),
            "month" => Self::Months(1),
            "quarter" => Self::Months(3),
            "year" => Self::Months(12),
            _ => {
                return Err(TrinoError::invalid_argument(format!(
                    "'{name}' is not a valid TIMESTAMP field"
                )));
            }
        })
    }
}
