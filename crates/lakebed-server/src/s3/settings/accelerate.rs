//! Transfer acceleration, which a machine of one's own has no use for: it was never turned on.

use s3s::dto::{GetBucketAccelerateConfigurationInput, GetBucketAccelerateConfigurationOutput};
use s3s::{S3Response, S3Result};

use super::settings_of;
use crate::s3::adapter::S3Adapter;

pub(in crate::s3) fn get(
    s3: &S3Adapter,
    input: &GetBucketAccelerateConfigurationInput,
) -> S3Result<S3Response<GetBucketAccelerateConfigurationOutput>> {
    settings_of(s3, &input.bucket)?;
    Ok(S3Response::new(
        GetBucketAccelerateConfigurationOutput::default(),
    ))
}
