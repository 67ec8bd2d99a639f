//! Whether a bucket keeps versions.

use lakebed_storage::Versioning;
use s3s::dto::*;
use s3s::{S3Response, S3Result, s3_error};

use super::{change, settings_of};
use crate::s3::adapter::S3Adapter;
use crate::s3::convert::malformed_xml;

pub(in crate::s3) async fn put(
    s3: &S3Adapter,
    input: PutBucketVersioningInput,
) -> S3Result<S3Response<PutBucketVersioningOutput>> {
    let configuration = input.versioning_configuration;
    match configuration.mfa_delete.as_ref().map(MFADelete::as_str) {
        None | Some(MFADelete::DISABLED) => {}
        Some(MFADelete::ENABLED) => {
            return Err(s3_error!(NotImplemented, "MFA delete is not implemented"));
        }
        Some(_) => return Err(malformed_xml()),
    }
    let status = configuration.status.as_ref();
    let versioning = match status.map(BucketVersioningStatus::as_str) {
        Some(BucketVersioningStatus::ENABLED) => Versioning::Enabled,
        Some(BucketVersioningStatus::SUSPENDED) => Versioning::Suspended,
        Some(_) => return Err(malformed_xml()),
        None => {
            return Err(s3_error!(
                IllegalVersioningConfigurationException,
                "The Versioning element must be specified"
            ));
        }
    };
    change(s3, &input.bucket, move |settings| {
        settings.put_versioning(versioning)
    })
    .await?;
    Ok(S3Response::new(PutBucketVersioningOutput::default()))
}

pub(in crate::s3) fn get(
    s3: &S3Adapter,
    input: &GetBucketVersioningInput,
) -> S3Result<S3Response<GetBucketVersioningOutput>> {
    let status = match settings_of(s3, &input.bucket)?.versioning {
        Versioning::Unversioned => None,
        Versioning::Enabled => Some(BucketVersioningStatus::ENABLED),
        Versioning::Suspended => Some(BucketVersioningStatus::SUSPENDED),
    };
    Ok(S3Response::new(GetBucketVersioningOutput {
        status: status.map(BucketVersioningStatus::from_static),
        ..Default::default()
    }))
}
