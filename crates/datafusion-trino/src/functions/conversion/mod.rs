pub(crate) mod cast;
pub(super) mod format;
pub(super) mod format_number;
pub(super) mod parse_data_size;
pub(super) mod typeof_;
