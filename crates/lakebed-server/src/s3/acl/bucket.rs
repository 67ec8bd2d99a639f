//! The ACL of a bucket.

use http::HeaderMap;
use lakebed_core::AccountId;
use lakebed_storage::settings::ObjectOwnership;
use lakebed_storage::{Acl, BucketName, BucketSettings};
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result};

use super::error::{
    blocked, missing_acl, not_supported, not_with_ownership, public_at_creation, unexpected_content,
};
use super::{asked_acl, document};
use crate::s3::adapter::S3Adapter;
use crate::s3::convert::refusal;

pub(in crate::s3) async fn get(
    s3: &S3Adapter,
    input: &GetBucketAclInput,
) -> S3Result<S3Response<GetBucketAclOutput>> {
    let bucket = BucketName::parse(&input.bucket).map_err(refusal)?;
    let bucket = s3.storage.head_bucket(&bucket).await.map_err(refusal)?;
    let settings = s3.storage.bucket_settings(&bucket.name).map_err(refusal)?;
    let owner = s3.owners.canonical_id(&bucket.owner);
    let acl = acl_of(&settings, &owner);
    Ok(S3Response::new(GetBucketAclOutput {
        grants: Some(document::write(&acl, &s3.owners)),
        owner: Some(s3.owners.owner(&bucket.owner)),
    }))
}

/// The ACL of a bucket whose owner has the canonical user id `owner`.
pub(in crate::s3) fn acl_of(settings: &BucketSettings, owner: &str) -> Acl {
    match &settings.acl {
        Some(acl) if settings.ownership != Some(ObjectOwnership::BucketOwnerEnforced) => {
            acl.clone()
        }
        _ => Acl::private(owner),
    }
}

/// Gives a new bucket the ACL that the headers of its request ask for.
///
/// # Errors
/// `InvalidBucketAclWithObjectOwnership`, `InvalidBucketAclWithBlockPublicAccessError`, and what
/// [`asked_acl`] refuses.
pub(in crate::s3) fn begin(
    s3: &S3Adapter,
    settings: &mut BucketSettings,
    headers: &HeaderMap,
    owner: &AccountId,
) -> S3Result<()> {
    let Some(asked) = asked_acl(headers, &s3.owners)? else {
        return Ok(());
    };
    let owner = s3.owners.canonical_id(owner);
    let acl = asked.expand(&owner, &owner);
    if settings.ownership == Some(ObjectOwnership::BucketOwnerEnforced) {
        return if acl.is_only_for(&owner) {
            Ok(())
        } else {
            Err(not_with_ownership())
        };
    }
    let block = settings.public_access_block.unwrap_or_default();
    if block.block_public_acls && acl.is_public() {
        return Err(public_at_creation());
    }
    settings.acl = Some(acl);
    Ok(())
}

/// Decides whether a bucket's owner can come to own everything in it.
///
/// # Errors
/// `InvalidBucketAclWithObjectOwnership` while the bucket's ACL lets others in.
pub(in crate::s3) async fn check_enforceable(s3: &S3Adapter, bucket: &str) -> S3Result<()> {
    let bucket = BucketName::parse(bucket).map_err(refusal)?;
    let bucket = s3.storage.head_bucket(&bucket).await.map_err(refusal)?;
    let settings = s3.storage.bucket_settings(&bucket.name).map_err(refusal)?;
    let owner = s3.owners.canonical_id(&bucket.owner);
    if acl_of(&settings, &owner).is_only_for(&owner) {
        return Ok(());
    }
    Err(not_with_ownership())
}

pub(in crate::s3) async fn put(
    s3: &S3Adapter,
    request: S3Request<PutBucketAclInput>,
) -> S3Result<S3Response<PutBucketAclOutput>> {
    let input = request.input;
    let name = BucketName::parse(&input.bucket).map_err(refusal)?;
    let bucket = s3.storage.head_bucket(&name).await.map_err(refusal)?;
    let owner = s3.owners.canonical_id(&bucket.owner);
    let settings = s3.storage.bucket_settings(&name).map_err(refusal)?;
    if settings.ownership == Some(ObjectOwnership::BucketOwnerEnforced) {
        return Err(not_supported());
    }
    let asked = asked_acl(&request.headers, &s3.owners)?;
    let acl = match (asked, input.access_control_policy) {
        // Canned ACLs about the bucket's owner say nothing of the bucket itself.
        (Some(asked), None) => asked.expand(&owner, &owner),
        (None, Some(document)) => document::read(document, &owner, &s3.owners)?,
        (None, None) => return Err(missing_acl()),
        (Some(_), Some(_)) => return Err(unexpected_content()),
    };
    let block = settings.public_access_block.unwrap_or_default();
    if block.block_public_acls && acl.is_public() {
        return Err(blocked());
    }
    s3.storage
        .change_bucket_settings(&name, move |settings| {
            settings.acl = Some(acl);
            Ok(())
        })
        .await
        .map_err(refusal)?;
    Ok(S3Response::new(PutBucketAclOutput::default()))
}
