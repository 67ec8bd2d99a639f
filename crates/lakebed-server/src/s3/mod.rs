//! S3 on the wire, over `lakebed-storage`.
//!
//! One file an operation family: [`buckets`], [`objects`], [`listing`], [`deletion`], [`copying`],
//! [`multipart`], [`attributes`]; [`convert`] turns headers into storage's types and back.

mod access;
mod access_log;
mod acl;
mod adapter;
mod answer_status;
mod attributes;
mod auth_failure;
mod body;
mod buckets;
mod command;
mod convert;
mod copying;
mod cross_origin;
mod deletion;
mod document;
mod encryption;
mod endpoint;
mod failure;
mod forecast;
mod gate;
mod host;
mod listing;
mod multipart;
mod object_lock;
mod object_tags;
mod objects;
mod overrides;
mod post;
mod properties;
mod query;
mod restore;
mod select;
mod settings;
mod versions;

pub(crate) use access_log::AccessLog;
pub(crate) use endpoint::S3Endpoint;
pub(crate) use host::bucket_of;
