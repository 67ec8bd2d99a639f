mod pattern;
pub(super) mod regexp_extract;
pub(super) mod regexp_replace;
