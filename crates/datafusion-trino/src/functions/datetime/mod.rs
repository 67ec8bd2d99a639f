pub(super) mod date_add;
pub(super) mod date_diff;
pub(super) mod date_format;
pub(super) mod date_trunc;
pub(super) mod duration;
pub(super) mod field;
pub(super) mod format_datetime;
pub(crate) mod interval;
pub(super) mod iso8601;
mod joda_pattern;
pub(super) mod last_day_of_month;
mod mysql_pattern;
mod names;
mod temporal;
pub(super) mod timezone;
mod unit;
pub(super) mod unixtime;

pub(super) use temporal::{Temporal, add_months, out_of_range};
