//! A form upload as the `PutObject` it stands for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use lakebed_core::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::claim::{claim_of, signed_fields};
use super::error::PostError;
use super::file::file_body;
use super::form::UploadForm;
use super::policy::{LengthRange, PolicyError, PostPolicy};
use super::success::{SuccessAction, Uploaded};
use crate::auth::FormClaim;
use crate::s3::body::Watch;
use crate::s3::failure::S3Failure;
use crate::s3::host::bucket_of;

/// Fields that are headers of `PutObject` by another name.
const RENAMED: [(&str, &str); 1] = [("acl", "x-amz-acl")];

/// Fields that are headers of `PutObject` by the same name.
const HEADERS: [&str; 6] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-md5",
    "content-type",
    "expires",
];

/// How fields begin that are headers of `PutObject` by the same name.
const HEADER_PREFIXES: [&str; 8] = [
    "x-amz-meta-",
    "x-amz-checksum-",
    "x-amz-object-lock-",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-server-side-encryption",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
    "x-amz-grant-",
];

/// Headers of the upload itself that policies may look at.
const KEPT: [HeaderName; 3] = [header::USER_AGENT, header::REFERER, header::ORIGIN];

/// Everything in a key that a URL cannot have.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// An upload whose file is still to be read.
#[derive(Debug)]
pub(in crate::s3) struct Upload {
    form: UploadForm,
    claim: Option<FormClaim>,
    allowed: Option<LengthRange>,
    bucket: String,
    key: String,
}

/// How the upload is to be answered.
#[derive(Debug)]
pub(in crate::s3) struct Answering {
    action: SuccessAction,
    bucket: String,
    key: String,
    location: String,
}

impl Upload {
    /// Reads a form up to its file.
    ///
    /// # Errors
    /// `MethodNotAllowed` if it is not sent to a bucket, `MalformedPOSTRequest`,
    /// `InvalidArgument`, `MaxPostPreDataLengthExceededError`.
    pub(in crate::s3) async fn read(
        parts: &Parts,
        body: axum::body::Body,
    ) -> Result<Self, S3Failure> {
        let bucket = bucket_addressed(parts).ok_or_else(|| {
            S3Failure::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "MethodNotAllowed",
                "The specified method is not allowed against this resource.",
            )
        })?;
        let content_type = parts
            .headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let form = UploadForm::read(body.into_data_stream(), content_type, &bucket).await?;
        let key = form.key()?.to_owned();
        Ok(Self {
            claim: claim_of(&form)?,
            form,
            allowed: None,
            bucket,
            key,
        })
    }

    /// What it says of its signature; none if it has no policy.
    pub(in crate::s3) fn claim(&self) -> Option<&FormClaim> {
        self.claim.as_ref()
    }

    /// Checks that the form does what its policy says, if it has one.
    ///
    /// # Errors
    /// `InvalidPolicyDocument`, `AccessDenied`.
    pub(in crate::s3) fn check_policy(&mut self, now: Timestamp) -> Result<(), S3Failure> {
        let Some(claim) = &self.claim else {
            return Ok(());
        };
        let document = STANDARD
            .decode(&claim.policy)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| PolicyError::Invalid("Invalid Base64 encoding.".to_owned()))
            .map_err(PostError::from)?;
        let policy = PostPolicy::parse(&document).map_err(PostError::from)?;
        policy
            .check(signed_fields(&self.form), now)
            .map_err(PostError::from)?;
        self.allowed = policy.content_length();
        Ok(())
    }

    /// The `PutObject` that stores the file, and how to answer once it is done. What is wrong
    /// with the file `watch` is told.
    ///
    /// # Errors
    /// `InvalidArgument` or `MalformedXML` for fields that cannot be headers.
    pub(in crate::s3) fn into_put(
        self,
        original: &Parts,
        watch: &Watch,
    ) -> Result<(Request<s3s::Body>, Answering), S3Failure> {
        let mut headers = put_headers(&self.form)?;
        for name in KEPT {
            if let Some(value) = original.headers.get(&name) {
                headers.insert(name, value.clone());
            }
        }
        let path = format!(
            "/{}/{}",
            self.bucket,
            utf8_percent_encode(&self.key, ENCODED)
        );
        let host = original
            .headers
            .get(header::HOST)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let location = match bucket_of(host) {
            Some(_) => format!("http://{host}{}", &path[self.bucket.len() + 1..]),
            None => format!("http://{host}{path}"),
        };
        let answering = Answering {
            action: SuccessAction::of(&self.form),
            bucket: self.bucket,
            key: self.key,
            location,
        };
        let mut put = Request::new(file_body(self.form.file, self.allowed, watch.clone()));
        *put.method_mut() = Method::PUT;
        *put.uri_mut() = path.parse().map_err(|_| PostError::Malformed)?;
        *put.headers_mut() = headers;
        Ok((put, answering))
    }
}

impl Answering {
    /// The answer to the form, from that to the `PutObject`.
    pub(in crate::s3) fn respond(
        &self,
        stored: Response<axum::body::Body>,
    ) -> Response<axum::body::Body> {
        let uploaded = Uploaded {
            bucket: &self.bucket,
            key: &self.key,
            location: &self.location,
        };
        let (head, _) = stored.into_parts();
        self.action.respond(&uploaded, head.headers)
    }
}

/// The bucket a form is sent to, by host or by path; none if it is sent to a key.
fn bucket_addressed(parts: &Parts) -> Option<String> {
    let host = parts
        .headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok());
    let path = parts.uri.path().strip_prefix('/')?;
    match host.and_then(bucket_of) {
        Some(bucket) => path.is_empty().then(|| bucket.to_owned()),
        None => {
            let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
            (!bucket.is_empty() && key.is_empty()).then(|| bucket.to_owned())
        }
    }
}

fn put_headers(form: &UploadForm) -> Result<HeaderMap, PostError> {
    // The path addresses the bucket, whatever the form was sent to.
    let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("localhost"))]);
    for (field, value) in form.fields() {
        let renamed = RENAMED.iter().find(|(from, _)| *from == field);
        let is_header = HEADERS.contains(&field)
            || HEADER_PREFIXES
                .iter()
                .any(|prefix| field.starts_with(prefix));
        let (name, value) = match (field, renamed) {
            ("tagging", _) => ("x-amz-tagging", tags_as_query(value)?),
            (_, Some((_, header))) => (*header, value.to_owned()),
            _ if is_header => (field, value.to_owned()),
            _ => continue,
        };
        let wrong = || PostError::Field {
            name: field.to_owned(),
            value: value.clone(),
        };
        let name: HeaderName = name.parse().map_err(|_| wrong())?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| wrong())?;
        headers.insert(name, value);
    }
    Ok(headers)
}

/// The tags of a form's XML as the header of `PutObject` has them.
fn tags_as_query(xml: &str) -> Result<String, PostError> {
    let tagging: Tagging = quick_xml::de::from_str(xml).map_err(|_| PostError::Tagging)?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    for tag in &tagging.tag_set.tags {
        query.append_pair(&tag.key, &tag.value);
    }
    Ok(query.finish())
}

#[derive(Deserialize)]
struct Tagging {
    #[serde(rename = "TagSet")]
    tag_set: TagSet,
}

#[derive(Deserialize)]
struct TagSet {
    #[serde(rename = "Tag", default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
struct Tag {
    #[serde(rename = "Key")]
    key: String,
    #[serde(rename = "Value", default)]
    value: String,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    const FORM: &str = "--b\r\ncontent-disposition: form-data; name=\"KEY\"\r\n\r\nin/${filename}\r\n--b\r\ncontent-disposition: form-data; name=\"acl\"\r\n\r\nprivate\r\n--b\r\ncontent-disposition: form-data; name=\"x-amz-copy-source\"\r\n\r\nlake/other\r\n--b\r\ncontent-disposition: form-data; name=\"Tagging\"\r\n\r\n<Tagging><TagSet><Tag><Key>a b</Key><Value>&amp;</Value></Tag></TagSet></Tagging>\r\n--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"C:\\x\\a b.csv\"\r\n\r\n1,2\r\n--b--";

    fn parts(host: &str, path: &str) -> Parts {
        Request::post(path)
            .header("host", host)
            .header("content-type", "multipart/form-data; boundary=b")
            .body(())
            .unwrap()
            .into_parts()
            .0
    }

    #[rstest]
    #[case("localhost:4566", "/lake", "http://localhost:4566/lake/in/a%20b.csv")]
    #[case("lake.localhost:4566", "/", "http://lake.localhost:4566/in/a%20b.csv")]
    #[tokio::test]
    async fn a_form_becomes_a_put_object(
        #[case] host: &str,
        #[case] path: &str,
        #[case] location: &str,
    ) {
        let parts = parts(host, path);
        let upload = Upload::read(&parts, axum::body::Body::from(FORM))
            .await
            .unwrap();
        let (put, answering) = upload.into_put(&parts, &Watch::default()).unwrap();
        assert_eq!(put.uri(), "/lake/in/a%20b.csv");
        assert_eq!(put.headers()["x-amz-acl"], "private");
        assert_eq!(put.headers()["x-amz-tagging"], "a+b=%26");
        assert!(!put.headers().contains_key("x-amz-copy-source"));
        assert_eq!(answering.location, location);
    }

    #[tokio::test]
    async fn forms_go_to_buckets_and_not_to_keys() {
        for path in ["/", "/lake/key"] {
            let parts = parts("localhost", path);
            let read = Upload::read(&parts, axum::body::Body::from(FORM)).await;
            assert_eq!(read.unwrap_err().refusal().code, "MethodNotAllowed");
        }
    }
}
