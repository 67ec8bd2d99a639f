pub(super) mod typeof_;
