pub(crate) mod cast;
pub(super) mod typeof_;
