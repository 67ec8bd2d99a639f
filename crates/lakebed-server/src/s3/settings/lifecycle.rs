//! What happens to objects as they grow old.

use lakebed_core::Timestamp;
use lakebed_storage::settings::{
    Configuration, Expiration, Lifecycle, LifecycleFilter, LifecycleRule, NoncurrentExpiration,
    NoncurrentTransition, Transition, TransitionMinimum, TransitionTime,
};
use lakebed_storage::{Error, Tags};
use s3s::dto;
use s3s::dto::{
    DeleteBucketLifecycleInput, DeleteBucketLifecycleOutput, ExpirationStatus,
    GetBucketLifecycleConfigurationInput, GetBucketLifecycleConfigurationOutput,
    PutBucketLifecycleConfigurationInput, PutBucketLifecycleConfigurationOutput,
    TransitionDefaultMinimumObjectSize, TransitionStorageClass,
};
use s3s::{S3Response, S3Result, s3_error};

use super::tagging::{pairs, tag_set};
use super::{change, missing, settings_of};
use crate::s3::adapter::S3Adapter;
use crate::s3::convert::{count, malformed_xml, moment, refusal, timestamp};

pub(in crate::s3) async fn put(
    s3: &S3Adapter,
    input: PutBucketLifecycleConfigurationInput,
) -> S3Result<S3Response<PutBucketLifecycleConfigurationOutput>> {
    let document = input.lifecycle_configuration.ok_or_else(malformed_xml)?;
    let minimum = input.transition_default_minimum_object_size;
    let lifecycle = Lifecycle {
        rules: document
            .rules
            .into_iter()
            .map(rule)
            .collect::<S3Result<_>>()?,
        transition_minimum: transition_minimum(minimum.as_ref())?,
    };
    let lifecycle = lifecycle.accept().map_err(refusal)?;
    let minimum = minimum_name(lifecycle.transition_minimum);
    change(s3, &input.bucket, |settings| {
        settings.lifecycle = Some(lifecycle);
        Ok(())
    })
    .await?;
    Ok(S3Response::new(PutBucketLifecycleConfigurationOutput {
        transition_default_minimum_object_size: Some(minimum),
    }))
}

pub(in crate::s3) fn get(
    s3: &S3Adapter,
    input: &GetBucketLifecycleConfigurationInput,
) -> S3Result<S3Response<GetBucketLifecycleConfigurationOutput>> {
    let settings = settings_of(s3, &input.bucket)?;
    let lifecycle = settings
        .lifecycle
        .as_ref()
        .ok_or_else(|| missing(Configuration::Lifecycle))?;
    Ok(S3Response::new(GetBucketLifecycleConfigurationOutput {
        rules: Some(lifecycle.rules.iter().map(rule_document).collect()),
        transition_default_minimum_object_size: Some(minimum_name(lifecycle.transition_minimum)),
    }))
}

pub(in crate::s3) async fn delete(
    s3: &S3Adapter,
    input: DeleteBucketLifecycleInput,
) -> S3Result<S3Response<DeleteBucketLifecycleOutput>> {
    change(s3, &input.bucket, |settings| {
        settings.lifecycle = None;
        Ok(())
    })
    .await?;
    Ok(S3Response::new(DeleteBucketLifecycleOutput::default()))
}

fn transition_minimum(
    name: Option<&TransitionDefaultMinimumObjectSize>,
) -> S3Result<TransitionMinimum> {
    match name.map(TransitionDefaultMinimumObjectSize::as_str) {
        None | Some(TransitionDefaultMinimumObjectSize::ALL_STORAGE_CLASSES_128K) => {
            Ok(TransitionMinimum::AllStorageClasses128K)
        }
        Some(TransitionDefaultMinimumObjectSize::VARIES_BY_STORAGE_CLASS) => {
            Ok(TransitionMinimum::VariesByStorageClass)
        }
        Some(name) => Err(s3_error!(
            InvalidArgument,
            "'{name}' is not a value of x-amz-transition-default-minimum-object-size"
        )),
    }
}

fn minimum_name(minimum: TransitionMinimum) -> TransitionDefaultMinimumObjectSize {
    TransitionDefaultMinimumObjectSize::from_static(match minimum {
        TransitionMinimum::AllStorageClasses128K => {
            TransitionDefaultMinimumObjectSize::ALL_STORAGE_CLASSES_128K
        }
        TransitionMinimum::VariesByStorageClass => {
            TransitionDefaultMinimumObjectSize::VARIES_BY_STORAGE_CLASS
        }
    })
}

fn rule(document: dto::LifecycleRule) -> S3Result<LifecycleRule> {
    let enabled = match document.status.as_str() {
        ExpirationStatus::ENABLED => true,
        ExpirationStatus::DISABLED => false,
        _ => return Err(malformed_xml()),
    };
    let filter = match (document.prefix, document.filter) {
        (Some(prefix), None) => LifecycleFilter {
            legacy: true,
            prefix: Some(prefix),
            ..LifecycleFilter::default()
        },
        (None, Some(document)) => filter(document)?,
        _ => return Err(malformed_xml()),
    };
    let transitions = document.transitions.unwrap_or_default();
    let noncurrent_transitions = document.noncurrent_version_transitions.unwrap_or_default();
    Ok(LifecycleRule {
        id: document.id.unwrap_or_default(),
        enabled,
        filter,
        expiration: document.expiration.map(expiration).transpose()?,
        transitions: transitions
            .into_iter()
            .map(transition)
            .collect::<S3Result<_>>()?,
        noncurrent_expiration: document
            .noncurrent_version_expiration
            .as_ref()
            .map(noncurrent_expiration)
            .transpose()?,
        noncurrent_transitions: noncurrent_transitions
            .into_iter()
            .map(noncurrent_transition)
            .collect::<S3Result<_>>()?,
        abort_uploads_after: document
            .abort_incomplete_multipart_upload
            .map(|abort| {
                abort
                    .days_after_initiation
                    .map(|days| {
                        positive(
                            days,
                            "DaysAfterInitiation",
                            "AbortIncompleteMultipartUpload",
                        )
                    })
                    .ok_or_else(malformed_xml)?
            })
            .transpose()?,
    })
}

/// Reads a filter, which names one thing, or two and more under `And`.
fn filter(document: dto::LifecycleRuleFilter) -> S3Result<LifecycleFilter> {
    let dto::LifecycleRuleFilter {
        and,
        object_size_greater_than,
        object_size_less_than,
        prefix,
        tag,
    } = document;
    let single = dto::LifecycleRuleAndOperator {
        object_size_greater_than,
        object_size_less_than,
        prefix,
        tags: tag.map(|tag| vec![tag]),
    };
    match (and, named(&single)) {
        (None, 0 | 1) => predicates(single),
        (Some(and), 0) if named(&and) > 1 => predicates(and),
        _ => Err(malformed_xml()),
    }
}

/// How many things a filter names.
fn named(document: &dto::LifecycleRuleAndOperator) -> usize {
    usize::from(document.prefix.is_some())
        + usize::from(document.object_size_greater_than.is_some())
        + usize::from(document.object_size_less_than.is_some())
        + document.tags.as_ref().map_or(0, Vec::len)
}

fn predicates(document: dto::LifecycleRuleAndOperator) -> S3Result<LifecycleFilter> {
    let size = |size: Option<i64>| {
        let size = size.map(u64::try_from).transpose();
        size.map_err(|_| {
            s3_error!(
                InvalidRequest,
                "'ObjectSizeGreaterThan' and 'ObjectSizeLessThan' must not be negative"
            )
        })
    };
    Ok(LifecycleFilter {
        legacy: false,
        prefix: document.prefix,
        tags: Tags::of_object(pairs(document.tags.unwrap_or_default())?).map_err(refusal)?,
        size_greater_than: size(document.object_size_greater_than)?,
        size_less_than: size(document.object_size_less_than)?,
    })
}

fn expiration(document: dto::LifecycleExpiration) -> S3Result<Expiration> {
    match (
        document.days,
        document.date,
        document.expired_object_delete_marker,
    ) {
        (Some(days), None, None) => positive(days, "Days", "Expiration").map(Expiration::Days),
        (None, Some(date), None) => Ok(Expiration::Date(date_of(&date)?)),
        (None, None, Some(clean)) => Ok(Expiration::DeleteMarker(clean)),
        _ => Err(malformed_xml()),
    }
}

fn transition(document: dto::Transition) -> S3Result<Transition> {
    let time = match (document.days, document.date) {
        (Some(days), None) => TransitionTime::Days(days_of(days, "Days", "Transition")?),
        (None, Some(date)) => TransitionTime::Date(date_of(&date)?),
        _ => return Err(malformed_xml()),
    };
    Ok(Transition {
        time,
        storage_class: storage_class(document.storage_class)?,
    })
}

fn noncurrent_expiration(
    document: &dto::NoncurrentVersionExpiration,
) -> S3Result<NoncurrentExpiration> {
    let days = document.noncurrent_days.ok_or_else(malformed_xml)?;
    Ok(NoncurrentExpiration {
        days: positive(days, "NoncurrentDays", "NoncurrentVersionExpiration")?,
        newer_versions: document.newer_noncurrent_versions.map(newer_versions),
    })
}

fn noncurrent_transition(
    document: dto::NoncurrentVersionTransition,
) -> S3Result<NoncurrentTransition> {
    let days = document.noncurrent_days.ok_or_else(malformed_xml)?;
    Ok(NoncurrentTransition {
        days: days_of(days, "NoncurrentDays", "NoncurrentVersionTransition")?,
        newer_versions: document.newer_noncurrent_versions.map(newer_versions),
        storage_class: storage_class(document.storage_class)?,
    })
}

fn storage_class(class: Option<TransitionStorageClass>) -> S3Result<String> {
    Ok(class.ok_or_else(malformed_xml)?.as_str().to_owned())
}

/// Less than nothing is as wrong as nothing, and said in the same words.
fn newer_versions(versions: i32) -> u32 {
    u32::try_from(versions).unwrap_or(0)
}

fn days_of(days: i32, element: &'static str, action: &str) -> S3Result<u32> {
    u32::try_from(days).map_err(|_| {
        refusal(Error::InvalidArgument {
            name: element,
            value: days.to_string(),
            message: format!("'{element}' in {action} action must be nonnegative"),
        })
    })
}

fn positive(days: i32, element: &'static str, action: &str) -> S3Result<u32> {
    let days_or_none = u32::try_from(days).ok().filter(|days| *days > 0);
    days_or_none.ok_or_else(|| {
        refusal(Error::InvalidArgument {
            name: element,
            value: days.to_string(),
            message: format!("'{element}' for {action} action must be a positive integer"),
        })
    })
}

fn date_of(date: &dto::Timestamp) -> S3Result<Timestamp> {
    timestamp(date).ok_or_else(malformed_xml)
}

fn rule_document(rule: &LifecycleRule) -> dto::LifecycleRule {
    let legacy = rule.filter.legacy;
    let status = if rule.enabled {
        ExpirationStatus::ENABLED
    } else {
        ExpirationStatus::DISABLED
    };
    let transitions = || rule.transitions.iter().map(transition_document).collect();
    let noncurrent_transitions = || {
        rule.noncurrent_transitions
            .iter()
            .map(noncurrent_transition_document)
            .collect()
    };
    dto::LifecycleRule {
        id: Some(rule.id.clone()),
        status: ExpirationStatus::from_static(status),
        prefix: rule.filter.prefix.clone().filter(|_| legacy),
        filter: (!legacy).then(|| filter_document(&rule.filter)),
        expiration: rule.expiration.as_ref().map(expiration_document),
        transitions: (!rule.transitions.is_empty()).then(transitions),
        noncurrent_version_expiration: rule.noncurrent_expiration.map(|expiration| {
            dto::NoncurrentVersionExpiration {
                noncurrent_days: Some(number(expiration.days)),
                newer_noncurrent_versions: expiration.newer_versions.map(number),
            }
        }),
        noncurrent_version_transitions: (!rule.noncurrent_transitions.is_empty())
            .then(noncurrent_transitions),
        abort_incomplete_multipart_upload: rule.abort_uploads_after.map(|days| {
            dto::AbortIncompleteMultipartUpload {
                days_after_initiation: Some(number(days)),
            }
        }),
    }
}

fn filter_document(filter: &LifecycleFilter) -> dto::LifecycleRuleFilter {
    let mut tags = tag_set(&filter.tags);
    let named = dto::LifecycleRuleAndOperator {
        object_size_greater_than: filter.size_greater_than.map(count),
        object_size_less_than: filter.size_less_than.map(count),
        prefix: filter.prefix.clone(),
        tags: (!tags.is_empty()).then(|| tags.clone()),
    };
    if self::named(&named) > 1 {
        return dto::LifecycleRuleFilter {
            and: Some(named),
            ..Default::default()
        };
    }
    dto::LifecycleRuleFilter {
        and: None,
        object_size_greater_than: named.object_size_greater_than,
        object_size_less_than: named.object_size_less_than,
        prefix: named.prefix,
        tag: tags.pop(),
    }
}

fn expiration_document(expiration: &Expiration) -> dto::LifecycleExpiration {
    let mut document = dto::LifecycleExpiration::default();
    match *expiration {
        Expiration::Days(days) => document.days = Some(number(days)),
        Expiration::Date(date) => document.date = Some(moment(date)),
        Expiration::DeleteMarker(clean) => document.expired_object_delete_marker = Some(clean),
    }
    document
}

fn transition_document(transition: &Transition) -> dto::Transition {
    let (days, date) = match transition.time {
        TransitionTime::Days(days) => (Some(number(days)), None),
        TransitionTime::Date(date) => (None, Some(moment(date))),
    };
    dto::Transition {
        days,
        date,
        storage_class: Some(transition.storage_class.clone().into()),
    }
}

fn noncurrent_transition_document(
    transition: &NoncurrentTransition,
) -> dto::NoncurrentVersionTransition {
    dto::NoncurrentVersionTransition {
        noncurrent_days: Some(number(transition.days)),
        newer_noncurrent_versions: transition.newer_versions.map(number),
        storage_class: Some(transition.storage_class.clone().into()),
    }
}

/// A number that came as an `i32`.
fn number(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
