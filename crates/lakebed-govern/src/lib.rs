//! May this caller do that? Policies as IAM and S3 write them: read, checked, and held against a
//! request. A pure function of values.
//!
//! What several policies come to when they meet (those of an identity, of a bucket, ACLs) is for
//! the service that asks: each has rules of its own. This crate deliberately knows no HTTP, keeps
//! nothing and asks nobody.

pub mod policy;
