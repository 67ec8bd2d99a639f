//! What is refused or ignored of grants to everybody.

use lakebed_storage::settings::{Configuration, PublicAccessBlock};
use s3s::dto::*;
use s3s::{S3Response, S3Result};

use super::{change, missing, settings_of};
use crate::s3::adapter::S3Adapter;

pub(in crate::s3) async fn put(
    s3: &S3Adapter,
    input: PutPublicAccessBlockInput,
) -> S3Result<S3Response<PutPublicAccessBlockOutput>> {
    let document = input.public_access_block_configuration;
    let block = PublicAccessBlock {
        block_public_acls: document.block_public_acls.unwrap_or_default(),
        ignore_public_acls: document.ignore_public_acls.unwrap_or_default(),
        block_public_policy: document.block_public_policy.unwrap_or_default(),
        restrict_public_buckets: document.restrict_public_buckets.unwrap_or_default(),
    };
    change(s3, &input.bucket, move |settings| {
        settings.public_access_block = Some(block);
        Ok(())
    })
    .await?;
    Ok(S3Response::new(PutPublicAccessBlockOutput::default()))
}

pub(in crate::s3) fn get(
    s3: &S3Adapter,
    input: &GetPublicAccessBlockInput,
) -> S3Result<S3Response<GetPublicAccessBlockOutput>> {
    let block = settings_of(s3, &input.bucket)?
        .public_access_block
        .ok_or_else(|| missing(Configuration::PublicAccessBlock))?;
    Ok(S3Response::new(GetPublicAccessBlockOutput {
        public_access_block_configuration: Some(PublicAccessBlockConfiguration {
            block_public_acls: Some(block.block_public_acls),
            ignore_public_acls: Some(block.ignore_public_acls),
            block_public_policy: Some(block.block_public_policy),
            restrict_public_buckets: Some(block.restrict_public_buckets),
        }),
    }))
}

pub(in crate::s3) async fn delete(
    s3: &S3Adapter,
    input: DeletePublicAccessBlockInput,
) -> S3Result<S3Response<DeletePublicAccessBlockOutput>> {
    change(s3, &input.bucket, |settings| {
        settings.public_access_block = None;
        Ok(())
    })
    .await?;
    Ok(S3Response::new(DeletePublicAccessBlockOutput::default()))
}
