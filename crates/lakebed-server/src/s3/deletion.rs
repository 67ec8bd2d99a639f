//! Deleting objects and versions, one or many.

use lakebed_storage::{BucketName, DeleteObject, Deleted, EtagMatch, ObjectKey};
use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};

use super::access::Request;
use super::access_log::LogNotes;
use super::adapter::{S3Adapter, address, principal};
use super::convert::{refusal, text, version_of};

/// The most keys one request may delete.
const MOST_KEYS: usize = 1000;

pub(super) async fn one(
    s3: &S3Adapter,
    request: S3Request<DeleteObjectInput>,
) -> S3Result<S3Response<DeleteObjectOutput>> {
    let input = request.input;
    if input.if_match_size.is_some() || input.if_match_last_modified_time.is_some() {
        return Err(s3_error!(
            NotImplemented,
            "A header you provided implies functionality that is not implemented: general purpose buckets have If-Match only"
        ));
    }
    let (bucket, key) = address(&input.bucket, input.key)?;
    let owners = s3.owners_in(&bucket).await?;
    let delete = DeleteObject {
        version: version_of(input.version_id.as_deref())?,
        owner: owners.new_owner(principal(&request.extensions)?),
        if_match: text(&request.headers, "if-match").map(EtagMatch::parse),
        bypass_governance: input.bypass_governance_retention.unwrap_or(false),
    };
    let deleted = s3
        .storage
        .delete_object(&bucket, &key, delete)
        .await
        .map_err(refusal)?;
    Ok(S3Response::new(DeleteObjectOutput {
        delete_marker: deleted.marker.then_some(true),
        version_id: deleted.version.map(|version| version.to_string()),
        ..Default::default()
    }))
}

pub(super) async fn many(
    s3: &S3Adapter,
    request: S3Request<DeleteObjectsInput>,
) -> S3Result<S3Response<DeleteObjectsOutput>> {
    let input = request.input;
    let asked = input.delete.objects;
    if asked.is_empty() || asked.len() > MOST_KEYS {
        return Err(s3_error!(
            MalformedXML,
            "The XML you provided was not well-formed or did not validate against our published schema"
        ));
    }
    let bucket = BucketName::parse(&input.bucket).map_err(refusal)?;
    let bypass_governance = input.bypass_governance_retention.unwrap_or(false);
    let asker = Request::new(&request.uri, &request.headers, &request.extensions)?;
    let owners = s3.owners_in(&bucket).await?;
    let owner = owners.new_owner(principal(&request.extensions)?);
    let mut objects = Vec::new();
    let mut deletable = Vec::new();
    let mut errors = Vec::new();
    for object in asked {
        let allowed = async {
            let (key, mut delete) = deletion(&object, bypass_governance)?;
            delete.owner.clone_from(&owner);
            let version = delete.version.as_ref();
            s3.access
                .check_deletion(asker, &bucket, &key, version, bypass_governance)
                .await?;
            Ok((key, delete))
        };
        match allowed.await {
            Ok(deletion) => {
                objects.push(object);
                deletable.push(deletion);
            }
            Err(error) => errors.push(refused(object, &error)),
        }
    }
    let answers = s3
        .storage
        .delete_objects(&bucket, deletable)
        .await
        .map_err(refusal)?;
    let mut deleted = Vec::new();
    let log = request.extensions.get::<LogNotes>();
    for (object, answer) in objects.into_iter().zip(answers) {
        if let Some(log) = log {
            let error = answer.as_ref().err().map(lakebed_storage::Error::code);
            log.deleted(&object.key, object.version_id.as_deref(), error);
        }
        match answer {
            Ok(outcome) => deleted.push(done(object, outcome)),
            Err(error) => errors.push(refused(object, &refusal(error))),
        }
    }
    let quiet = input.delete.quiet.unwrap_or(false);
    Ok(S3Response::new(DeleteObjectsOutput {
        deleted: (!quiet).then_some(deleted),
        errors: (!errors.is_empty()).then_some(errors),
        request_charged: None,
    }))
}

fn deletion(
    object: &ObjectIdentifier,
    bypass_governance: bool,
) -> S3Result<(ObjectKey, DeleteObject)> {
    if object.size.is_some() || object.last_modified_time.is_some() {
        return Err(s3_error!(
            NotImplemented,
            "conditions on size and time are for directory buckets only"
        ));
    }
    let key = ObjectKey::parse(object.key.clone()).map_err(refusal)?;
    let delete = DeleteObject {
        version: version_of(object.version_id.as_deref())?,
        if_match: object
            .e_tag
            .as_ref()
            .map(|tag| EtagMatch::OneOf(vec![tag.value().to_owned()])),
        bypass_governance,
        ..DeleteObject::default()
    };
    Ok((key, delete))
}

/// What a deletion came to. The version that was asked for is told apart from a marker that was
/// made. S3 API reference, "DeleteObjects".
fn done(object: ObjectIdentifier, outcome: Deleted) -> DeletedObject {
    let version = outcome.version.map(|version| version.to_string());
    DeletedObject {
        delete_marker: outcome.marker.then_some(true),
        delete_marker_version_id: version.filter(|_| outcome.marker),
        key: Some(object.key),
        version_id: object.version_id,
    }
}

fn refused(object: ObjectIdentifier, error: &S3Error) -> Error {
    Error {
        code: Some(error.code().as_str().to_owned()),
        key: Some(object.key),
        message: error.message().map(str::to_owned),
        version_id: object.version_id,
    }
}
