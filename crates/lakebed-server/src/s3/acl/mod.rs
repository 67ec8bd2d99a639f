//! Access control lists on the wire: whose buckets and objects are, and who is granted what.

pub(super) mod bucket;
mod document;
mod error;
mod headers;
mod new_object;
pub(super) mod object;
mod owners;

pub(super) use document::{read_grantee, write_grantee};
pub(super) use headers::{AskedAcl, asked_acl};
pub(super) use new_object::new_object;
pub(super) use owners::{BucketOwners, KnownAccount, Owners};
