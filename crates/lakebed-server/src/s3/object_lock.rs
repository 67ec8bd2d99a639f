//! Retention and legal hold of versions.

use lakebed_storage::{BucketName, ObjectInfo, ObjectKey, Retention, RetentionMode};
use s3s::dto::*;
use s3s::{S3Response, S3Result};

use super::adapter::{S3Adapter, address};
use super::convert::{malformed_xml, moment, no_such_object_lock, refusal, timestamp, version_of};
use super::properties::{require_future, require_object_lock, retention_mode};

pub(super) async fn put_retention(
    s3: &S3Adapter,
    input: PutObjectRetentionInput,
) -> S3Result<S3Response<PutObjectRetentionOutput>> {
    let (bucket, key) = address(&input.bucket, input.key)?;
    require_object_lock(s3, &bucket)?;
    let version = version_of(input.version_id.as_deref())?;
    let retention = match input.retention {
        None => return Err(malformed_xml()),
        Some(asked) => read_retention(s3, &asked)?,
    };
    let bypass = input.bypass_governance_retention.unwrap_or(false);
    let now = s3.storage.now();
    s3.storage
        .change_object(&bucket, &key, version.as_ref(), move |object| {
            if let Some(held) = &object.properties.retention {
                held.check_change(retention.as_ref(), now, bypass)?;
            }
            object.properties.retention = retention;
            Ok(())
        })
        .await
        .map_err(refusal)?;
    Ok(S3Response::new(PutObjectRetentionOutput::default()))
}

/// Reads a retention; an empty one takes away what there is.
fn read_retention(s3: &S3Adapter, asked: &ObjectLockRetention) -> S3Result<Option<Retention>> {
    let (mode, until) = match (&asked.mode, &asked.retain_until_date) {
        (None, None) => return Ok(None),
        (Some(mode), Some(until)) => (mode, until),
        _ => return Err(malformed_xml()),
    };
    let mode = retention_mode(mode.as_str()).ok_or_else(malformed_xml)?;
    let until = timestamp(until).ok_or_else(malformed_xml)?;
    require_future(s3, until)?;
    Ok(Some(Retention { mode, until }))
}

pub(super) async fn get_retention(
    s3: &S3Adapter,
    input: GetObjectRetentionInput,
) -> S3Result<S3Response<GetObjectRetentionOutput>> {
    let (bucket, key) = address(&input.bucket, input.key)?;
    let object = locked_object(s3, &bucket, &key, input.version_id.as_deref()).await?;
    let retention = object
        .properties
        .retention
        .ok_or_else(no_such_object_lock)?;
    Ok(S3Response::new(GetObjectRetentionOutput {
        retention: Some(ObjectLockRetention {
            mode: Some(ObjectLockRetentionMode::from_static(mode_name(
                retention.mode,
            ))),
            retain_until_date: Some(moment(retention.until)),
        }),
    }))
}

pub(super) async fn put_legal_hold(
    s3: &S3Adapter,
    input: PutObjectLegalHoldInput,
) -> S3Result<S3Response<PutObjectLegalHoldOutput>> {
    let (bucket, key) = address(&input.bucket, input.key)?;
    require_object_lock(s3, &bucket)?;
    let version = version_of(input.version_id.as_deref())?;
    let status = input.legal_hold.and_then(|hold| hold.status);
    let on = match status.as_ref().map(ObjectLockLegalHoldStatus::as_str) {
        Some(ObjectLockLegalHoldStatus::ON) => true,
        Some(ObjectLockLegalHoldStatus::OFF) => false,
        _ => return Err(malformed_xml()),
    };
    s3.storage
        .change_object(&bucket, &key, version.as_ref(), move |object| {
            object.properties.legal_hold = Some(on);
            Ok(())
        })
        .await
        .map_err(refusal)?;
    Ok(S3Response::new(PutObjectLegalHoldOutput::default()))
}

pub(super) async fn get_legal_hold(
    s3: &S3Adapter,
    input: GetObjectLegalHoldInput,
) -> S3Result<S3Response<GetObjectLegalHoldOutput>> {
    let (bucket, key) = address(&input.bucket, input.key)?;
    let object = locked_object(s3, &bucket, &key, input.version_id.as_deref()).await?;
    let on = object
        .properties
        .legal_hold
        .ok_or_else(no_such_object_lock)?;
    Ok(S3Response::new(GetObjectLegalHoldOutput {
        legal_hold: Some(ObjectLockLegalHold {
            status: Some(hold_status(on)),
        }),
    }))
}

/// An object of a bucket that has Object Lock.
async fn locked_object(
    s3: &S3Adapter,
    bucket: &BucketName,
    key: &ObjectKey,
    version_id: Option<&str>,
) -> S3Result<ObjectInfo> {
    require_object_lock(s3, bucket)?;
    let version = version_of(version_id)?;
    let found = s3.storage.find_object(bucket, key, version.as_ref());
    found.await.map_err(refusal)
}

/// The headers that say how long an object is kept.
pub(super) fn describe(object: &ObjectInfo, output: &mut HeadObjectOutput) {
    let properties = &object.properties;
    if let Some(retention) = &properties.retention {
        output.object_lock_mode = Some(ObjectLockMode::from_static(mode_name(retention.mode)));
        output.object_lock_retain_until_date = Some(moment(retention.until));
    }
    output.object_lock_legal_hold_status = properties.legal_hold.map(hold_status);
}

fn mode_name(mode: RetentionMode) -> &'static str {
    match mode {
        RetentionMode::Governance => ObjectLockMode::GOVERNANCE,
        RetentionMode::Compliance => ObjectLockMode::COMPLIANCE,
    }
}

fn hold_status(on: bool) -> ObjectLockLegalHoldStatus {
    ObjectLockLegalHoldStatus::from_static(if on {
        ObjectLockLegalHoldStatus::ON
    } else {
        ObjectLockLegalHoldStatus::OFF
    })
}
