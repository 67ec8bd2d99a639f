//! The tags of a bucket.

use lakebed_storage::Tags;
use lakebed_storage::settings::Configuration;
use s3s::dto::*;
use s3s::{S3Response, S3Result};

use super::{change, missing, settings_of};
use crate::s3::adapter::S3Adapter;
use crate::s3::convert::{malformed_xml, refusal};

pub(in crate::s3) async fn put(
    s3: &S3Adapter,
    input: PutBucketTaggingInput,
) -> S3Result<S3Response<PutBucketTaggingOutput>> {
    let tags = Tags::of_bucket(pairs(input.tagging.tag_set)?).map_err(refusal)?;
    change(s3, &input.bucket, |settings| {
        settings.tags = tags;
        Ok(())
    })
    .await?;
    Ok(S3Response::new(PutBucketTaggingOutput::default()))
}

pub(in crate::s3) fn get(
    s3: &S3Adapter,
    input: &GetBucketTaggingInput,
) -> S3Result<S3Response<GetBucketTaggingOutput>> {
    let settings = settings_of(s3, &input.bucket)?;
    if settings.tags.is_empty() {
        return Err(missing(Configuration::Tags));
    }
    Ok(S3Response::new(GetBucketTaggingOutput {
        tag_set: tag_set(&settings.tags),
    }))
}

pub(in crate::s3) async fn delete(
    s3: &S3Adapter,
    input: DeleteBucketTaggingInput,
) -> S3Result<S3Response<DeleteBucketTaggingOutput>> {
    change(s3, &input.bucket, |settings| {
        settings.tags = Tags::default();
        Ok(())
    })
    .await?;
    Ok(S3Response::new(DeleteBucketTaggingOutput::default()))
}

/// The keys and values of a tag set.
///
/// # Errors
/// `MalformedXML` for a tag without one of them.
pub(in crate::s3) fn pairs(tags: TagSet) -> S3Result<Vec<(String, String)>> {
    tags.into_iter()
        .map(|tag| tag.key.zip(tag.value).ok_or_else(malformed_xml))
        .collect()
}

/// Tags as s3s writes them.
pub(in crate::s3) fn tag_set(tags: &Tags) -> TagSet {
    tags.iter()
        .map(|(key, value)| Tag {
            key: Some(key.to_owned()),
            value: Some(value.to_owned()),
        })
        .collect()
}
