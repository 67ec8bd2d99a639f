//! Listings of objects, in both versions, and of multipart uploads.

use lakebed_storage::{
    BucketName, ListObjects, ListUploads, ObjectSummary, decode_token, encode_token,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::*;
use s3s::{S3Response, S3Result, s3_error};

use super::acl::BucketOwners;
use super::adapter::S3Adapter;
use super::convert::{count, etag, moment, refusal};

/// The most entries a page may have.
const LONGEST_PAGE: i32 = 1000;

pub(super) async fn version_1(
    s3: &S3Adapter,
    input: ListObjectsInput,
) -> S3Result<S3Response<ListObjectsOutput>> {
    let text = KeyText::of(input.encoding_type.as_ref())?;
    let bucket = BucketName::parse(&input.bucket).map_err(refusal)?;
    let max_keys = page_length(input.max_keys, "maxKeys")?;
    let listing = s3
        .storage
        .list_objects(
            &bucket,
            ListObjects {
                prefix: input.prefix.clone().unwrap_or_default(),
                delimiter: input.delimiter.clone(),
                after: input.marker.clone().filter(|marker| !marker.is_empty()),
                max_keys: usize::try_from(max_keys).unwrap_or(0),
            },
        )
        .await
        .map_err(refusal)?;
    let owners = s3.owners_in(&bucket).await?;
    Ok(S3Response::new(ListObjectsOutput {
        name: Some(input.bucket),
        // Clients decode everything but the prefix of this version of the listing.
        prefix: Some(shown_prefix(input.prefix.unwrap_or_default(), text)),
        marker: Some(text.write(input.marker.as_deref().unwrap_or_default())),
        max_keys: Some(max_keys),
        is_truncated: Some(listing.next.is_some()),
        // The marker is given only with a delimiter. S3 API reference, "ListObjects".
        next_marker: listing
            .next
            .filter(|_| input.delimiter.is_some())
            .map(|next| text.write(&next)),
        contents: Some(
            listing
                .objects
                .into_iter()
                .map(|object| entry(object, text, Some(&owners)))
                .collect(),
        ),
        common_prefixes: Some(common_prefixes(&listing.common_prefixes, text)),
        delimiter: shown_delimiter(input.delimiter.as_deref(), text),
        encoding_type: input.encoding_type,
        request_charged: None,
    }))
}

pub(super) async fn version_2(
    s3: &S3Adapter,
    input: ListObjectsV2Input,
) -> S3Result<S3Response<ListObjectsV2Output>> {
    let text = KeyText::of(input.encoding_type.as_ref())?;
    let bucket = BucketName::parse(&input.bucket).map_err(refusal)?;
    let max_keys = page_length(input.max_keys, "maxKeys")?;
    let token = match input.continuation_token.as_deref() {
        None | Some("") => None,
        Some(token) => Some(decode_token(token).map_err(refusal)?),
    };
    let listing = s3
        .storage
        .list_objects(
            &bucket,
            ListObjects {
                prefix: input.prefix.clone().unwrap_or_default(),
                delimiter: input.delimiter.clone(),
                after: token
                    .or_else(|| input.start_after.clone())
                    .filter(|after| !after.is_empty()),
                max_keys: usize::try_from(max_keys).unwrap_or(0),
            },
        )
        .await
        .map_err(refusal)?;
    let owners = match input.fetch_owner {
        Some(true) => Some(s3.owners_in(&bucket).await?),
        _ => None,
    };
    let keys = listing.objects.len() + listing.common_prefixes.len();
    Ok(S3Response::new(ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: Some(text.write(input.prefix.as_deref().unwrap_or_default())),
        max_keys: Some(max_keys),
        key_count: i32::try_from(keys).ok(),
        continuation_token: input.continuation_token,
        is_truncated: Some(listing.next.is_some()),
        next_continuation_token: listing.next.as_deref().map(encode_token),
        contents: Some(
            listing
                .objects
                .into_iter()
                .map(|object| entry(object, text, owners.as_ref()))
                .collect(),
        ),
        common_prefixes: Some(common_prefixes(&listing.common_prefixes, text)),
        delimiter: shown_delimiter(input.delimiter.as_deref(), text),
        encoding_type: input.encoding_type,
        start_after: input.start_after.map(|after| text.write(&after)),
        request_charged: None,
    }))
}

pub(super) async fn uploads(
    s3: &S3Adapter,
    input: ListMultipartUploadsInput,
) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
    let text = KeyText::of(input.encoding_type.as_ref())?;
    let bucket = BucketName::parse(&input.bucket).map_err(refusal)?;
    let max_uploads = page_length(input.max_uploads, "max-uploads")?;
    let listing = s3
        .storage
        .list_multipart_uploads(
            &bucket,
            ListUploads {
                prefix: input.prefix.clone().unwrap_or_default(),
                delimiter: input.delimiter.clone(),
                key_marker: input.key_marker.clone().filter(|marker| !marker.is_empty()),
                upload_id_marker: input
                    .upload_id_marker
                    .clone()
                    .filter(|marker| !marker.is_empty()),
                max_uploads: usize::try_from(max_uploads).unwrap_or(0),
            },
        )
        .await
        .map_err(refusal)?;
    let owners = s3.owners_in(&bucket).await?;
    let uploads = listing
        .uploads
        .into_iter()
        .map(|upload| MultipartUpload {
            checksum_algorithm: upload
                .algorithm
                .map(|algorithm| ChecksumAlgorithm::from(algorithm.as_str().to_owned())),
            checksum_type: upload
                .kind
                .map(|kind| ChecksumType::from(kind.as_str().to_owned())),
            initiated: Some(moment(upload.initiated)),
            initiator: Some(owners.initiator(upload.owner.as_ref())),
            key: Some(text.write(upload.key.as_str())),
            owner: Some(owners.owner(upload.owner.as_ref())),
            storage_class: Some(StorageClass::from(
                upload
                    .metadata
                    .storage_class
                    .unwrap_or_else(|| StorageClass::STANDARD.to_owned()),
            )),
            upload_id: Some(upload.id.as_str().to_owned()),
        })
        .collect();
    let (next_key, next_upload) = listing.next.unzip();
    Ok(S3Response::new(ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        common_prefixes: Some(common_prefixes(&listing.common_prefixes, text)),
        delimiter: shown_delimiter(input.delimiter.as_deref(), text),
        encoding_type: input.encoding_type,
        is_truncated: Some(next_key.is_some()),
        key_marker: Some(text.write(input.key_marker.as_deref().unwrap_or_default())),
        max_uploads: Some(max_uploads),
        next_key_marker: next_key.map(|key| text.write(&key)),
        next_upload_id_marker: next_upload,
        prefix: Some(text.write(input.prefix.as_deref().unwrap_or_default())),
        request_charged: None,
        upload_id_marker: input.upload_id_marker,
        uploads: Some(uploads),
    }))
}

pub(super) fn page_length(asked: Option<i32>, name: &str) -> S3Result<i32> {
    match asked {
        None => Ok(LONGEST_PAGE),
        Some(length) if length < 0 => Err(s3_error!(
            InvalidArgument,
            "Argument {name} must be an integer between 0 and 2147483647"
        )),
        Some(length) => Ok(length.min(LONGEST_PAGE)),
    }
}

/// An empty delimiter is as good as none, and not shown.
pub(super) fn shown_delimiter(delimiter: Option<&str>, text: KeyText) -> Option<String> {
    delimiter
        .filter(|delimiter| !delimiter.is_empty())
        .map(|delimiter| text.write(delimiter))
}

/// A prefix as it is, unless XML cannot carry it.
fn shown_prefix(prefix: String, text: KeyText) -> String {
    let fits_xml = |character: char| matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..);
    if prefix.chars().all(fits_xml) {
        prefix
    } else {
        text.write(&prefix)
    }
}

fn entry(object: ObjectSummary, text: KeyText, owners: Option<&BucketOwners>) -> Object {
    Object {
        checksum_algorithm: object
            .checksum
            .map(|(algorithm, _)| vec![ChecksumAlgorithm::from(algorithm.as_str().to_owned())]),
        checksum_type: object
            .checksum
            .map(|(_, kind)| ChecksumType::from(kind.as_str().to_owned())),
        e_tag: Some(etag(&object.etag)),
        key: Some(text.write(&object.key)),
        last_modified: Some(moment(object.modified)),
        owner: owners.map(|owners| owners.owner(object.owner.as_ref())),
        restore_status: None,
        size: Some(count(object.size)),
        storage_class: Some(ObjectStorageClass::from(
            object
                .storage_class
                .unwrap_or_else(|| ObjectStorageClass::STANDARD.to_owned()),
        )),
    }
}

pub(super) fn common_prefixes(prefixes: &[String], text: KeyText) -> Vec<CommonPrefix> {
    prefixes
        .iter()
        .map(|prefix| CommonPrefix {
            prefix: Some(text.write(prefix)),
        })
        .collect()
}

/// How keys are written into a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyText {
    /// As they are.
    Plain,
    /// `encoding-type=url`: percent-encoded but for slashes. A space is `%20` and not `+`, which
    /// botocore would not decode.
    Url,
}

/// What `encoding-type=url` leaves as it is.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'*')
    .remove(b'/');

impl KeyText {
    pub(super) fn of(encoding: Option<&EncodingType>) -> S3Result<Self> {
        match encoding.map(EncodingType::as_str) {
            None => Ok(Self::Plain),
            Some(EncodingType::URL) => Ok(Self::Url),
            Some(_) => Err(s3_error!(
                InvalidArgument,
                "Invalid Encoding Method specified in Request"
            )),
        }
    }

    pub(super) fn write(self, key: &str) -> String {
        match self {
            Self::Plain => key.to_owned(),
            Self::Url => utf8_percent_encode(key, KEPT).to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_encoding_keeps_slashes() {
        assert_eq!(KeyText::Url.write("a b/c+d=é\n"), "a%20b/c%2Bd%3D%C3%A9%0A");
        assert_eq!(KeyText::Plain.write("a b/c+d"), "a b/c+d");
    }

    #[test]
    fn pages_are_at_most_a_thousand_long() {
        assert!(matches!(page_length(None, "maxKeys"), Ok(1000)));
        assert!(matches!(page_length(Some(5000), "maxKeys"), Ok(1000)));
        assert!(matches!(page_length(Some(0), "maxKeys"), Ok(0)));
        assert!(page_length(Some(-1), "maxKeys").is_err());
    }
}
