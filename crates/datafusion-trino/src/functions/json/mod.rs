pub(super) mod is_json_scalar;
pub(super) mod json_array_contains;
pub(super) mod json_array_get;
pub(super) mod json_array_length;
pub(super) mod json_extract;
pub(super) mod json_format;
pub(super) mod json_parse;
mod path;
