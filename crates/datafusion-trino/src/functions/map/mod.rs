pub(super) mod constructor;
pub(super) mod entries;
pub(super) mod from_entries;
