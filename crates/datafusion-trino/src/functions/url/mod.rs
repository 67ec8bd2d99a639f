pub(super) mod encode;
pub(super) mod extract;
