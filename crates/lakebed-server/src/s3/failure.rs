//! S3's error documents.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::BodyExt;
use lakebed_core::RequestId;
use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::writer::Writer;
use serde::Deserialize;

use super::body::BodyFault;
use crate::answer::Refusal;
use crate::request_ids::{s3_host_id, s3_request_id};

/// Carries an element of an error's document through s3s, whose errors have code and message only.
/// It never leaves the server.
const DETAIL: HeaderName = HeaderName::from_static("lakebed-error-detail");

/// Adds an element to the document of an error that goes through s3s.
pub(super) fn add_detail(headers: &mut HeaderMap, element: &str, value: &str) {
    let pair = form_urlencoded::Serializer::new(String::new())
        .append_pair(element, value)
        .finish();
    if let Ok(pair) = HeaderValue::from_str(&pair) {
        headers.append(DETAIL, pair);
    }
}

/// An error as S3 answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct S3Failure {
    status: StatusCode,
    code: String,
    message: String,
    /// Elements that some errors have besides code and message.
    details: Vec<(String, String)>,
    headers: Box<HeaderMap>,
}

/// What s3s writes.
#[derive(Debug, Deserialize)]
struct ErrorDocument {
    #[serde(rename = "Code")]
    code: String,
    #[serde(rename = "Message")]
    message: Option<String>,
}

impl S3Failure {
    pub(super) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.into(),
            details: Vec::new(),
            headers: Box::default(),
        }
    }

    pub(super) fn with(mut self, element: &str, value: impl Into<String>) -> Self {
        self.details.push((element.to_owned(), value.into()));
        self
    }

    /// Adds a header to the answer.
    pub(super) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// `InvalidArgument`, with the argument's name and value.
    pub(super) fn invalid_argument(name: &str, value: &str, message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidArgument", message)
            .with("ArgumentName", name)
            .with("ArgumentValue", value)
    }

    /// The error for the record.
    pub(super) fn refusal(&self) -> Refusal {
        Refusal {
            code: self.code.clone(),
            message: self.message.clone(),
        }
    }

    /// Reads the error document of an answer. Where it has no message, S3's wording is added.
    pub(super) fn read(status: StatusCode, document: &[u8]) -> Self {
        let text = String::from_utf8_lossy(document);
        match quick_xml::de::from_str::<ErrorDocument>(&text) {
            Ok(ErrorDocument { code, message }) => {
                let message = message.unwrap_or_else(|| usual_message(&code).to_owned());
                Self::new(status, &code, message)
            }
            Err(_) => Self::new(status, "InternalError", usual_message("InternalError")),
        }
    }

    /// Takes over what the headers of an answer of s3s say: elements of the document, and what is
    /// not about the body.
    pub(super) fn with_headers(mut self, mut headers: HeaderMap) -> Self {
        if let header::Entry::Occupied(details) = headers.entry(DETAIL) {
            let (_, details) = details.remove_entry_mult();
            let text = |value: HeaderValue| {
                let text = value.to_str().ok()?;
                form_urlencoded::parse(text.as_bytes())
                    .next()
                    .map(|(name, value)| (name.into_owned(), value.into_owned()))
            };
            self.details.extend(details.filter_map(text));
        }
        headers.remove(header::CONTENT_TYPE);
        headers.remove(header::CONTENT_LENGTH);
        *self.headers = headers;
        self
    }

    /// The answer to a request for `resource`. Answers to HEAD have no body.
    pub(super) fn respond(
        &self,
        method: &Method,
        resource: &str,
        id: &RequestId,
    ) -> Response<axum::body::Body> {
        let has_body = method != Method::HEAD && self.status != StatusCode::NOT_MODIFIED;
        let body = if has_body {
            self.document(resource, id)
        } else {
            Vec::new()
        };
        let mut response = Response::new(axum::body::Body::from(body));
        *response.status_mut() = self.status;
        *response.headers_mut() = (*self.headers).clone();
        if has_body {
            let xml = HeaderValue::from_static("application/xml");
            response.headers_mut().insert(header::CONTENT_TYPE, xml);
        }
        response
    }

    fn document(&self, resource: &str, id: &RequestId) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new());
        let written = writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        let written = written.and_then(|()| {
            writer
                .create_element("Error")
                .write_inner_content(|writer| {
                    let ids = [
                        ("Resource", resource.to_owned()),
                        ("RequestId", s3_request_id(id)),
                        ("HostId", s3_host_id(id)),
                    ];
                    let head = [
                        ("Code", self.code.clone()),
                        ("Message", self.message.clone()),
                    ];
                    let head = head.iter().map(|(name, value)| (*name, value));
                    let details = self
                        .details
                        .iter()
                        .map(|(name, value)| (name.as_str(), value));
                    let ids = ids.iter().map(|(name, value)| (*name, value));
                    for (name, value) in head.chain(details).chain(ids) {
                        writer
                            .create_element(name)
                            .write_text_content(BytesText::new(value))?;
                    }
                    Ok(())
                })?;
            Ok(())
        });
        // Writing to memory does not fail; were it to, the status still tells.
        written.map_or_else(|_| Vec::new(), |()| writer.into_inner())
    }
}

impl From<&BodyFault> for S3Failure {
    fn from(fault: &BodyFault) -> Self {
        let (status, code) = match fault {
            BodyFault::Incomplete => (StatusCode::BAD_REQUEST, "IncompleteBody"),
            BodyFault::Chunk(_) => (StatusCode::BAD_REQUEST, "InvalidRequest"),
            BodyFault::ChunkSignature => (StatusCode::FORBIDDEN, "SignatureDoesNotMatch"),
            BodyFault::Trailer => (StatusCode::BAD_REQUEST, "MalformedTrailerError"),
            BodyFault::Sha256 { .. } => (StatusCode::BAD_REQUEST, "XAmzContentSHA256Mismatch"),
            BodyFault::TooLarge { .. } => (StatusCode::BAD_REQUEST, "EntityTooLarge"),
            BodyFault::TooSmall { .. } => (StatusCode::BAD_REQUEST, "EntityTooSmall"),
        };
        let failure = Self::new(status, code, fault.to_string());
        match fault {
            BodyFault::Sha256 { declared, computed } => failure
                .with("ClientComputedContentSHA256", declared)
                .with("S3ComputedContentSHA256", computed),
            BodyFault::TooLarge { most } => failure.with("MaxSizeAllowed", most.to_string()),
            BodyFault::TooSmall { least, sent } => failure
                .with("ProposedSize", sent.to_string())
                .with("MinSizeAllowed", least.to_string()),
            _ => failure,
        }
    }
}

/// Gathers the body of an answer that is small.
pub(super) async fn whole_body(body: s3s::Body) -> Bytes {
    body.collect()
        .await
        .map(|collected| collected.to_bytes())
        .unwrap_or_default()
}

/// S3's wording for codes that s3s answers without a message. S3 API reference, "Error responses".
fn usual_message(code: &str) -> &'static str {
    match code {
        "InvalidURI" => "Couldn't parse the specified URI.",
        "InvalidBucketName" => "The specified bucket is not valid.",
        "KeyTooLongError" => "Your key is too long",
        "MalformedXML" => {
            "The XML you provided was not well-formed or did not validate against our published schema"
        }
        "MethodNotAllowed" => "The specified method is not allowed against this resource.",
        "MissingContentLength" => "You must provide the Content-Length HTTP header.",
        "MissingRequestBodyError" => "Request Body is empty",
        "MaxMessageLengthExceeded" => "Your request was too large.",
        "IncompleteBody" => {
            "You did not provide the number of bytes specified by the Content-Length HTTP header"
        }
        "NotImplemented" => "A header you provided implies functionality that is not implemented",
        "InvalidRequest" => "The request is not valid",
        "InvalidArgument" => "Invalid Argument",
        "InternalError" => "We encountered an internal error. Please try again.",
        _ => "The request could not be served",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn errors_name_the_resource_and_the_request() {
        let document = b"<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>gone &lt;b&gt;</Message></Error>";
        let failure = S3Failure::read(StatusCode::NOT_FOUND, document);
        let id = RequestId::random();
        let response = failure.respond(&Method::GET, "/lake/a&b", &id);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let expected = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>NoSuchKey</Code><Message>gone &lt;b&gt;</Message><Resource>/lake/a&amp;b</Resource><RequestId>{}</RequestId><HostId>{}</HostId></Error>",
            s3_request_id(&id),
            s3_host_id(&id)
        );
        assert_eq!(String::from_utf8_lossy(&body), expected);
    }

    #[tokio::test]
    async fn answers_to_head_have_no_body() {
        let failure = S3Failure::new(StatusCode::NOT_FOUND, "NoSuchKey", "gone");
        let response = failure.respond(&Method::HEAD, "/lake/key", &RequestId::random());
        assert!(
            response
                .into_body()
                .collect()
                .await
                .unwrap()
                .to_bytes()
                .is_empty()
        );
    }
}
