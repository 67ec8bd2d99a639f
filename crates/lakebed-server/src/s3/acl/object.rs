//! The ACLs of objects and their versions.

use lakebed_storage::settings::ObjectOwnership;
use lakebed_storage::{Acl, ObjectInfo};
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result};

use super::error::{blocked, missing_acl, not_supported, unexpected_content};
use super::{BucketOwners, asked_acl, document};
use crate::s3::adapter::{S3Adapter, address};
use crate::s3::convert::{refusal, version_of};

pub(in crate::s3) async fn get(
    s3: &S3Adapter,
    input: GetObjectAclInput,
) -> S3Result<S3Response<GetObjectAclOutput>> {
    let (bucket, key) = address(&input.bucket, input.key)?;
    let version = version_of(input.version_id.as_deref())?;
    let found = s3.storage.find_object(&bucket, &key, version.as_ref());
    let object = found.await.map_err(refusal)?;
    let bucket = s3.storage.head_bucket(&bucket).await.map_err(refusal)?;
    let settings = s3.storage.bucket_settings(&bucket.name).map_err(refusal)?;
    let owners = s3.owners.of_bucket(&bucket, &settings);
    let acl = acl_of(&object, &owners);
    Ok(S3Response::new(GetObjectAclOutput {
        grants: Some(document::write(&acl, &s3.owners)),
        owner: Some(owners.owner(object.owner.as_ref())),
        request_charged: None,
    }))
}

/// The ACL of an object, as it counts.
pub(in crate::s3) fn acl_of(object: &ObjectInfo, owners: &BucketOwners) -> Acl {
    match &object.properties.acl {
        Some(acl) if !owners.enforced() => acl.clone(),
        _ => Acl::private(&owners.canonical_id(object.owner.as_ref())),
    }
}

pub(in crate::s3) async fn put(
    s3: &S3Adapter,
    request: S3Request<PutObjectAclInput>,
) -> S3Result<S3Response<PutObjectAclOutput>> {
    let input = request.input;
    let (bucket, key) = address(&input.bucket, input.key)?;
    let version = version_of(input.version_id.as_deref())?;
    let bucket = s3.storage.head_bucket(&bucket).await.map_err(refusal)?;
    let settings = s3.storage.bucket_settings(&bucket.name).map_err(refusal)?;
    if settings.ownership == Some(ObjectOwnership::BucketOwnerEnforced) {
        return Err(not_supported());
    }
    let found = s3.storage.find_object(&bucket.name, &key, version.as_ref());
    let object = found.await.map_err(refusal)?;
    let owners = s3.owners.of_bucket(&bucket, &settings);
    let owner = owners.canonical_id(object.owner.as_ref());
    let asked = asked_acl(&request.headers, &s3.owners)?;
    let acl = match (asked, input.access_control_policy) {
        (Some(asked), None) => asked.expand(&owner, &s3.owners.canonical_id(&bucket.owner)),
        (None, Some(document)) => document::read(document, &owner, &s3.owners)?,
        (None, None) => return Err(missing_acl()),
        (Some(_), Some(_)) => return Err(unexpected_content()),
    };
    let block = settings.public_access_block.unwrap_or_default();
    if block.block_public_acls && acl.is_public() {
        return Err(blocked());
    }
    s3.storage
        .change_object(&bucket.name, &key, version.as_ref(), move |object| {
            object.properties.acl = Some(acl);
            Ok(())
        })
        .await
        .map_err(refusal)?;
    Ok(S3Response::new(PutObjectAclOutput::default()))
}
