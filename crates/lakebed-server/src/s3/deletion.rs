//! Deleting objects, one or many.

use lakebed_storage::{EtagMatch, ObjectKey};
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::adapter::{S3Adapter, address};
use super::convert::{current_version, refusal, text};

/// The most keys one request may delete.
const MOST_KEYS: usize = 1000;

pub(super) async fn one(
    s3: &S3Adapter,
    request: S3Request<DeleteObjectInput>,
) -> S3Result<S3Response<DeleteObjectOutput>> {
    let input = request.input;
    current_version(input.version_id.as_deref())?;
    if input.if_match_size.is_some() || input.if_match_last_modified_time.is_some() {
        return Err(s3_error!(
            NotImplemented,
            "A header you provided implies functionality that is not implemented: general purpose buckets have If-Match only"
        ));
    }
    let (bucket, key) = address(&input.bucket, input.key)?;
    let if_match = text(&request.headers, "if-match").map(EtagMatch::parse);
    s3.storage
        .delete_object(&bucket, &key, if_match.as_ref())
        .await
        .map_err(refusal)?;
    Ok(S3Response::new(DeleteObjectOutput::default()))
}

pub(super) async fn many(
    s3: &S3Adapter,
    input: DeleteObjectsInput,
) -> S3Result<S3Response<DeleteObjectsOutput>> {
    let asked = input.delete.objects;
    if asked.is_empty() || asked.len() > MOST_KEYS {
        return Err(s3_error!(
            MalformedXML,
            "The XML you provided was not well-formed or did not validate against our published schema"
        ));
    }
    let bucket = lakebed_storage::BucketName::parse(&input.bucket).map_err(refusal)?;
    let mut keys = Vec::new();
    let mut errors = Vec::new();
    for object in asked {
        match deletable(&object) {
            Ok(key) => keys.push(key),
            Err(error) => errors.push(Error {
                code: Some(error.code().as_str().to_owned()),
                key: Some(object.key),
                message: error.message().map(str::to_owned),
                version_id: object.version_id,
            }),
        }
    }
    s3.storage
        .delete_objects(&bucket, &keys)
        .await
        .map_err(refusal)?;
    let deleted = keys
        .into_iter()
        .map(|key| DeletedObject {
            key: Some(key.as_str().to_owned()),
            ..Default::default()
        })
        .collect();
    let quiet = input.delete.quiet.unwrap_or(false);
    Ok(S3Response::new(DeleteObjectsOutput {
        deleted: (!quiet).then_some(deleted),
        errors: (!errors.is_empty()).then_some(errors),
        request_charged: None,
    }))
}

fn deletable(object: &ObjectIdentifier) -> S3Result<ObjectKey> {
    current_version(object.version_id.as_deref())?;
    if object.e_tag.is_some() || object.size.is_some() || object.last_modified_time.is_some() {
        return Err(s3_error!(
            NotImplemented,
            "conditions on the deletion of several objects are not implemented"
        ));
    }
    ObjectKey::parse(object.key.clone()).map_err(refusal)
}
