pub(super) mod try_;
