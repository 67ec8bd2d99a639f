//! What a bucket is set to do, one file a configuration.

pub(super) mod absent;
pub(super) mod accelerate;
pub(super) mod cors;
pub(super) mod encryption;
pub(super) mod lifecycle;
pub(super) mod logging;
pub(super) mod notification;
pub(super) mod object_lock;
pub(super) mod ownership;
pub(super) mod policy;
pub(super) mod public_access_block;
pub(super) mod request_payment;
pub(super) mod tagging;
pub(super) mod versioning;

use std::sync::Arc;

use lakebed_storage::settings::Configuration;
use lakebed_storage::{BucketName, BucketSettings, Error, Result};
use s3s::{S3Error, S3Result};

use super::adapter::S3Adapter;
use super::convert::refusal;

/// What the bucket of a request is set to do.
///
/// # Errors
/// `InvalidBucketName`, `NoSuchBucket`.
fn settings_of(s3: &S3Adapter, bucket: &str) -> S3Result<Arc<BucketSettings>> {
    let bucket = BucketName::parse(bucket).map_err(refusal)?;
    s3.storage.bucket_settings(&bucket).map_err(refusal)
}

/// Changes what the bucket of a request is set to do.
///
/// # Errors
/// `InvalidBucketName`, `NoSuchBucket`, and what `change` answers.
async fn change(
    s3: &S3Adapter,
    bucket: &str,
    change: impl FnOnce(&mut BucketSettings) -> Result<()> + Send + 'static,
) -> S3Result<()> {
    let bucket = BucketName::parse(bucket).map_err(refusal)?;
    s3.storage
        .change_bucket_settings(&bucket, change)
        .await
        .map_err(refusal)
}

/// The error for a configuration that the bucket lacks.
fn missing(configuration: Configuration) -> S3Error {
    refusal(Error::NotConfigured(configuration))
}
