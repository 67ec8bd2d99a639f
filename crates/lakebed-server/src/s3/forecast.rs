//! What answers say of the lifecycle rules that will delete an object or give up an upload.

use lakebed_core::Timestamp;
use lakebed_storage::{BucketName, Forecast, ObjectInfo, ObjectKey};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::S3Result;

use super::adapter::S3Adapter;
use super::convert::{http_date, refusal};

/// What a rule's id may contain unencoded in a header.
const RULE_ID: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// What `x-amz-expiration` says of the current version of a key. S3 API reference, "HeadObject".
///
/// # Errors
/// `NoSuchBucket`.
pub(super) fn expiration_header(
    s3: &S3Adapter,
    bucket: &BucketName,
    key: &ObjectKey,
    object: &ObjectInfo,
) -> S3Result<Option<String>> {
    let forecast = s3.storage.expiry_of(bucket, key, object).map_err(refusal)?;
    Ok(forecast.map(|Forecast { at, rule }| {
        format!(
            "expiry-date=\"{}\", rule-id=\"{}\"",
            http_date(at),
            utf8_percent_encode(&rule, RULE_ID)
        )
    }))
}

/// When an upload will be given up and by which rule: `x-amz-abort-date`, `x-amz-abort-rule-id`.
///
/// # Errors
/// `NoSuchBucket`.
pub(super) fn abort_headers(
    s3: &S3Adapter,
    bucket: &BucketName,
    key: &ObjectKey,
    initiated: Timestamp,
) -> S3Result<(Option<s3s::dto::Timestamp>, Option<String>)> {
    let forecast = s3.storage.abort_of(bucket, key, initiated);
    Ok(forecast
        .map_err(refusal)?
        .map(|Forecast { at, rule }| (super::convert::moment(at), rule))
        .unzip())
}
