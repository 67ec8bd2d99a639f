//! The policy of a bucket.

use http::{HeaderMap, HeaderValue, header};
use lakebed_govern::policy::{Policy, check_bucket_policy};
use lakebed_storage::Error;
use lakebed_storage::settings::Configuration;
use s3s::dto::*;
use s3s::{S3Response, S3Result, s3_error};

use super::{change, missing, settings_of};
use crate::s3::adapter::S3Adapter;
use crate::s3::convert::refusal;

/// The longest policy, in bytes.
const MOST_BYTES: usize = 20 * 1024;

pub(in crate::s3) async fn put(
    s3: &S3Adapter,
    input: PutBucketPolicyInput,
) -> S3Result<S3Response<PutBucketPolicyOutput>> {
    let policy = input.policy;
    let checked = check(&policy, &input.bucket).map_err(refusal)?;
    let settings = settings_of(s3, &input.bucket)?;
    let block = settings.public_access_block.unwrap_or_default();
    if block.block_public_policy && checked.is_public() {
        return Err(s3_error!(
            AccessDenied,
            "The policy is public, and public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
        ));
    }
    change(s3, &input.bucket, |settings| {
        settings.policy = Some(policy);
        Ok(())
    })
    .await?;
    Ok(S3Response::new(PutBucketPolicyOutput::default()))
}

fn check(policy: &str, bucket: &str) -> Result<Policy, Error> {
    if policy.len() > MOST_BYTES {
        return Err(Error::MalformedPolicy(format!(
            "Policies must not be longer than {MOST_BYTES} bytes"
        )));
    }
    check_bucket_policy(policy, bucket).map_err(|error| Error::MalformedPolicy(error.to_string()))
}

pub(in crate::s3) fn get(
    s3: &S3Adapter,
    input: &GetBucketPolicyInput,
) -> S3Result<S3Response<GetBucketPolicyOutput>> {
    let settings = settings_of(s3, &input.bucket)?;
    let policy = settings
        .policy
        .clone()
        .ok_or_else(|| missing(Configuration::Policy))?;
    let json = (
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    Ok(S3Response::with_headers(
        GetBucketPolicyOutput {
            policy: Some(policy),
        },
        HeaderMap::from_iter([json]),
    ))
}

pub(in crate::s3) async fn delete(
    s3: &S3Adapter,
    input: DeleteBucketPolicyInput,
) -> S3Result<S3Response<DeleteBucketPolicyOutput>> {
    change(s3, &input.bucket, |settings| {
        settings.policy = None;
        Ok(())
    })
    .await?;
    Ok(S3Response::new(DeleteBucketPolicyOutput::default()))
}
