//! Whose a new object is, and its ACL.

use http::{Extensions, HeaderMap};
use lakebed_core::AccountId;
use lakebed_storage::settings::ObjectOwnership;
use lakebed_storage::{Acl, BucketName, CannedAcl};
use s3s::S3Result;

use super::error::{blocked, not_supported};
use super::{AskedAcl, asked_acl};
use crate::s3::adapter::{S3Adapter, principal};
use crate::s3::convert::refusal;

/// Whose an object is to be, and who else is granted what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::s3) struct OwnedBy {
    /// None is the bucket's owner.
    pub(in crate::s3) owner: Option<AccountId>,
    pub(in crate::s3) acl: Option<Acl>,
}

/// Decides whose an object that a request writes is, and by which ACL. What anonymous callers
/// write is the bucket owner's.
///
/// S3 user guide, "Controlling ownership of objects and disabling ACLs for your bucket".
///
/// # Errors
/// `NoSuchBucket`, `AccessControlListNotSupported`, `AccessDenied` for public ACLs where they are
/// blocked, and what [`asked_acl`] refuses.
pub(in crate::s3) async fn new_object(
    s3: &S3Adapter,
    bucket: &BucketName,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> S3Result<OwnedBy> {
    let asked = asked_acl(headers, &s3.owners)?;
    let bucket = s3.storage.head_bucket(bucket).await.map_err(refusal)?;
    let settings = s3.storage.bucket_settings(&bucket.name).map_err(refusal)?;
    let bucket_owner = s3.owners.canonical_id(&bucket.owner);
    let owners = s3.owners.of_bucket(&bucket, &settings);
    let writer = owners.new_owner(principal(extensions)?);
    let preferred = asked == Some(AskedAcl::Canned(CannedAcl::BucketOwnerFullControl));
    let owner = match settings.ownership {
        Some(ObjectOwnership::BucketOwnerEnforced) => {
            let supported = asked
                .as_ref()
                .is_none_or(|asked| asked.is_bucket_owner_full_control(&bucket_owner));
            if !supported {
                return Err(not_supported());
            }
            return Ok(OwnedBy::default());
        }
        Some(ObjectOwnership::BucketOwnerPreferred) if preferred => None,
        Some(ObjectOwnership::BucketOwnerPreferred | ObjectOwnership::ObjectWriter) | None => {
            writer
        }
    };
    let owner_id = owner.as_ref().map_or_else(
        || bucket_owner.clone(),
        |owner| s3.owners.canonical_id(owner),
    );
    let acl = asked.map(|asked| asked.expand(&owner_id, &bucket_owner));
    let block = settings.public_access_block.unwrap_or_default();
    if block.block_public_acls && acl.as_ref().is_some_and(Acl::is_public) {
        return Err(blocked());
    }
    Ok(OwnedBy { owner, acl })
}
