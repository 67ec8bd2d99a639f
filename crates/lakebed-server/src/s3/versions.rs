//! The listing of object versions.

use lakebed_storage::{BucketName, ListVersions, ObjectInfo, Version, VersionId, VersionKind};
use s3s::dto::*;
use s3s::{S3Response, S3Result, s3_error};

use super::acl::BucketOwners;
use super::adapter::S3Adapter;
use super::convert::{count, etag, moment, refusal, version_of};
use super::listing::{KeyText, common_prefixes, page_length, shown_delimiter};

pub(super) async fn list(
    s3: &S3Adapter,
    input: ListObjectVersionsInput,
) -> S3Result<S3Response<ListObjectVersionsOutput>> {
    let text = KeyText::of(input.encoding_type.as_ref())?;
    let bucket = BucketName::parse(&input.bucket).map_err(refusal)?;
    let max_keys = page_length(input.max_keys, "maxKeys")?;
    let key_marker = input.key_marker.clone().filter(|marker| !marker.is_empty());
    let version_marker = version_of(
        input
            .version_id_marker
            .as_deref()
            .filter(|marker| !marker.is_empty()),
    )?;
    if version_marker.is_some() && key_marker.is_none() {
        return Err(s3_error!(
            InvalidArgument,
            "A version-id marker cannot be specified without a key marker."
        ));
    }
    let listing = s3
        .storage
        .list_object_versions(
            &bucket,
            ListVersions {
                prefix: input.prefix.clone().unwrap_or_default(),
                delimiter: input.delimiter.clone(),
                key_marker,
                version_marker,
                max_keys: usize::try_from(max_keys).unwrap_or(0),
            },
        )
        .await
        .map_err(refusal)?;
    let owners = s3.owners_in(&bucket).await?;
    let mut versions = Vec::new();
    let mut delete_markers = Vec::new();
    for Version { key, latest, kind } in listing.versions {
        let key = text.write(&key);
        match kind {
            VersionKind::Object(object) => versions.push(version(&owners, key, latest, &object)),
            VersionKind::DeleteMarker {
                version,
                modified,
                owner,
            } => delete_markers.push(DeleteMarkerEntry {
                is_latest: Some(latest),
                key: Some(key),
                last_modified: Some(moment(modified)),
                owner: Some(owners.owner(owner.as_ref())),
                version_id: Some(version.to_string()),
            }),
        }
    }
    let (next_key, next_version) = listing.next.unzip();
    Ok(S3Response::new(ListObjectVersionsOutput {
        common_prefixes: Some(common_prefixes(&listing.common_prefixes, text)),
        delete_markers: Some(delete_markers),
        delimiter: shown_delimiter(input.delimiter.as_deref(), text),
        encoding_type: input.encoding_type,
        is_truncated: Some(next_key.is_some()),
        key_marker: Some(text.write(input.key_marker.as_deref().unwrap_or_default())),
        max_keys: Some(max_keys),
        name: Some(input.bucket),
        next_key_marker: next_key.map(|key| text.write(&key)),
        next_version_id_marker: next_version.flatten().as_ref().map(VersionId::to_string),
        prefix: Some(text.write(input.prefix.as_deref().unwrap_or_default())),
        request_charged: None,
        version_id_marker: Some(input.version_id_marker.unwrap_or_default()),
        versions: Some(versions),
    }))
}

fn version(owners: &BucketOwners, key: String, latest: bool, object: &ObjectInfo) -> ObjectVersion {
    let checksum = object.checksum.as_ref();
    let storage_class = object.metadata.storage_class.as_deref();
    ObjectVersion {
        checksum_algorithm: checksum.map(|checksum| {
            let algorithm = checksum.checksum.algorithm();
            vec![ChecksumAlgorithm::from(algorithm.as_str().to_owned())]
        }),
        checksum_type: checksum
            .map(|checksum| ChecksumType::from(checksum.kind.as_str().to_owned())),
        e_tag: Some(etag(&object.etag)),
        is_latest: Some(latest),
        key: Some(key),
        last_modified: Some(moment(object.modified)),
        owner: Some(owners.owner(object.owner.as_ref())),
        restore_status: None,
        size: Some(count(object.size)),
        storage_class: Some(ObjectVersionStorageClass::from(
            storage_class
                .unwrap_or(ObjectVersionStorageClass::STANDARD)
                .to_owned(),
        )),
        version_id: Some(object.version.to_string()),
    }
}
