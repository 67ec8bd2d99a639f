//! Bodies that are commands and not the bytes of objects: documents, which are read whole, and
//! must be what their digests say before anything is done about them.

use http::request::Parts;
use http::{Method, StatusCode, Uri};
use http_body_util::{BodyExt, Limited};
use s3s::S3Error;

use super::body::Watch;
use super::convert::{body_checks, checksum_in, malformed_xml, refusal};
use super::document::{self, Malformed};
use super::failure::S3Failure;

/// The longest document, in bytes.
const MOST_BYTES: usize = 20 * 1024 * 1024;

/// What of an object a PUT changes without writing its bytes.
const OBJECT_ASPECTS: [&str; 4] = ["acl", "legal-hold", "retention", "tagging"];

/// Documents that S3 takes with a digest alone.
const DIGEST_REQUIRED: [&str; 6] = [
    "cors",
    "delete",
    "legal-hold",
    "lifecycle",
    "object-lock",
    "retention",
];

/// Whether the body of a request for `/bucket/key` is a command.
pub(super) fn is_command(method: &Method, uri: &Uri, resource: &str) -> bool {
    // A key may begin with a slash, too.
    let path = resource.strip_prefix('/').unwrap_or(resource);
    let names_object = path.split_once('/').is_some_and(|(_, key)| !key.is_empty());
    match *method {
        Method::POST => true,
        Method::PUT => !names_object || OBJECT_ASPECTS.iter().any(|aspect| has(uri, aspect)),
        _ => false,
    }
}

/// Whether a command names nothing of a bucket but the bucket.
fn creates_bucket(method: &Method, uri: &Uri) -> bool {
    *method == Method::PUT
        && form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
            .all(|(name, _)| name == "x-id")
}

fn has(uri: &Uri, parameter: &str) -> bool {
    form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .any(|(name, _)| name == parameter)
}

/// Reads a command and holds its digests against it.
///
/// # Errors
/// `InvalidDigest`, `BadDigest`; `InvalidRequest` where a digest is missing that must be there;
/// `MalformedXML`, `MaxMessageLengthExceeded`; what is wrong with how the body came.
pub(super) async fn read(
    body: s3s::Body,
    parts: &mut Parts,
    watch: &Watch,
) -> Result<s3s::Body, S3Failure> {
    let (uri, headers) = (&parts.uri, &parts.headers);
    // The checksum that ends an upload in parts is that of the object.
    let checksum = if has(uri, "uploadId") {
        None
    } else {
        checksum_in(headers).map_err(|error| refused(&error))?
    };
    let checks =
        body_checks(headers, &parts.extensions, checksum).map_err(|error| refused(&error))?;
    if !checks.has_digest() && DIGEST_REQUIRED.iter().any(|document| has(uri, document)) {
        return Err(S3Failure::new(
            StatusCode::BAD_REQUEST,
            "InvalidRequest",
            "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
        ));
    }
    let bytes = match Limited::new(body, MOST_BYTES).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(_) => {
            return Err(watch.fault().map_or_else(
                || {
                    S3Failure::new(
                        StatusCode::BAD_REQUEST,
                        "MaxMessageLengthExceeded",
                        "Your request was too large.",
                    )
                },
                S3Failure::from,
            ));
        }
    };
    let checked = checks.check(&bytes).map_err(refusal);
    checked.map_err(|error| refused(&error))?;
    let malformed = |Malformed| refused(&malformed_xml());
    let document = document::prepare(bytes).map_err(malformed)?;
    if creates_bucket(&parts.method, &parts.uri) {
        let tags = document::first_tags(&document).map_err(malformed)?;
        parts.extensions.insert(tags);
    }
    Ok(s3s::Body::from(document))
}

fn refused(error: &S3Error) -> S3Failure {
    S3Failure::new(
        error.status_code().unwrap_or(StatusCode::BAD_REQUEST),
        error.code().as_str(),
        error.message().unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Method::PUT, "/lake?cors", "/lake", true)]
    #[case(Method::PUT, "/lake", "/lake/", true)]
    #[case(Method::PUT, "/lake/key?tagging&versionId=null", "/lake/key", true)]
    #[case(Method::PUT, "/lake/key", "/lake/key", false)]
    #[case(Method::PUT, "/lake//key", "/lake//key", false)]
    #[case(Method::PUT, "/lake/key?partNumber=1&uploadId=u", "/lake/key", false)]
    #[case(Method::POST, "/lake/key?uploadId=u", "/lake/key", true)]
    #[case(Method::GET, "/lake/key?tagging", "/lake/key", false)]
    fn bodies_are_bytes_or_commands(
        #[case] method: Method,
        #[case] uri: Uri,
        #[case] resource: &str,
        #[case] command: bool,
    ) {
        assert_eq!(is_command(&method, &uri, resource), command);
    }

    async fn read_as(uri: &str, name: &str, value: &str) -> Option<S3Failure> {
        let request = http::Request::builder().uri(uri).header(name, value);
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let body = s3s::Body::from("hi".to_owned());
        read(body, &mut parts, &Watch::default()).await.err()
    }

    #[rstest]
    #[case("content-md5", "SfaKXIST7CwL9ImCHCH8Ow==", None)]
    #[case("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==", Some("BadDigest"))]
    #[case("content-md5", "hi", Some("InvalidDigest"))]
    #[case("x-amz-checksum-crc32", "2JMqrA==", None)]
    #[case("x-amz-checksum-crc32", "AAAAAA==", Some("BadDigest"))]
    #[case("x-amz-checksum-crc32", "hi", Some("InvalidRequest"))]
    #[case("x-amz-request-payer", "requester", Some("InvalidRequest"))]
    #[tokio::test]
    async fn a_command_is_what_its_digest_says(
        #[case] name: &str,
        #[case] value: &str,
        #[case] code: Option<&str>,
    ) {
        let failure = read_as("/lake?cors", name, value).await;
        assert_eq!(
            failure.map(|failure| failure.refusal().code).as_deref(),
            code
        );
    }

    #[tokio::test]
    async fn most_commands_need_no_digest() {
        assert_eq!(
            read_as("/lake?versioning", "content-length", "2").await,
            None
        );
    }
}
