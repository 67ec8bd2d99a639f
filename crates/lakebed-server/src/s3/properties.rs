//! What a write says of an object besides its bytes and metadata: tags, retention, legal hold.

use chrono::DateTime;
use http::HeaderMap;
use lakebed_core::Timestamp;
use lakebed_storage::{BucketName, ObjectProperties, Retention, RetentionMode, Tags};
use s3s::{S3Result, s3_error};

use super::adapter::S3Adapter;
use super::convert::{refusal, text};

/// Reads the properties of a new object from the headers of its request.
///
/// # Errors
/// `InvalidTag`, `InvalidArgument`; `InvalidRequest` for retention or a hold in a bucket without
/// Object Lock.
pub(super) fn properties_of(
    s3: &S3Adapter,
    bucket: &BucketName,
    headers: &HeaderMap,
) -> S3Result<ObjectProperties> {
    let tags = text(headers, "x-amz-tagging").map(Tags::parse_header);
    let retention = retention_of(s3, headers)?;
    let legal_hold = match text(headers, "x-amz-object-lock-legal-hold") {
        None => None,
        Some("ON") => Some(true),
        Some("OFF") => Some(false),
        Some(_) => {
            return Err(s3_error!(
                InvalidArgument,
                "Legal Hold must be either of 'ON' or 'OFF'"
            ));
        }
    };
    if retention.is_some() || legal_hold.is_some() {
        require_object_lock(s3, bucket)?;
    }
    Ok(ObjectProperties {
        tags: tags.transpose().map_err(refusal)?.unwrap_or_default(),
        retention,
        legal_hold,
        ..ObjectProperties::default()
    })
}

fn retention_of(s3: &S3Adapter, headers: &HeaderMap) -> S3Result<Option<Retention>> {
    let mode = text(headers, "x-amz-object-lock-mode");
    let until = text(headers, "x-amz-object-lock-retain-until-date");
    let (mode, until) = match (mode, until) {
        (None, None) => return Ok(None),
        (Some(mode), Some(until)) => (mode, until),
        _ => {
            return Err(s3_error!(
                InvalidArgument,
                "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
            ));
        }
    };
    let mode = retention_mode(mode)
        .ok_or_else(|| s3_error!(InvalidArgument, "Unknown wormMode directive."))?;
    let until = DateTime::parse_from_rfc3339(until).map_err(|_| {
        s3_error!(
            InvalidArgument,
            "The retain until date must be provided in ISO 8601 format"
        )
    })?;
    let until = Timestamp::from(until.to_utc());
    require_future(s3, until)?;
    Ok(Some(Retention { mode, until }))
}

/// A mode by its name, which must be in upper case.
pub(super) fn retention_mode(name: &str) -> Option<RetentionMode> {
    match name {
        "GOVERNANCE" => Some(RetentionMode::Governance),
        "COMPLIANCE" => Some(RetentionMode::Compliance),
        _ => None,
    }
}

/// # Errors
/// `InvalidArgument` for a moment that has passed, by the clock.
pub(super) fn require_future(s3: &S3Adapter, until: Timestamp) -> S3Result<()> {
    if until > s3.storage.now() {
        return Ok(());
    }
    Err(s3_error!(
        InvalidArgument,
        "The retain until date must be in the future!"
    ))
}

/// # Errors
/// `NoSuchBucket`; `InvalidRequest` for a bucket without Object Lock.
pub(super) fn require_object_lock(s3: &S3Adapter, bucket: &BucketName) -> S3Result<()> {
    let settings = s3.storage.bucket_settings(bucket).map_err(refusal)?;
    if settings.object_lock.is_some() {
        return Ok(());
    }
    Err(s3_error!(
        InvalidRequest,
        "Bucket is missing Object Lock Configuration"
    ))
}
