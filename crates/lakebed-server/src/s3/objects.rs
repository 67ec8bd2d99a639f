//! Objects: put, get, head.

use http::{Extensions, HeaderMap, HeaderValue};
use lakebed_storage::{
    ByteRange, GetObject, ObjectHead, ObjectInfo, ObjectProperties, PartNumber, PutObject,
};
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result};

use super::acl::new_object;
use super::adapter::{S3Adapter, address};
use super::convert::{
    body_checks, byte_stream, checksum_of, count, etag, moment, new_version, object_metadata,
    read_conditions, refusal, set_checksum, text, version_of, write_condition,
};
use super::forecast::expiration_header;
use super::gate::OperationName;
use super::properties::properties_of;
use super::restore::restore_header;
use super::{encryption, object_lock};

pub(super) async fn put(
    s3: &S3Adapter,
    request: S3Request<PutObjectInput>,
) -> S3Result<S3Response<PutObjectOutput>> {
    let input = request.input;
    let checksum = checksum_of!(input)?;
    let (bucket, key) = address(&input.bucket, input.key)?;
    let owned = new_object(s3, &bucket, &request.headers, &request.extensions).await?;
    let put = PutObject {
        metadata: object_metadata(
            &request.headers,
            input.metadata,
            input.storage_class.as_ref(),
        ),
        checks: body_checks(&request.headers, &request.extensions, checksum)?,
        condition: write_condition(&request.headers),
        properties: ObjectProperties {
            acl: owned.acl,
            ..properties_of(s3, &bucket, &request.headers)?
        },
        encryption: encryption::wanted_encryption(&request.headers)?,
        owner: owned.owner,
        by_form: is_form_upload(&request.extensions),
    };
    let customer_key = encryption::customer_key(&request.headers)?;
    let body = byte_stream(input.body);
    let object = s3
        .storage
        .put_object(&bucket, &key, body, put)
        .await
        .map_err(refusal)?;
    let mut output = PutObjectOutput {
        expiration: expiration_header(s3, &bucket, &key, &object)?,
        e_tag: Some(etag(&object.etag)),
        version_id: new_version(&object.version),
        ..Default::default()
    };
    if let Some(checksum) = &object.checksum {
        set_checksum!(output, checksum.checksum.algorithm(), checksum.value());
        output.checksum_type = Some(ChecksumType::from(checksum.kind.as_str().to_owned()));
    }
    let encrypted = encryption::describe_written(object.encryption_kind(), customer_key.as_ref());
    Ok(S3Response::with_headers(output, encrypted))
}

/// Whether a put is that of a form.
fn is_form_upload(extensions: &Extensions) -> bool {
    let operation = extensions.get::<OperationName>();
    operation.is_some_and(|name| name.get() == Some("PostObject"))
}

pub(super) async fn get(
    s3: &S3Adapter,
    request: S3Request<GetObjectInput>,
) -> S3Result<S3Response<GetObjectOutput>> {
    let input = request.input;
    let (bucket, key) = address(&input.bucket, input.key)?;
    let wanted = wanted(
        &request.headers,
        input.part_number,
        input.version_id.as_deref(),
    )?;
    let customer_key = wanted.customer_key.clone();
    let read = s3
        .storage
        .get_object(&bucket, &key, wanted)
        .await
        .map_err(refusal)?;
    let with_checksum = wants_checksum(input.checksum_mode.as_ref());
    let described = describe(&read.head, input.part_number, with_checksum);
    let forecast = match input.version_id {
        Some(_) => None,
        None => expiration_header(s3, &bucket, &key, &read.head.object)?,
    };
    let encrypted = encryption::describe(read.head.object.encryption_kind(), customer_key.as_ref());
    let output = GetObjectOutput {
        accept_ranges: described.accept_ranges,
        body: Some(StreamingBlob::from(s3s::Body::http_body_unsync(streamed(
            read.body,
        )))),
        cache_control: described.cache_control,
        checksum_crc32: described.checksum_crc32,
        checksum_crc32c: described.checksum_crc32c,
        checksum_crc64nvme: described.checksum_crc64nvme,
        checksum_sha1: described.checksum_sha1,
        checksum_sha256: described.checksum_sha256,
        checksum_type: described.checksum_type,
        content_disposition: described.content_disposition,
        content_encoding: described.content_encoding,
        content_language: described.content_language,
        content_length: described.content_length,
        content_range: described.content_range,
        content_type: described.content_type,
        e_tag: described.e_tag,
        expiration: forecast,
        expires: described.expires,
        last_modified: described.last_modified,
        metadata: described.metadata,
        object_lock_legal_hold_status: described.object_lock_legal_hold_status,
        object_lock_mode: described.object_lock_mode,
        object_lock_retain_until_date: described.object_lock_retain_until_date,
        parts_count: described.parts_count,
        restore: restore_header(&read.head.object, s3.storage.now()),
        storage_class: described.storage_class,
        tag_count: i32::try_from(read.head.object.properties.tags.len())
            .ok()
            .filter(|tags| *tags > 0),
        version_id: s3.shown_version(&bucket, &read.head.object.version)?,
        website_redirect_location: described.website_redirect_location,
        ..Default::default()
    };
    Ok(S3Response::with_headers(output, encrypted))
}

pub(super) async fn head(
    s3: &S3Adapter,
    request: S3Request<HeadObjectInput>,
) -> S3Result<S3Response<HeadObjectOutput>> {
    let input = request.input;
    let (bucket, key) = address(&input.bucket, input.key)?;
    let wanted = wanted(
        &request.headers,
        input.part_number,
        input.version_id.as_deref(),
    )?;
    let customer_key = wanted.customer_key.clone();
    let head = s3
        .storage
        .head_object(&bucket, &key, wanted)
        .await
        .map_err(refusal)?;
    let with_checksum = wants_checksum(input.checksum_mode.as_ref());
    let mut output = describe(&head, input.part_number, with_checksum);
    output.version_id = s3.shown_version(&bucket, &head.object.version)?;
    output.restore = restore_header(&head.object, s3.storage.now());
    if input.version_id.is_none() {
        output.expiration = expiration_header(s3, &bucket, &key, &head.object)?;
    }
    let encrypted = encryption::describe(head.object.encryption_kind(), customer_key.as_ref());
    let mut response = S3Response::with_headers(output, encrypted);
    // s3s has no member for it. S3 API reference, "HeadObject".
    let tags = head.object.properties.tags.len();
    if tags > 0 {
        response
            .headers
            .insert("x-amz-tagging-count", HeaderValue::from(tags));
    }
    Ok(response)
}

/// Which bytes are asked for, and on which conditions.
fn wanted(
    headers: &HeaderMap,
    part_number: Option<i32>,
    version_id: Option<&str>,
) -> S3Result<GetObject> {
    encryption::refuse_on_read(headers)?;
    Ok(GetObject {
        customer_key: encryption::customer_key(headers)?,
        conditions: read_conditions(headers, ""),
        version: version_of(version_id)?,
        range: text(headers, "range").and_then(ByteRange::parse),
        part_number: part_number
            .map(PartNumber::try_from)
            .transpose()
            .map_err(refusal)?,
    })
}

fn wants_checksum(mode: Option<&ChecksumMode>) -> bool {
    mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED)
}

fn streamed(
    body: lakebed_storage::ByteStream,
) -> impl http_body::Body<Data = bytes::Bytes, Error = lakebed_storage::BoxError> + Send {
    use futures::TryStreamExt;
    http_body_util::StreamBody::new(body.map_ok(http_body::Frame::data))
}

/// The headers that describe an object, or the part of it that is served.
fn describe(head: &ObjectHead, part_number: Option<i32>, with_checksum: bool) -> HeadObjectOutput {
    let object = &head.object;
    let metadata = &object.metadata;
    let served = head.range.end - head.range.start;
    let mut output = HeadObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        cache_control: metadata.cache_control.clone(),
        content_disposition: metadata.content_disposition.clone(),
        content_encoding: metadata.content_encoding.clone(),
        content_language: metadata.content_language.clone(),
        content_length: Some(count(served)),
        content_range: head.partial.then(|| {
            let last = head.range.end.saturating_sub(1);
            format!("bytes {}-{last}/{}", head.range.start, object.size)
        }),
        content_type: metadata.content_type.clone(),
        e_tag: Some(etag(&object.etag)),
        expires: metadata
            .expires
            .as_deref()
            .and_then(|expires| Timestamp::parse(TimestampFormat::HttpDate, expires).ok()),
        last_modified: Some(moment(object.modified)),
        metadata: (!metadata.user.is_empty()).then(|| metadata.user.clone().into_iter().collect()),
        // How many parts there are is told to who asks for one. S3 API reference, "HeadObject".
        parts_count: part_number.and_then(|_| parts_count(object)),
        storage_class: metadata
            .storage_class
            .clone()
            .filter(|class| class != StorageClass::STANDARD)
            .map(StorageClass::from),
        website_redirect_location: metadata.website_redirect_location.clone(),
        ..Default::default()
    };
    object_lock::describe(object, &mut output);
    if with_checksum {
        add_checksum(&mut output, head, part_number);
    }
    output
}

fn parts_count(object: &ObjectInfo) -> Option<i32> {
    (!object.parts.is_empty()).then(|| i32::try_from(object.parts.len()).unwrap_or(i32::MAX))
}

/// Adds the checksum of the bytes that are served, if one is known: of the object, or of the part
/// that was asked for, but of no other range.
fn add_checksum(output: &mut HeadObjectOutput, head: &ObjectHead, part_number: Option<i32>) {
    let object = &head.object;
    let part = part_number
        .and_then(|number| {
            object
                .parts
                .iter()
                .find(|part| i64::from(part.number) == i64::from(number))
        })
        .and_then(|part| part.checksum.as_ref());
    if let Some(checksum) = part {
        set_checksum!(output, checksum.algorithm(), checksum.to_base64());
        output.checksum_type = object
            .checksum
            .as_ref()
            .map(|checksum| ChecksumType::from(checksum.kind.as_str().to_owned()));
    } else if let Some(checksum) = object.checksum.as_ref().filter(|_| !head.partial) {
        set_checksum!(output, checksum.checksum.algorithm(), checksum.value());
        output.checksum_type = Some(ChecksumType::from(checksum.kind.as_str().to_owned()));
    }
}
