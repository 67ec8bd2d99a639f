//! Who owns new objects, and whether ACLs count.

use lakebed_storage::settings::{Configuration, ObjectOwnership};
use s3s::dto;
use s3s::dto::{
    DeleteBucketOwnershipControlsInput, DeleteBucketOwnershipControlsOutput,
    GetBucketOwnershipControlsInput, GetBucketOwnershipControlsOutput, OwnershipControls,
    OwnershipControlsRule, PutBucketOwnershipControlsInput, PutBucketOwnershipControlsOutput,
};
use s3s::{S3Response, S3Result};

use super::{change, missing, settings_of};
use crate::s3::acl;
use crate::s3::adapter::S3Adapter;
use crate::s3::convert::malformed_xml;

pub(in crate::s3) async fn put(
    s3: &S3Adapter,
    input: PutBucketOwnershipControlsInput,
) -> S3Result<S3Response<PutBucketOwnershipControlsOutput>> {
    let rules = input.ownership_controls.rules;
    let [rule]: [OwnershipControlsRule; 1] = rules.try_into().map_err(|_| malformed_xml())?;
    let ownership =
        ObjectOwnership::parse(rule.object_ownership.as_str()).ok_or_else(malformed_xml)?;
    if ownership == ObjectOwnership::BucketOwnerEnforced {
        acl::bucket::check_enforceable(s3, &input.bucket).await?;
    }
    change(s3, &input.bucket, move |settings| {
        settings.ownership = Some(ownership);
        Ok(())
    })
    .await?;
    Ok(S3Response::new(PutBucketOwnershipControlsOutput::default()))
}

pub(in crate::s3) fn get(
    s3: &S3Adapter,
    input: &GetBucketOwnershipControlsInput,
) -> S3Result<S3Response<GetBucketOwnershipControlsOutput>> {
    let ownership = settings_of(s3, &input.bucket)?
        .ownership
        .ok_or_else(|| missing(Configuration::Ownership))?;
    let rule = OwnershipControlsRule {
        object_ownership: dto::ObjectOwnership::from_static(ownership.as_str()),
    };
    Ok(S3Response::new(GetBucketOwnershipControlsOutput {
        ownership_controls: Some(OwnershipControls { rules: vec![rule] }),
    }))
}

pub(in crate::s3) async fn delete(
    s3: &S3Adapter,
    input: DeleteBucketOwnershipControlsInput,
) -> S3Result<S3Response<DeleteBucketOwnershipControlsOutput>> {
    change(s3, &input.bucket, |settings| {
        settings.ownership = None;
        Ok(())
    })
    .await?;
    Ok(S3Response::new(
        DeleteBucketOwnershipControlsOutput::default(),
    ))
}
