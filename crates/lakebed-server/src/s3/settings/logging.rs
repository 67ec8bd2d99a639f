//! Where the access log of a bucket goes.

use lakebed_storage::settings::{
    LogKeyFormat, Logging, ObjectOwnership, PartitionDate, RequestPayer,
};
use lakebed_storage::{Bucket, BucketName, BucketSettings, Error, Grant, Permission};
use s3s::dto::{
    BucketLoggingStatus, BucketLogsPermission, GetBucketLoggingInput, GetBucketLoggingOutput,
    LoggingEnabled, PartitionDateSource, PartitionedPrefix, PutBucketLoggingInput,
    PutBucketLoggingOutput, SimplePrefix, TargetGrant, TargetGrants, TargetObjectKeyFormat,
};
use s3s::{S3Response, S3Result};

use super::{change, settings_of};
use crate::s3::acl;
use crate::s3::adapter::S3Adapter;
use crate::s3::convert::{malformed_xml, refusal};

pub(in crate::s3) async fn put(
    s3: &S3Adapter,
    input: PutBucketLoggingInput,
) -> S3Result<S3Response<PutBucketLoggingOutput>> {
    let source = BucketName::parse(&input.bucket).map_err(refusal)?;
    let source = s3.storage.head_bucket(&source).await.map_err(refusal)?;
    let BucketLoggingStatus { logging_enabled } = input.bucket_logging_status;
    let logging = match logging_enabled {
        None => None,
        Some(document) => Some(accept(s3, &source, document).await?),
    };
    change(s3, &input.bucket, |settings| {
        settings.logging = logging;
        Ok(())
    })
    .await?;
    Ok(S3Response::new(PutBucketLoggingOutput::default()))
}

pub(in crate::s3) fn get(
    s3: &S3Adapter,
    input: &GetBucketLoggingInput,
) -> S3Result<S3Response<GetBucketLoggingOutput>> {
    let settings = settings_of(s3, &input.bucket)?;
    Ok(S3Response::new(GetBucketLoggingOutput {
        logging_enabled: settings
            .logging
            .as_ref()
            .map(|logging| document(logging, s3)),
    }))
}

/// Reads where a log is to go and decides whether it may.
///
/// S3 user guide, "Logging requests with server access logging": both buckets are in one region
/// and of one account, and the target has neither a default retention nor requesters who pay.
async fn accept(s3: &S3Adapter, source: &Bucket, document: LoggingEnabled) -> S3Result<Logging> {
    let key_format = key_format(document.target_object_key_format)?;
    let no_such_target = |_| {
        refusal(Error::InvalidTargetBucketForLogging(
            "The target bucket for logging does not exist",
        ))
    };
    let name = BucketName::parse(&document.target_bucket).map_err(no_such_target)?;
    let target = s3
        .storage
        .head_bucket(&name)
        .await
        .map_err(no_such_target)?;
    let settings = s3.storage.bucket_settings(&name).map_err(no_such_target)?;
    check_target(source, &target, &settings).map_err(refusal)?;
    let target_grants = target_grants(s3, document.target_grants.unwrap_or_default())?;
    let acls_count = settings.ownership != Some(ObjectOwnership::BucketOwnerEnforced);
    if !acls_count && !target_grants.is_empty() {
        return Err(refusal(Error::InvalidArgument {
            name: "TargetGrants",
            value: name.to_string(),
            message: "TargetGrants cannot be used with a target bucket whose object ownership is BucketOwnerEnforced".to_owned(),
        }));
    }
    if !settings.acl_takes_logs() && settings.policy.is_none() {
        if acls_count {
            return Err(refusal(Error::InvalidTargetBucketForLogging(
                "You must give the log-delivery group WRITE and READ_ACP permissions to the target bucket",
            )));
        }
        tracing::warn!(
            bucket = %source.name,
            target = %name,
            "the target bucket has no policy that lets logging.s3.amazonaws.com put objects: AWS would deliver no log"
        );
    }
    Ok(Logging {
        target_bucket: name,
        target_prefix: document.target_prefix,
        key_format,
        target_grants,
    })
}

/// Reads what others may do with log objects: read them, write them, or both.
fn target_grants(s3: &S3Adapter, documents: TargetGrants) -> S3Result<Vec<Grant>> {
    documents
        .into_iter()
        .map(|document| {
            let permission = document.permission.as_ref().ok_or_else(malformed_xml)?;
            let permission = match permission.as_str() {
                BucketLogsPermission::FULL_CONTROL => Permission::FullControl,
                BucketLogsPermission::READ => Permission::Read,
                BucketLogsPermission::WRITE => Permission::Write,
                _ => return Err(malformed_xml()),
            };
            let grantee = document.grantee.ok_or_else(malformed_xml)?;
            Ok(Grant {
                grantee: acl::read_grantee(&grantee, &s3.owners)?,
                permission,
            })
        })
        .collect()
}

fn check_target(source: &Bucket, target: &Bucket, settings: &BucketSettings) -> Result<(), Error> {
    let refused = |why| Err(Error::InvalidTargetBucketForLogging(why));
    if target.owner != source.owner {
        return refused(
            "The owner for the bucket to be logged and the target bucket must be the same.",
        );
    }
    if target.region != source.region {
        return refused(
            "The bucket to be logged and the target bucket must be in the same location.",
        );
    }
    let retained = settings
        .object_lock
        .as_ref()
        .is_some_and(|lock| lock.default_retention.is_some());
    if retained {
        return refused(
            "The target bucket for logging must not have an Object Lock default retention period.",
        );
    }
    if settings.request_payer == RequestPayer::Requester {
        return refused("The target bucket for logging must not have Requester Pays enabled.");
    }
    Ok(())
}

fn key_format(document: Option<TargetObjectKeyFormat>) -> S3Result<LogKeyFormat> {
    let Some(document) = document else {
        return Ok(LogKeyFormat::Simple);
    };
    match (document.simple_prefix, document.partitioned_prefix) {
        (Some(_), None) => Ok(LogKeyFormat::Simple),
        (None, Some(partitioned)) => {
            let source = partitioned.partition_date_source.as_ref();
            match source.map(PartitionDateSource::as_str) {
                Some(PartitionDateSource::EVENT_TIME) => {
                    Ok(LogKeyFormat::Partitioned(PartitionDate::EventTime))
                }
                None | Some(PartitionDateSource::DELIVERY_TIME) => {
                    Ok(LogKeyFormat::Partitioned(PartitionDate::DeliveryTime))
                }
                Some(_) => Err(malformed_xml()),
            }
        }
        _ => Err(malformed_xml()),
    }
}

fn document(logging: &Logging, s3: &S3Adapter) -> LoggingEnabled {
    let format = match logging.key_format {
        LogKeyFormat::Simple => TargetObjectKeyFormat {
            simple_prefix: Some(SimplePrefix {}),
            partitioned_prefix: None,
        },
        LogKeyFormat::Partitioned(date) => {
            let source = match date {
                PartitionDate::EventTime => PartitionDateSource::EVENT_TIME,
                PartitionDate::DeliveryTime => PartitionDateSource::DELIVERY_TIME,
            };
            TargetObjectKeyFormat {
                simple_prefix: None,
                partitioned_prefix: Some(PartitionedPrefix {
                    partition_date_source: Some(PartitionDateSource::from_static(source)),
                }),
            }
        }
    };
    LoggingEnabled {
        target_bucket: logging.target_bucket.to_string(),
        target_prefix: logging.target_prefix.clone(),
        target_grants: (!logging.target_grants.is_empty()).then(|| {
            let grants = logging.target_grants.iter();
            grants.map(|grant| grant_document(grant, s3)).collect()
        }),
        target_object_key_format: Some(format),
    }
}

fn grant_document(grant: &Grant, s3: &S3Adapter) -> TargetGrant {
    TargetGrant {
        grantee: Some(acl::write_grantee(&grant.grantee, &s3.owners)),
        permission: Some(BucketLogsPermission::from_static(grant.permission.as_str())),
    }
}
