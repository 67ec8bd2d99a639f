pub(super) mod date_add;
pub(super) mod date_diff;
pub(super) mod date_format;
pub(super) mod date_parse;
pub(super) mod date_trunc;
mod field;
pub(super) mod from_unixtime;
mod moment;
mod mysql_pattern;
