//! Policy documents. IAM user guide, "IAM JSON policy elements reference".

mod bucket;
mod condition;
mod document;
mod evaluate;
mod identity;
mod json;
mod keys;
mod pattern;
mod principal;
mod public;

pub use bucket::{BucketPolicyError, check_bucket_policy};
pub use document::{Policy, PolicyError};
pub use evaluate::{Request, Verdict, verdict};
pub use identity::{IdentityPolicyError, check_identity_policy};
pub use keys::ConditionKeys;
pub use principal::Caller;
