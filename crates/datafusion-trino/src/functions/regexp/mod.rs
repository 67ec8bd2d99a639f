mod java_syntax;
mod pattern;
pub(super) mod regexp_count;
pub(super) mod regexp_extract;
pub(super) mod regexp_like;
pub(super) mod regexp_position;
pub(super) mod regexp_replace;
pub(super) mod regexp_replace_by;
pub(super) mod regexp_split;
