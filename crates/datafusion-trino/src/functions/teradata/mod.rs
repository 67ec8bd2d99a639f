pub(super) mod index;
mod pattern;
pub(super) mod to_char;
