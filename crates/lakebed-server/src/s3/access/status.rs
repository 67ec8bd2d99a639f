//! Whether a bucket is public.

use lakebed_govern::policy::Policy;
use lakebed_storage::BucketName;
use s3s::dto::{GetBucketPolicyStatusInput, GetBucketPolicyStatusOutput, PolicyStatus};
use s3s::{S3Response, S3Result};

use super::policies;
use crate::s3::acl;
use crate::s3::adapter::S3Adapter;
use crate::s3::convert::refusal;

/// A bucket is public by its policy, or by an ACL that is not ignored. S3 user guide, "The
/// meaning of 'public'".
pub(in crate::s3) async fn policy_status(
    s3: &S3Adapter,
    input: &GetBucketPolicyStatusInput,
) -> S3Result<S3Response<GetBucketPolicyStatusOutput>> {
    let bucket = BucketName::parse(&input.bucket).map_err(refusal)?;
    let bucket = s3.storage.head_bucket(&bucket).await.map_err(refusal)?;
    let settings = s3.storage.bucket_settings(&bucket.name).map_err(refusal)?;
    let block = settings.public_access_block.unwrap_or_default();
    let owner = s3.owners.canonical_id(&bucket.owner);
    let by_acl = !block.ignore_public_acls && acl::bucket::acl_of(&settings, &owner).is_public();
    let policy = policies::read_bucket_policy(settings.policy.as_deref());
    let by_policy = policy.as_ref().is_some_and(Policy::is_public);
    Ok(S3Response::new(GetBucketPolicyStatusOutput {
        policy_status: Some(PolicyStatus {
            is_public: Some(by_acl || by_policy),
        }),
    }))
}
