//! Buckets: create, head, list, delete, and what clients ask of them in passing.

use http::HeaderMap;
use lakebed_core::{AccountId, Principal, Region};
use lakebed_storage::settings::{self, ObjectLock, PublicAccessBlock};
use lakebed_storage::{BucketName, BucketSettings, CreateBucket, Tags, Versioning};
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::acl;
use super::adapter::{S3Adapter, principal};
use super::convert::{moment, refusal};
use super::document::FirstTags;

/// The region whose location constraint is no constraint at all.
const CLASSIC_REGION: &str = "us-east-1";

/// The most buckets a page of the list may have.
const LONGEST_PAGE: i32 = 10_000;

pub(super) async fn create(
    s3: &S3Adapter,
    request: S3Request<CreateBucketInput>,
) -> S3Result<S3Response<CreateBucketOutput>> {
    let owner = account_of(principal(&request.extensions)?)?;
    let mut settings = first_settings(s3, &request.input, &request.headers, &owner)?;
    if let Some(FirstTags(tags)) = request.extensions.get() {
        settings.tags = Tags::of_bucket(tags.iter().cloned()).map_err(refusal)?;
    }
    let input = request.input;
    let name = BucketName::parse(&input.bucket).map_err(refusal)?;
    let constraint = input
        .create_bucket_configuration
        .and_then(|c| c.location_constraint);
    let region = match constraint.as_ref().map(BucketLocationConstraint::as_str) {
        None | Some("") => s3.region.clone(),
        Some("EU") => parse_region("eu-west-1")?,
        Some(name) => parse_region(name)?,
    };
    let create = CreateBucket {
        region,
        owner,
        settings,
    };
    s3.storage
        .create_bucket_with(&name, create)
        .await
        .map_err(refusal)?;
    Ok(S3Response::new(CreateBucketOutput {
        location: Some(format!("/{name}")),
    }))
}

/// The account of a caller.
///
/// # Errors
/// `AccessDenied` for anonymous callers, who cannot own buckets.
fn account_of(caller: &Principal) -> S3Result<AccountId> {
    let account = caller.account.clone();
    account.ok_or_else(|| s3_error!(AccessDenied, "Access Denied"))
}

/// What a bucket is set to do when it is made. Object Lock brings versions along.
fn first_settings(
    s3: &S3Adapter,
    input: &CreateBucketInput,
    headers: &HeaderMap,
    owner: &AccountId,
) -> S3Result<BucketSettings> {
    let mut first = BucketSettings::default();
    if input.object_lock_enabled_for_bucket == Some(true) {
        first.versioning = Versioning::Enabled;
        first.object_lock = Some(ObjectLock::default());
    }
    if let Some(asked) = &input.object_ownership {
        let ownership = settings::ObjectOwnership::parse(asked.as_str());
        first.ownership = Some(ownership.ok_or_else(|| {
            s3_error!(
                InvalidArgument,
                "Invalid x-amz-object-ownership header: {}",
                asked.as_str()
            )
        })?);
    }
    // S3 user guide, "Default settings for new S3 buckets FAQ".
    if !s3.acls {
        let enforced = settings::ObjectOwnership::BucketOwnerEnforced;
        first.ownership.get_or_insert(enforced);
        first.public_access_block = Some(PublicAccessBlock::ALL);
    }
    acl::bucket::begin(s3, &mut first, headers, owner)?;
    Ok(first)
}

fn parse_region(name: &str) -> S3Result<Region> {
    name.parse().map_err(|_| {
        s3_error!(
            InvalidLocationConstraint,
            "The specified location-constraint is not valid"
        )
    })
}

pub(super) async fn head(
    s3: &S3Adapter,
    input: HeadBucketInput,
) -> S3Result<S3Response<HeadBucketOutput>> {
    let name = BucketName::parse(&input.bucket).map_err(refusal)?;
    let bucket = s3.storage.head_bucket(&name).await.map_err(refusal)?;
    Ok(S3Response::new(HeadBucketOutput {
        bucket_region: Some(bucket.region.to_string()),
        ..Default::default()
    }))
}

pub(super) async fn delete(
    s3: &S3Adapter,
    input: DeleteBucketInput,
) -> S3Result<S3Response<DeleteBucketOutput>> {
    let name = BucketName::parse(&input.bucket).map_err(refusal)?;
    s3.storage.delete_bucket(&name).await.map_err(refusal)?;
    Ok(S3Response::new(DeleteBucketOutput::default()))
}

pub(super) async fn list(
    s3: &S3Adapter,
    request: S3Request<ListBucketsInput>,
) -> S3Result<S3Response<ListBucketsOutput>> {
    let account = account_of(principal(&request.extensions)?)?;
    let input = request.input;
    let limit = match input.max_buckets {
        None => usize::MAX,
        Some(limit @ 1..=LONGEST_PAGE) => usize::try_from(limit).unwrap_or(usize::MAX),
        Some(_) => {
            return Err(s3_error!(
                InvalidArgument,
                "Argument max-buckets must be an integer between 1 and 10000"
            ));
        }
    };
    let after = input
        .continuation_token
        .as_deref()
        .map(lakebed_storage::decode_token);
    let after = after.transpose().map_err(refusal)?;
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let mut buckets = s3.storage.list_buckets().await.map_err(refusal)?;
    buckets.retain(|bucket| {
        bucket.owner == account
            && bucket.name.as_str().starts_with(prefix)
            && after
                .as_deref()
                .is_none_or(|after| bucket.name.as_str() > after)
            && input
                .bucket_region
                .as_deref()
                .is_none_or(|region| bucket.region.as_str() == region)
    });
    let more = buckets.len() > limit;
    buckets.truncate(limit);
    let last = buckets.last().filter(|_| more);
    Ok(S3Response::new(ListBucketsOutput {
        continuation_token: last.map(|bucket| lakebed_storage::encode_token(bucket.name.as_str())),
        owner: Some(s3.owners.owner(&account)),
        prefix: input.prefix,
        buckets: Some(
            buckets
                .into_iter()
                .map(|bucket| Bucket {
                    bucket_region: Some(bucket.region.to_string()),
                    creation_date: Some(moment(bucket.created)),
                    name: Some(bucket.name.to_string()),
                })
                .collect(),
        ),
    }))
}

/// The location of a bucket in us-east-1 is empty. S3 API reference, "GetBucketLocation".
pub(super) async fn location(
    s3: &S3Adapter,
    input: GetBucketLocationInput,
) -> S3Result<S3Response<GetBucketLocationOutput>> {
    let name = BucketName::parse(&input.bucket).map_err(refusal)?;
    let bucket = s3.storage.head_bucket(&name).await.map_err(refusal)?;
    let constraint = (bucket.region.as_str() != CLASSIC_REGION)
        .then(|| BucketLocationConstraint::from(bucket.region.to_string()));
    Ok(S3Response::new(GetBucketLocationOutput {
        location_constraint: constraint,
    }))
}
