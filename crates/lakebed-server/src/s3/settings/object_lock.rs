//! Whether versions can be retained, and how they are by default.

use lakebed_storage::settings::{Configuration, DefaultRetention, ObjectLock, RetentionPeriod};
use lakebed_storage::{Error, RetentionMode};
use s3s::dto;
use s3s::dto::{
    GetObjectLockConfigurationInput, GetObjectLockConfigurationOutput, ObjectLockConfiguration,
    ObjectLockEnabled, ObjectLockRetentionMode, ObjectLockRule, PutObjectLockConfigurationInput,
    PutObjectLockConfigurationOutput,
};
use s3s::{S3Response, S3Result};

use super::{change, missing, settings_of};
use crate::s3::adapter::S3Adapter;
use crate::s3::convert::{malformed_xml, refusal};

pub(in crate::s3) async fn put(
    s3: &S3Adapter,
    input: PutObjectLockConfigurationInput,
) -> S3Result<S3Response<PutObjectLockConfigurationOutput>> {
    let document = input.object_lock_configuration.ok_or_else(malformed_xml)?;
    let enabled = document
        .object_lock_enabled
        .is_some_and(|enabled| enabled.as_str() == ObjectLockEnabled::ENABLED);
    if !enabled {
        return Err(malformed_xml());
    }
    let default_retention = match document.rule {
        None => None,
        Some(rule) => Some(default_retention(
            &rule.default_retention.ok_or_else(malformed_xml)?,
        )?),
    };
    let lock = ObjectLock { default_retention }.accept().map_err(refusal)?;
    change(s3, &input.bucket, |settings| settings.put_object_lock(lock)).await?;
    Ok(S3Response::new(PutObjectLockConfigurationOutput::default()))
}

pub(in crate::s3) fn get(
    s3: &S3Adapter,
    input: &GetObjectLockConfigurationInput,
) -> S3Result<S3Response<GetObjectLockConfigurationOutput>> {
    let settings = settings_of(s3, &input.bucket)?;
    let lock = settings
        .object_lock
        .as_ref()
        .ok_or_else(|| missing(Configuration::ObjectLock))?;
    let document = ObjectLockConfiguration {
        object_lock_enabled: Some(ObjectLockEnabled::from_static(ObjectLockEnabled::ENABLED)),
        rule: lock.default_retention.as_ref().map(rule_document),
    };
    Ok(S3Response::new(GetObjectLockConfigurationOutput {
        object_lock_configuration: Some(document),
    }))
}

fn default_retention(document: &dto::DefaultRetention) -> S3Result<DefaultRetention> {
    let mode = document.mode.as_ref();
    let mode = match mode.map(ObjectLockRetentionMode::as_str) {
        Some(ObjectLockRetentionMode::GOVERNANCE) => RetentionMode::Governance,
        Some(ObjectLockRetentionMode::COMPLIANCE) => RetentionMode::Compliance,
        _ => return Err(malformed_xml()),
    };
    let number =
        |number: i32| u32::try_from(number).map_err(|_| refusal(Error::InvalidRetentionPeriod));
    let period = match (document.days, document.years) {
        (Some(days), None) => RetentionPeriod::Days(number(days)?),
        (None, Some(years)) => RetentionPeriod::Years(number(years)?),
        _ => return Err(malformed_xml()),
    };
    Ok(DefaultRetention { mode, period })
}

fn rule_document(retention: &DefaultRetention) -> ObjectLockRule {
    let mode = match retention.mode {
        RetentionMode::Governance => ObjectLockRetentionMode::GOVERNANCE,
        RetentionMode::Compliance => ObjectLockRetentionMode::COMPLIANCE,
    };
    let number = |number: u32| Some(i32::try_from(number).unwrap_or(i32::MAX));
    let (days, years) = match retention.period {
        RetentionPeriod::Days(days) => (number(days), None),
        RetentionPeriod::Years(years) => (None, number(years)),
    };
    ObjectLockRule {
        default_retention: Some(dto::DefaultRetention {
            mode: Some(ObjectLockRetentionMode::from_static(mode)),
            days,
            years,
        }),
    }
}
