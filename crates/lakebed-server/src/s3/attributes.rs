//! `GetObjectAttributes`.

use lakebed_storage::{GetObject, ObjectInfo};
use s3s::dto::*;
use s3s::{S3Response, S3Result};

use super::adapter::{S3Adapter, address};
use super::convert::{count, etag, moment, refusal, set_checksum, version_of};
use super::encryption::parse_customer_key;

/// How many parts a page has unless fewer are asked for.
const LONGEST_PAGE: i32 = 1000;

pub(super) async fn get(
    s3: &S3Adapter,
    input: GetObjectAttributesInput,
) -> S3Result<S3Response<GetObjectAttributesOutput>> {
    let (bucket, key) = address(&input.bucket, input.key)?;
    let wanted = GetObject {
        version: version_of(input.version_id.as_deref())?,
        customer_key: parse_customer_key(
            input.sse_customer_algorithm.as_deref(),
            input.sse_customer_key.as_deref(),
            input.sse_customer_key_md5.as_deref(),
        )?,
        ..GetObject::default()
    };
    let head = s3
        .storage
        .head_object(&bucket, &key, wanted)
        .await
        .map_err(refusal)?;
    let object = &head.object;
    let wanted = |name: &str| {
        // Several attributes may come in one header.
        let mut asked = input
            .object_attributes
            .iter()
            .flat_map(|asked| asked.as_str().split(','));
        asked.any(|asked| asked.trim() == name)
    };
    let storage_class = object
        .metadata
        .storage_class
        .as_deref()
        .unwrap_or(StorageClass::STANDARD);
    Ok(S3Response::new(GetObjectAttributesOutput {
        checksum: object
            .checksum
            .as_ref()
            .filter(|_| wanted("Checksum"))
            .map(|checksum| {
                let mut output = Checksum::default();
                set_checksum!(output, checksum.checksum.algorithm(), checksum.value());
                output.checksum_type = Some(ChecksumType::from(checksum.kind.as_str().to_owned()));
                output
            }),
        e_tag: wanted("ETag").then(|| etag(&object.etag)),
        last_modified: Some(moment(object.modified)),
        object_parts: (wanted("ObjectParts") && !object.parts.is_empty()).then(|| {
            parts(
                object,
                input.part_number_marker.unwrap_or(0),
                input.max_parts,
            )
        }),
        object_size: wanted("ObjectSize").then(|| count(object.size)),
        version_id: s3.shown_version(&bucket, &object.version)?,
        storage_class: wanted("StorageClass").then(|| StorageClass::from(storage_class.to_owned())),
        ..Default::default()
    }))
}

fn parts(object: &ObjectInfo, after: i32, max_parts: Option<i32>) -> GetObjectAttributesParts {
    let limit = max_parts.unwrap_or(LONGEST_PAGE).clamp(0, LONGEST_PAGE);
    let mut page: Vec<ObjectPart> = object
        .parts
        .iter()
        .filter(|part| i64::from(part.number) > i64::from(after))
        .map(|part| {
            let mut output = ObjectPart {
                part_number: i32::try_from(part.number).ok(),
                size: Some(count(part.size)),
                ..Default::default()
            };
            if let Some(checksum) = &part.checksum {
                set_checksum!(output, checksum.algorithm(), checksum.to_base64());
            }
            output
        })
        .collect();
    let is_truncated = page.len() > usize::try_from(limit).unwrap_or(0);
    page.truncate(usize::try_from(limit).unwrap_or(0));
    GetObjectAttributesParts {
        is_truncated: Some(is_truncated),
        max_parts: Some(limit),
        next_part_number_marker: page.last().and_then(|part| part.part_number),
        part_number_marker: Some(after),
        total_parts_count: i32::try_from(object.parts.len()).ok(),
        parts: Some(page),
    }
}

/// Takes the quotes off the tag, which this operation alone answers without. They are what s3s
/// writes. S3 API reference, "GetObjectAttributes".
pub(super) fn with_bare_etag(document: &[u8]) -> String {
    String::from_utf8_lossy(document)
        .replacen("<ETag>\"", "<ETag>", 1)
        .replacen("\"</ETag>", "</ETag>", 1)
}
