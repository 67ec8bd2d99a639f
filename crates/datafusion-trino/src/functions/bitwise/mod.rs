pub(super) mod bit_count;
pub(super) mod logic;
pub(super) mod shift;
