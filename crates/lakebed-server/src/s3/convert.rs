//! Between S3's headers and documents, as s3s reads and writes them, and storage's types.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use chrono::DateTime;
use futures::StreamExt;
use http::{Extensions, HeaderMap, HeaderName, StatusCode, header};
use lakebed_core::{FailureClass, Timestamp};
use lakebed_storage::{
    BodyChecks, ByteStream, Checksum, ChecksumAlgorithm, ContentMd5, ETag, Error, EtagMatch,
    ObjectMetadata, ReadConditions, TrailingChecksum, VersionId, WriteCondition,
};
use s3s::dto::{self, StreamingBlob};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use super::body::Trailers;
use super::failure::add_detail;

const DELETE_MARKER: HeaderName = HeaderName::from_static("x-amz-delete-marker");
const VERSION_ID: HeaderName = HeaderName::from_static("x-amz-version-id");

const ALGORITHMS: [ChecksumAlgorithm; 5] = [
    ChecksumAlgorithm::Crc32,
    ChecksumAlgorithm::Crc32C,
    ChecksumAlgorithm::Crc64Nvme,
    ChecksumAlgorithm::Sha1,
    ChecksumAlgorithm::Sha256,
];

/// Puts a checksum's value into the member of `$output` that is for its algorithm.
macro_rules! set_checksum {
    ($output:expr, $algorithm:expr, $value:expr) => {
        match $algorithm {
            lakebed_storage::ChecksumAlgorithm::Crc32 => $output.checksum_crc32 = Some($value),
            lakebed_storage::ChecksumAlgorithm::Crc32C => $output.checksum_crc32c = Some($value),
            lakebed_storage::ChecksumAlgorithm::Crc64Nvme => {
                $output.checksum_crc64nvme = Some($value);
            }
            lakebed_storage::ChecksumAlgorithm::Sha1 => $output.checksum_sha1 = Some($value),
            lakebed_storage::ChecksumAlgorithm::Sha256 => $output.checksum_sha256 = Some($value),
        }
    };
}

/// Reads the one checksum among the members of `$input`.
macro_rules! checksum_of {
    ($input:expr) => {
        $crate::s3::convert::one_checksum([
            (
                lakebed_storage::ChecksumAlgorithm::Crc32,
                $input.checksum_crc32.as_deref(),
            ),
            (
                lakebed_storage::ChecksumAlgorithm::Crc32C,
                $input.checksum_crc32c.as_deref(),
            ),
            (
                lakebed_storage::ChecksumAlgorithm::Crc64Nvme,
                $input.checksum_crc64nvme.as_deref(),
            ),
            (
                lakebed_storage::ChecksumAlgorithm::Sha1,
                $input.checksum_sha1.as_deref(),
            ),
            (
                lakebed_storage::ChecksumAlgorithm::Sha256,
                $input.checksum_sha256.as_deref(),
            ),
        ])
    };
}

pub(super) use {checksum_of, set_checksum};

/// The only checksum that was given, if one was.
///
/// # Errors
/// `InvalidRequest` if there are several or one is malformed.
pub(super) fn one_checksum(
    given: [(ChecksumAlgorithm, Option<&str>); 5],
) -> S3Result<Option<Checksum>> {
    let mut found = given
        .into_iter()
        .filter_map(|(algorithm, value)| Some((algorithm, value?)));
    let Some((algorithm, value)) = found.next() else {
        return Ok(None);
    };
    if found.next().is_some() {
        return Err(s3_error!(
            InvalidRequest,
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        ));
    }
    // A composite checksum may come with the number of its parts behind a hyphen.
    let digest = value
        .split_once('-')
        .map_or(value, |(digest, _parts)| digest);
    Checksum::parse(algorithm, digest)
        .map(Some)
        .map_err(refusal)
}

/// The only checksum among the headers of a request, if there is one.
///
/// # Errors
/// As [`one_checksum`].
pub(super) fn checksum_in(headers: &HeaderMap) -> S3Result<Option<Checksum>> {
    one_checksum(ALGORITHMS.map(|algorithm| (algorithm, text(headers, algorithm.header()))))
}

/// Storage's error as s3s carries it. What is not the caller's doing is logged here: the answer
/// does not say it.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what map_err hands over"
)]
pub(super) fn refusal(error: Error) -> S3Error {
    let status = StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::BAD_REQUEST);
    if status.is_server_error() {
        let class = error.class();
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        tracing::error!(%error, cause, %class, "storage failed");
    } else if error.class() == FailureClass::Data {
        tracing::info!(%error, class = %FailureClass::Data, "an upload was refused");
    }
    let code = S3ErrorCode::from_bytes(error.code().as_bytes())
        .unwrap_or_else(|| S3ErrorCode::Custom(error.code().into()));
    let mut refusal = S3Error::with_message(code, error.to_string());
    refusal.set_status_code(status);
    let headers = refusal_headers(&error);
    if !headers.is_empty() {
        refusal.set_headers(headers);
    }
    refusal
}

/// What an error says in headers, and in elements of its document.
fn refusal_headers(error: &Error) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (element, value) in details_of(error) {
        add_detail(&mut headers, element, &value);
    }
    let mut say = |name: HeaderName, value: String| {
        if let Ok(value) = value.parse() {
            headers.insert(name, value);
        }
    };
    match error {
        Error::NotModified { etag, modified } => {
            say(header::ETAG, etag.quoted());
            say(header::LAST_MODIFIED, http_date(*modified));
        }
        Error::Deleted { marker, .. } => {
            say(DELETE_MARKER, "true".to_owned());
            say(VERSION_ID, marker.to_string());
        }
        Error::IsDeleteMarker { marker, modified } => {
            say(DELETE_MARKER, "true".to_owned());
            say(VERSION_ID, marker.to_string());
            say(header::LAST_MODIFIED, http_date(*modified));
            say(header::ALLOW, "DELETE".to_owned());
        }
        _ => {}
    }
    headers
}

/// The elements that the documents of some errors have besides code and message. S3 API
/// reference, "Error responses".
fn details_of(error: &Error) -> Vec<(&'static str, String)> {
    match error {
        Error::NoSuchBucket { bucket }
        | Error::BucketAlreadyExists { bucket }
        | Error::BucketAlreadyOwnedByYou { bucket }
        | Error::BucketNotEmpty { bucket } => vec![("BucketName", bucket.clone())],
        Error::InvalidBucketName { name } => vec![("BucketName", name.clone())],
        Error::NoSuchKey { key } | Error::Deleted { key, .. } => vec![("Key", key.clone())],
        Error::NoSuchVersion { key, version } => {
            vec![("Key", key.clone()), ("VersionId", version.to_string())]
        }
        Error::NoSuchUpload { upload } => vec![("UploadId", upload.clone())],
        Error::InvalidArgument { name, value, .. } => vec![
            ("ArgumentName", (*name).to_owned()),
            ("ArgumentValue", value.clone()),
        ],
        Error::InvalidRange { size_bytes } => {
            vec![("ActualObjectSize", size_bytes.to_string())]
        }
        Error::PreconditionFailed { condition } => {
            vec![("Condition", (*condition).to_owned())]
        }
        Error::InvalidPart { part } => vec![("PartNumber", part.to_string())],
        Error::EntityTooSmall { part, size_bytes } => vec![
            ("ProposedSize", size_bytes.to_string()),
            ("PartNumber", part.to_string()),
        ],
        Error::EntityTooLarge { max_bytes } => {
            vec![("MaxSizeAllowed", max_bytes.to_string())]
        }
        Error::InvalidObjectState { storage_class, .. } => {
            vec![("StorageClass", storage_class.clone())]
        }
        Error::KeyTooLong { size_bytes } => vec![("Size", size_bytes.to_string())],
        Error::MetadataTooLarge { size_bytes } => vec![("Size", size_bytes.to_string())],
        _ => Vec::new(),
    }
}

/// The bytes of a request as storage takes them.
pub(super) fn byte_stream(body: Option<StreamingBlob>) -> ByteStream {
    match body {
        Some(blob) => blob.boxed(),
        None => lakebed_storage::body(Bytes::new()),
    }
}

/// What a request says of its body.
///
/// # Errors
/// `InvalidDigest` or `InvalidRequest` if a checksum or its algorithm cannot be read.
pub(super) fn body_checks(
    headers: &HeaderMap,
    extensions: &Extensions,
    checksum: Option<Checksum>,
) -> S3Result<BodyChecks> {
    let content_length = text(headers, "content-length").and_then(|value| value.parse().ok());
    let content_md5 = text(headers, "content-md5")
        .map(ContentMd5::parse)
        .transpose()
        .map_err(refusal)?;
    let announced = text(headers, "x-amz-trailer").and_then(|trailer| {
        ALGORITHMS
            .into_iter()
            .find(|algorithm| trailer.eq_ignore_ascii_case(algorithm.header()))
    });
    let algorithm = match text(headers, "x-amz-sdk-checksum-algorithm") {
        Some(name) => Some(name.parse().map_err(refusal)?),
        None => announced,
    };
    let trailer = match (announced, extensions.get::<Trailers>()) {
        (Some(algorithm), Some(trailers)) => Some(trailing_checksum(algorithm, trailers.clone())),
        _ => None,
    };
    Ok(BodyChecks {
        content_length,
        content_md5,
        algorithm,
        checksum,
        trailer,
    })
}

fn trailing_checksum(algorithm: ChecksumAlgorithm, trailers: Trailers) -> TrailingChecksum {
    Box::new(move || {
        trailers
            .get(algorithm.header())
            .map(|value| Checksum::parse(algorithm, value))
            .transpose()
    })
}

/// The conditions of a read: `If-Match` and its kin, or those of a copy's source when `prefix` is
/// `x-amz-copy-source-`.
pub(super) fn read_conditions(headers: &HeaderMap, prefix: &str) -> ReadConditions {
    let get = |name: &str| text(headers, &format!("{prefix}{name}"));
    ReadConditions {
        if_match: get("if-match").map(EtagMatch::parse),
        if_none_match: get("if-none-match").map(EtagMatch::parse),
        if_modified_since: get("if-modified-since").and_then(parse_http_date),
        if_unmodified_since: get("if-unmodified-since").and_then(parse_http_date),
    }
}

/// The condition of a write. S3 documents `If-None-Match` with `*` only; tags are taken as RFC 9110
/// means them.
pub(super) fn write_condition(headers: &HeaderMap) -> WriteCondition {
    WriteCondition {
        if_match: text(headers, "if-match").map(EtagMatch::parse),
        if_none_match: text(headers, "if-none-match").map(EtagMatch::parse),
    }
}

/// What a request says is to be kept with the object.
pub(super) fn object_metadata(
    headers: &HeaderMap,
    user: Option<dto::Metadata>,
    storage_class: Option<&dto::StorageClass>,
) -> ObjectMetadata {
    let get = |name: &str| text(headers, name).map(str::to_owned);
    ObjectMetadata {
        content_type: get("content-type"),
        cache_control: get("cache-control"),
        content_disposition: get("content-disposition"),
        content_encoding: get("content-encoding"),
        content_language: get("content-language"),
        expires: get("expires"),
        website_redirect_location: get("x-amz-website-redirect-location"),
        storage_class: storage_class.map(|class| class.as_str().to_owned()),
        user: user.unwrap_or_default().into_iter().collect(),
    }
}

/// Reads the version a request names.
///
/// # Errors
/// `InvalidArgument` for text that can be no version id.
pub(super) fn version_of(version_id: Option<&str>) -> S3Result<Option<VersionId>> {
    version_id
        .map(VersionId::parse)
        .transpose()
        .map_err(refusal)
}

/// The version id of what was just written: none for the version `null`, which a bucket writes
/// that keeps no versions, or none any more.
pub(super) fn new_version(version: &VersionId) -> Option<String> {
    (!version.is_null()).then(|| version.to_string())
}

/// The refusal of a document that does not say what it must.
pub(super) fn malformed_xml() -> S3Error {
    s3_error!(
        MalformedXML,
        "The XML you provided was not well-formed or did not validate against our published schema"
    )
}

/// The refusal to tell what was never set.
pub(super) fn no_such_object_lock() -> S3Error {
    let mut error = S3Error::with_message(
        S3ErrorCode::Custom("NoSuchObjectLockConfiguration".into()),
        "The specified object does not have a ObjectLock configuration",
    );
    error.set_status_code(StatusCode::NOT_FOUND);
    error
}

/// A moment as s3s writes it.
pub(super) fn moment(timestamp: Timestamp) -> dto::Timestamp {
    let since_epoch = Duration::from_millis(u64::try_from(timestamp.as_millis()).unwrap_or(0));
    dto::Timestamp::from(SystemTime::UNIX_EPOCH + since_epoch)
}

/// A moment as s3s read it; none far from this age.
pub(super) fn timestamp(moment: &dto::Timestamp) -> Option<Timestamp> {
    let mut seconds = Vec::new();
    moment
        .format(dto::TimestampFormat::EpochSeconds, &mut seconds)
        .ok()?;
    serde_json::from_slice(&seconds).ok()
}

/// A tag as s3s writes it.
pub(super) fn etag(tag: &ETag) -> dto::ETag {
    dto::ETag::Strong(tag.as_str().to_owned())
}

/// A size or count as s3s writes it.
pub(super) fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The text of a header, if it is one.
pub(super) fn text<'headers>(headers: &'headers HeaderMap, name: &str) -> Option<&'headers str> {
    headers.get(name)?.to_str().ok()
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(super) fn http_date(timestamp: Timestamp) -> String {
    timestamp
        .to_datetime()
        .format("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

fn parse_http_date(text: &str) -> Option<Timestamp> {
    DateTime::parse_from_rfc2822(text)
        .ok()
        .map(|date| Timestamp::from(date.to_utc()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn http_dates_survive_both_ways() {
        let text = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(http_date(parse_http_date(text).unwrap()), text);
    }

    #[test]
    fn moments_are_in_utc_whatever_their_offset() {
        let read = |text| {
            let format = dto::TimestampFormat::DateTime;
            timestamp(&dto::Timestamp::parse(format, text).unwrap())
        };
        let midnight = Timestamp::from_millis(1_704_067_200_000);
        assert_eq!(read("2024-01-01T00:00:00Z"), Some(midnight));
        assert_eq!(read("2024-01-01T02:00:00+02:00"), Some(midnight));
        assert_eq!(
            read("2024-01-01T00:00:00.250Z"),
            Some(Timestamp::from_millis(1_704_067_200_250))
        );
    }

    #[test]
    fn a_request_has_one_checksum() {
        let none = ALGORITHMS.map(|algorithm| (algorithm, None));
        assert!(one_checksum(none).unwrap().is_none());
        let mut one = none;
        one[0].1 = Some("DUoRhQ==");
        assert_eq!(one_checksum(one).unwrap().unwrap().to_base64(), "DUoRhQ==");
        let mut two = one;
        two[1].1 = Some("yZRlqg==");
        assert_eq!(
            one_checksum(two).unwrap_err().code(),
            &S3ErrorCode::InvalidRequest
        );
    }

    #[test]
    fn version_ids_are_null_or_have_32_characters() {
        assert!(version_of(None).unwrap().is_none());
        assert!(version_of(Some("null")).unwrap().unwrap().is_null());
        assert!(version_of(Some("0123456789abcdef0123456789ABCDEF")).is_ok());
        assert!(version_of(Some("3sL4kqtJlcpXroDTDmJ")).is_err());
        assert!(version_of(Some("")).is_err());
    }
}
