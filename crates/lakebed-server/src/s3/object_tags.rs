//! The tags of objects.

use lakebed_storage::Tags;
use s3s::dto::*;
use s3s::{S3Response, S3Result};

use super::adapter::{S3Adapter, address};
use super::convert::{malformed_xml, refusal, version_of};

pub(super) async fn put(
    s3: &S3Adapter,
    input: PutObjectTaggingInput,
) -> S3Result<S3Response<PutObjectTaggingOutput>> {
    let (bucket, key) = address(&input.bucket, input.key)?;
    let version = version_of(input.version_id.as_deref())?;
    let tags = read_tags(&input.tagging.tag_set)?;
    let changed = s3
        .storage
        .change_object(&bucket, &key, version.as_ref(), move |object| {
            object.properties.tags = tags;
            Ok(object.version.clone())
        })
        .await
        .map_err(refusal)?;
    Ok(S3Response::new(PutObjectTaggingOutput {
        version_id: s3.shown_version(&bucket, &changed)?,
    }))
}

/// Reads a document of tags.
///
/// # Errors
/// `MalformedXML`, `InvalidTag`.
pub(super) fn read_tags(set: &[Tag]) -> S3Result<Tags> {
    let mut tags = Vec::with_capacity(set.len());
    for tag in set {
        let pair = tag.key.clone().zip(tag.value.clone());
        tags.push(pair.ok_or_else(malformed_xml)?);
    }
    Tags::of_object(tags).map_err(refusal)
}

pub(super) async fn get(
    s3: &S3Adapter,
    input: GetObjectTaggingInput,
) -> S3Result<S3Response<GetObjectTaggingOutput>> {
    let (bucket, key) = address(&input.bucket, input.key)?;
    let version = version_of(input.version_id.as_deref())?;
    let found = s3.storage.find_object(&bucket, &key, version.as_ref());
    let object = found.await.map_err(refusal)?;
    let tags = object.properties.tags.iter().map(|(key, value)| Tag {
        key: Some(key.to_owned()),
        value: Some(value.to_owned()),
    });
    Ok(S3Response::new(GetObjectTaggingOutput {
        tag_set: tags.collect(),
        version_id: s3.shown_version(&bucket, &object.version)?,
    }))
}

pub(super) async fn delete(
    s3: &S3Adapter,
    input: DeleteObjectTaggingInput,
) -> S3Result<S3Response<DeleteObjectTaggingOutput>> {
    let (bucket, key) = address(&input.bucket, input.key)?;
    let version = version_of(input.version_id.as_deref())?;
    let changed = s3
        .storage
        .change_object(&bucket, &key, version.as_ref(), |object| {
            object.properties.tags = Tags::default();
            Ok(object.version.clone())
        })
        .await
        .map_err(refusal)?;
    Ok(S3Response::new(DeleteObjectTaggingOutput {
        version_id: s3.shown_version(&bucket, &changed)?,
    }))
}
