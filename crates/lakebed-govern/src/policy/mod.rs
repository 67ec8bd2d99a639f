//! Policy documents. IAM user guide, "IAM JSON policy elements reference".

mod bucket;
mod condition;
mod document;
mod evaluate;
mod keys;
mod pattern;
mod principal;
mod public;

pub use bucket::{BucketPolicyError, check_bucket_policy};
pub use document::{Policy, PolicyError};
pub use evaluate::{Request, Verdict, verdict};
pub use keys::ConditionKeys;
pub use principal::Caller;
