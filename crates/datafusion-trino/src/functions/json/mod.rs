pub(super) mod json_extract;
pub(super) mod json_extract_scalar;
mod path;
