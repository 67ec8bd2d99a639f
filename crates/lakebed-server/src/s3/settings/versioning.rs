//! Whether a bucket keeps versions.

use lakebed_storage::{BucketName, Versioning};
use s3s::dto::*;
use s3s::{S3Response, S3Result, s3_error};

use crate::s3::adapter::S3Adapter;
use crate::s3::convert::refusal;

pub(in crate::s3) async fn put(
    s3: &S3Adapter,
    input: PutBucketVersioningInput,
) -> S3Result<S3Response<PutBucketVersioningOutput>> {
    let bucket = BucketName::parse(&input.bucket).map_err(refusal)?;
    let configuration = input.versioning_configuration;
    if configuration
        .mfa_delete
        .is_some_and(|mfa| mfa.as_str() == MFADelete::ENABLED)
    {
        return Err(s3_error!(NotImplemented, "MFA delete is not implemented"));
    }
    let status = configuration.status.as_ref();
    let versioning = match status.map(BucketVersioningStatus::as_str) {
        Some(BucketVersioningStatus::ENABLED) => Versioning::Enabled,
        Some(BucketVersioningStatus::SUSPENDED) => Versioning::Suspended,
        _ => {
            return Err(s3_error!(
                IllegalVersioningConfigurationException,
                "The Versioning element must be specified"
            ));
        }
    };
    s3.storage
        .change_bucket_settings(&bucket, move |settings| {
            settings.versioning = versioning;
            Ok(())
        })
        .await
        .map_err(refusal)?;
    Ok(S3Response::new(PutBucketVersioningOutput::default()))
}

pub(in crate::s3) async fn get(
    s3: &S3Adapter,
    input: GetBucketVersioningInput,
) -> S3Result<S3Response<GetBucketVersioningOutput>> {
    let bucket = BucketName::parse(&input.bucket).map_err(refusal)?;
    let settings = s3.storage.bucket_settings(&bucket).map_err(refusal)?;
    let status = match settings.versioning {
        Versioning::Unversioned => None,
        Versioning::Enabled => Some(BucketVersioningStatus::ENABLED),
        Versioning::Suspended => Some(BucketVersioningStatus::SUSPENDED),
    };
    Ok(S3Response::new(GetBucketVersioningOutput {
        status: status.map(BucketVersioningStatus::from_static),
        ..Default::default()
    }))
}
