pub(super) mod greatest;
pub(super) mod like_pattern;
