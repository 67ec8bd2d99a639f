pub(super) mod constructor;
pub(super) mod entries;
