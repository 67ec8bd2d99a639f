//! Configurations that no bucket can have here, because putting them is not implemented. Reading
//! and deleting them is what it is on a bucket of AWS that has none, so that tools which look at
//! everything go on.

use lakebed_storage::settings::Configuration;
use s3s::{S3Response, S3Result};

use super::{missing, settings_of};
use crate::s3::adapter::S3Adapter;

/// Answers that the bucket has no such configuration.
///
/// # Errors
/// `NoSuchBucket`, else always the error of the configuration's absence.
pub(in crate::s3) fn none<T>(
    s3: &S3Adapter,
    bucket: &str,
    configuration: Configuration,
) -> S3Result<S3Response<T>> {
    settings_of(s3, bucket)?;
    Err(missing(configuration))
}

/// Answers that there is nothing: to list, or left of what was to be deleted.
///
/// # Errors
/// `NoSuchBucket`.
pub(in crate::s3) fn nothing<T: Default>(s3: &S3Adapter, bucket: &str) -> S3Result<S3Response<T>> {
    settings_of(s3, bucket)?;
    Ok(S3Response::new(T::default()))
}
