//! Copies inside S3: of objects, and of ranges of them into parts.

use http::HeaderMap;
use lakebed_storage::{
    BucketName, ByteRange, CopyObject, CopyPart, ObjectKey, ObjectProperties, PartNumber, UploadId,
    VersionId,
};
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::acl::new_object;
use super::adapter::{S3Adapter, address};
use super::convert::{
    etag, moment, new_version, object_metadata, read_conditions, refusal, set_checksum, text,
    version_of, write_condition,
};
use super::encryption;
use super::forecast::expiration_header;
use super::properties::properties_of;

/// What the conditions on a copy's source are called.
const SOURCE: &str = "x-amz-copy-source-";

pub(super) async fn object(
    s3: &S3Adapter,
    request: S3Request<CopyObjectInput>,
) -> S3Result<S3Response<CopyObjectOutput>> {
    let input = request.input;
    let (source_bucket, source_key, source_version) = source(&input.copy_source)?;
    let (bucket, key) = address(&input.bucket, input.key)?;
    let replace = match input
        .metadata_directive
        .as_ref()
        .map(MetadataDirective::as_str)
    {
        None | Some(MetadataDirective::COPY) => false,
        Some(MetadataDirective::REPLACE) => true,
        Some(_) => return Err(s3_error!(InvalidArgument, "Unknown metadata directive.")),
    };
    let storage_class = input.storage_class.as_ref();
    let wanted_encryption = encryption::wanted_encryption(&request.headers)?;
    if (&source_bucket, &source_key) == (&bucket, &key)
        && !replace
        && storage_class.is_none()
        && source_version.is_none()
        && wanted_encryption.is_none()
    {
        return Err(s3_error!(
            InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."
        ));
    }
    let algorithm = text(&request.headers, "x-amz-checksum-algorithm");
    let owned = new_object(s3, &bucket, &request.headers, &request.extensions).await?;
    let copy = CopyObject {
        source_conditions: read_conditions(&request.headers, SOURCE),
        metadata: replace.then(|| object_metadata(&request.headers, input.metadata, storage_class)),
        storage_class: storage_class.map(|class| class.as_str().to_owned()),
        algorithm: algorithm.map(str::parse).transpose().map_err(refusal)?,
        condition: write_condition(&request.headers),
        source_version: source_version.clone(),
        properties: ObjectProperties {
            acl: owned.acl,
            ..properties_of(s3, &bucket, &request.headers)?
        },
        encryption: wanted_encryption,
        source_customer_key: encryption::source_customer_key(&request.headers)?,
        owner: owned.owner,
        keep_tags: keeps_tags(&request.headers)?,
    };
    let customer_key = encryption::customer_key(&request.headers)?;
    let copied = s3
        .storage
        .copy_object((&source_bucket, &source_key), (&bucket, &key), copy)
        .await
        .map_err(refusal)?;
    let mut result = CopyObjectResult {
        e_tag: Some(etag(&copied.etag)),
        last_modified: Some(moment(copied.modified)),
        ..Default::default()
    };
    if let Some(checksum) = &copied.checksum {
        set_checksum!(result, checksum.checksum.algorithm(), checksum.value());
        result.checksum_type = Some(ChecksumType::from(checksum.kind.as_str().to_owned()));
    }
    let encrypted = encryption::describe_written(copied.encryption_kind(), customer_key.as_ref());
    let output = CopyObjectOutput {
        expiration: expiration_header(s3, &bucket, &key, &copied)?,
        copy_object_result: Some(result),
        copy_source_version_id: source_version.map(|version| version.to_string()),
        version_id: new_version(&copied.version),
        ..Default::default()
    };
    Ok(S3Response::with_headers(output, encrypted))
}

/// Whether a copy has the tags of its source.
fn keeps_tags(headers: &HeaderMap) -> S3Result<bool> {
    match text(headers, "x-amz-tagging-directive") {
        None | Some(TaggingDirective::COPY) => Ok(true),
        Some(TaggingDirective::REPLACE) => Ok(false),
        Some(_) => Err(s3_error!(InvalidArgument, "Unknown tagging directive.")),
    }
}

pub(super) async fn part(
    s3: &S3Adapter,
    request: S3Request<UploadPartCopyInput>,
) -> S3Result<S3Response<UploadPartCopyOutput>> {
    let input = request.input;
    let (source_bucket, source_key, source_version) = source(&input.copy_source)?;
    let (bucket, key) = address(&input.bucket, input.key)?;
    let upload = UploadId::parse(&input.upload_id).map_err(refusal)?;
    let number = PartNumber::try_from(input.part_number).map_err(refusal)?;
    let range = match input.copy_source_range.as_deref() {
        None => None,
        Some(header) => match ByteRange::parse(header) {
            Some(range @ ByteRange::Bounded { .. }) => Some(range),
            _ => {
                return Err(s3_error!(
                    InvalidArgument,
                    "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy"
                ));
            }
        },
    };
    let customer_key = encryption::customer_key(&request.headers)?;
    let copy = CopyPart {
        source_customer_key: encryption::source_customer_key(&request.headers)?,
        customer_key: customer_key.clone(),
        source_conditions: read_conditions(&request.headers, SOURCE),
        source_version: source_version.clone(),
        range,
    };
    let copied = s3
        .storage
        .upload_part_copy(
            (&source_bucket, &source_key),
            (&bucket, &key),
            &upload,
            number,
            copy,
        )
        .await
        .map_err(refusal)?;
    let mut result = CopyPartResult {
        e_tag: Some(etag(&copied.etag)),
        last_modified: Some(moment(copied.modified)),
        ..Default::default()
    };
    if let Some(checksum) = &copied.checksum {
        set_checksum!(result, checksum.algorithm(), checksum.to_base64());
    }
    let encrypted = encryption::describe(copied.encryption.as_ref(), customer_key.as_ref());
    let output = UploadPartCopyOutput {
        copy_part_result: Some(result),
        copy_source_version_id: source_version.map(|version| version.to_string()),
        ..Default::default()
    };
    Ok(S3Response::with_headers(output, encrypted))
}

/// The bucket, key and version a copy is made from.
fn source(source: &CopySource) -> S3Result<(BucketName, ObjectKey, Option<VersionId>)> {
    match source {
        CopySource::Bucket {
            bucket,
            key,
            version_id,
        } => {
            let version = version_of(version_id.as_deref())?;
            let (bucket, key) = address(bucket, key.to_string())?;
            Ok((bucket, key, version))
        }
        CopySource::AccessPoint { .. } | CopySource::Outpost { .. } => Err(s3_error!(
            NotImplemented,
            "access points are not implemented as a copy's source"
        )),
    }
}
