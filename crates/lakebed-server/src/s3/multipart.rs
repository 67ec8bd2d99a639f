//! Multipart uploads.

use lakebed_storage::{
    CompleteUpload, CreateUpload, ObjectProperties, PartNumber, UploadId, UploadPart,
};
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::acl::new_object;
use super::adapter::{S3Adapter, address};
use super::convert::{
    body_checks, byte_stream, checksum_of, count, etag, moment, new_version, object_metadata,
    refusal, set_checksum, text, write_condition,
};
use super::encryption;
use super::forecast::{abort_headers, expiration_header};
use super::properties::properties_of;

/// The most parts a page of the list may have.
const LONGEST_PAGE: i32 = 1000;

pub(super) async fn create(
    s3: &S3Adapter,
    request: S3Request<CreateMultipartUploadInput>,
) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
    let input = request.input;
    let (bucket, key) = address(&input.bucket, input.key.clone())?;
    let algorithm = text(&request.headers, "x-amz-checksum-algorithm");
    let kind = text(&request.headers, "x-amz-checksum-type");
    let owned = new_object(s3, &bucket, &request.headers, &request.extensions).await?;
    let create = CreateUpload {
        metadata: object_metadata(
            &request.headers,
            input.metadata,
            input.storage_class.as_ref(),
        ),
        algorithm: algorithm.map(str::parse).transpose().map_err(refusal)?,
        kind: kind.map(parse_checksum_type).transpose()?,
        properties: ObjectProperties {
            acl: owned.acl,
            ..properties_of(s3, &bucket, &request.headers)?
        },
        encryption: encryption::wanted_encryption(&request.headers)?,
        owner: owned.owner,
    };
    let customer_key = encryption::customer_key(&request.headers)?;
    let upload = s3
        .storage
        .create_multipart_upload(&bucket, &key, create)
        .await
        .map_err(refusal)?;
    let (abort_date, abort_rule_id) = abort_headers(s3, &bucket, &key, upload.initiated)?;
    let encrypted = encryption::describe_written(upload.encryption_kind(), customer_key.as_ref());
    let output = CreateMultipartUploadOutput {
        abort_date,
        abort_rule_id,
        bucket: Some(input.bucket),
        checksum_algorithm: upload
            .algorithm
            .map(|algorithm| ChecksumAlgorithm::from(algorithm.as_str().to_owned())),
        checksum_type: upload
            .kind
            .map(|kind| ChecksumType::from(kind.as_str().to_owned())),
        key: Some(input.key),
        upload_id: Some(upload.id.as_str().to_owned()),
        ..Default::default()
    };
    Ok(S3Response::with_headers(output, encrypted))
}

fn parse_checksum_type(name: &str) -> S3Result<lakebed_storage::ChecksumType> {
    name.parse().map_err(|_| {
        s3_error!(
            InvalidRequest,
            "Value for x-amz-checksum-type header is invalid."
        )
    })
}

pub(super) async fn upload_part(
    s3: &S3Adapter,
    request: S3Request<UploadPartInput>,
) -> S3Result<S3Response<UploadPartOutput>> {
    let input = request.input;
    let checksum = checksum_of!(input)?;
    let (bucket, key) = address(&input.bucket, input.key)?;
    let upload = UploadId::parse(&input.upload_id).map_err(refusal)?;
    let number = PartNumber::try_from(input.part_number).map_err(refusal)?;
    let customer_key = encryption::customer_key(&request.headers)?;
    let upload_part = UploadPart {
        checks: body_checks(&request.headers, &request.extensions, checksum)?,
        customer_key: customer_key.clone(),
    };
    let body = byte_stream(input.body);
    let part = s3
        .storage
        .upload_part(&bucket, &key, &upload, number, body, upload_part)
        .await
        .map_err(refusal)?;
    let mut output = UploadPartOutput {
        e_tag: Some(etag(&part.etag)),
        ..Default::default()
    };
    if let Some(checksum) = &part.checksum {
        set_checksum!(output, checksum.algorithm(), checksum.to_base64());
    }
    let encrypted = encryption::describe(part.encryption.as_ref(), customer_key.as_ref());
    Ok(S3Response::with_headers(output, encrypted))
}

pub(super) async fn list_parts(
    s3: &S3Adapter,
    input: ListPartsInput,
) -> S3Result<S3Response<ListPartsOutput>> {
    let (bucket, key) = address(&input.bucket, input.key.clone())?;
    let upload = UploadId::parse(&input.upload_id).map_err(refusal)?;
    let out_of_bounds = |name: &str| {
        s3_error!(
            InvalidArgument,
            "Argument {name} must be an integer between 0 and 2147483647"
        )
    };
    let after = u32::try_from(input.part_number_marker.unwrap_or(0))
        .map_err(|_| out_of_bounds("part-number-marker"))?;
    let limit = usize::try_from(input.max_parts.unwrap_or(LONGEST_PAGE).min(LONGEST_PAGE))
        .map_err(|_| out_of_bounds("max-parts"))?;
    let listing = s3
        .storage
        .list_parts(&bucket, &key, &upload, after, limit)
        .await
        .map_err(refusal)?;
    let parts = listing
        .parts
        .into_iter()
        .map(|part| {
            let mut output = Part {
                e_tag: Some(etag(&part.etag)),
                last_modified: Some(moment(part.modified)),
                part_number: i32::try_from(part.number.get()).ok(),
                size: Some(count(part.size)),
                ..Default::default()
            };
            if let Some(checksum) = &part.checksum {
                set_checksum!(output, checksum.algorithm(), checksum.to_base64());
            }
            output
        })
        .collect();
    let upload = listing.upload;
    let owners = s3.owners_in(&bucket).await?;
    let (abort_date, abort_rule_id) = abort_headers(s3, &bucket, &key, upload.initiated)?;
    Ok(S3Response::new(ListPartsOutput {
        abort_date,
        abort_rule_id,
        bucket: Some(input.bucket),
        checksum_algorithm: upload
            .algorithm
            .map(|algorithm| ChecksumAlgorithm::from(algorithm.as_str().to_owned())),
        checksum_type: upload
            .kind
            .map(|kind| ChecksumType::from(kind.as_str().to_owned())),
        initiator: Some(owners.initiator(upload.owner.as_ref())),
        is_truncated: Some(listing.next.is_some()),
        key: Some(input.key),
        max_parts: i32::try_from(limit).ok(),
        next_part_number_marker: listing.next.and_then(|next| i32::try_from(next).ok()),
        owner: Some(owners.owner(upload.owner.as_ref())),
        part_number_marker: i32::try_from(after).ok(),
        parts: Some(parts),
        storage_class: Some(StorageClass::from(
            upload
                .metadata
                .storage_class
                .unwrap_or_else(|| StorageClass::STANDARD.to_owned()),
        )),
        upload_id: Some(input.upload_id),
        ..Default::default()
    }))
}

pub(super) async fn complete(
    s3: &S3Adapter,
    request: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
    let input = request.input;
    let checksum = checksum_of!(input)?;
    let (bucket, key) = address(&input.bucket, input.key.clone())?;
    let upload = UploadId::parse(&input.upload_id).map_err(refusal)?;
    let mut parts = Vec::new();
    for part in input
        .multipart_upload
        .and_then(|upload| upload.parts)
        .unwrap_or_default()
    {
        parts.push(completed_part(&part)?);
    }
    let object_size = input
        .mpu_object_size
        .map(u64::try_from)
        .transpose()
        .map_err(|_| {
            s3_error!(
                InvalidArgument,
                "Value for x-amz-mp-object-size header is invalid"
            )
        })?;
    let complete = CompleteUpload {
        parts,
        checksum,
        object_size,
        customer_key: encryption::customer_key(&request.headers)?,
        condition: write_condition(&request.headers),
    };
    let customer_key = complete.customer_key.clone();
    let object = s3
        .storage
        .complete_multipart_upload(&bucket, &key, &upload, complete)
        .await
        .map_err(refusal)?;
    let host = text(&request.headers, "host").unwrap_or("localhost");
    let mut output = CompleteMultipartUploadOutput {
        expiration: expiration_header(s3, &bucket, &key, &object)?,
        bucket: Some(input.bucket),
        e_tag: Some(etag(&object.etag)),
        location: Some(format!("http://{host}/{bucket}/{}", input.key)),
        key: Some(input.key),
        version_id: new_version(&object.version),
        ..Default::default()
    };
    if let Some(checksum) = &object.checksum {
        set_checksum!(output, checksum.checksum.algorithm(), checksum.value());
        output.checksum_type = Some(ChecksumType::from(checksum.kind.as_str().to_owned()));
    }
    let encrypted = encryption::describe(object.encryption_kind(), customer_key.as_ref());
    Ok(S3Response::with_headers(output, encrypted))
}

fn completed_part(part: &CompletedPart) -> S3Result<lakebed_storage::CompletedPart> {
    let malformed = || {
        s3_error!(
            MalformedXML,
            "The XML you provided was not well-formed or did not validate against our published schema"
        )
    };
    Ok(lakebed_storage::CompletedPart {
        number: PartNumber::try_from(part.part_number.ok_or_else(malformed)?).map_err(refusal)?,
        etag: part
            .e_tag
            .as_ref()
            .ok_or_else(malformed)?
            .value()
            .to_owned(),
        checksum: checksum_of!(part)?,
    })
}

pub(super) async fn abort(
    s3: &S3Adapter,
    input: AbortMultipartUploadInput,
) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
    let (bucket, key) = address(&input.bucket, input.key)?;
    let upload = UploadId::parse(&input.upload_id).map_err(refusal)?;
    s3.storage
        .abort_multipart_upload(&bucket, &key, &upload)
        .await
        .map_err(refusal)?;
    Ok(S3Response::new(AbortMultipartUploadOutput::default()))
}
