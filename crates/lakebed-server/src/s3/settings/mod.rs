//! What a bucket is set to do, one file a configuration.

pub(super) mod versioning;
