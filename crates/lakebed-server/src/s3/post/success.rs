//! How a form wants to hear that its upload was taken. S3 API reference, "HTML Form Declaration":
//! `success_action_redirect` and `success_action_status`.

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::writer::Writer;

use super::form::UploadForm;

/// What is done once the upload is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SuccessAction {
    /// The browser is sent there, and told what was uploaded.
    Redirect(String),
    /// The answer has this status, and a document if that is 201.
    Status(StatusCode),
}

/// What was uploaded.
#[derive(Debug)]
pub(super) struct Uploaded<'upload> {
    pub(super) bucket: &'upload str,
    pub(super) key: &'upload str,
    /// The object's URL.
    pub(super) location: &'upload str,
}

impl SuccessAction {
    /// Reads what a form asks for. What cannot be done is as if it had not been asked.
    pub(super) fn of(form: &UploadForm) -> Self {
        let redirect = form
            .get("success_action_redirect")
            .or_else(|| form.get("redirect"))
            .filter(|url| url.starts_with("http://") || url.starts_with("https://"));
        if let Some(url) = redirect {
            return Self::Redirect(url.to_owned());
        }
        Self::Status(match form.get("success_action_status") {
            Some("200") => StatusCode::OK,
            Some("201") => StatusCode::CREATED,
            _ => StatusCode::NO_CONTENT,
        })
    }

    /// The answer, given the headers that `PutObject` answered with.
    pub(super) fn respond(
        &self,
        uploaded: &Uploaded<'_>,
        mut headers: HeaderMap,
    ) -> Response<Body> {
        let etag = headers
            .get(header::ETAG)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        headers.remove(header::CONTENT_LENGTH);
        headers.remove(header::CONTENT_TYPE);
        let mut insert = |name: header::HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        let (status, body) = match self {
            Self::Redirect(url) => {
                insert(header::LOCATION, &redirected(url, uploaded, &etag));
                (StatusCode::SEE_OTHER, Vec::new())
            }
            Self::Status(status) => {
                insert(header::LOCATION, uploaded.location);
                let is_created = *status == StatusCode::CREATED;
                if is_created {
                    insert(header::CONTENT_TYPE, "application/xml");
                }
                let document = is_created.then(|| document(uploaded, &etag));
                (*status, document.unwrap_or_default())
            }
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }
}

/// The URL with what was uploaded added to its query.
fn redirected(url: &str, uploaded: &Uploaded<'_>, etag: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("bucket", uploaded.bucket)
        .append_pair("key", uploaded.key)
        .append_pair("etag", etag)
        .finish();
    let (before, fragment) = match url.split_once('#') {
        Some((before, fragment)) => (before, format!("#{fragment}")),
        None => (url, String::new()),
    };
    let joint = if before.contains('?') { '&' } else { '?' };
    format!("{before}{joint}{query}{fragment}")
}

fn document(uploaded: &Uploaded<'_>, etag: &str) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    let written = writer
        .write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))
        .and_then(|()| {
            writer
                .create_element("PostResponse")
                .write_inner_content(|writer| {
                    let elements = [
                        ("Location", uploaded.location),
                        ("Bucket", uploaded.bucket),
                        ("Key", uploaded.key),
                        ("ETag", etag),
                    ];
                    for (name, value) in elements {
                        writer
                            .create_element(name)
                            .write_text_content(BytesText::new(value))?;
                    }
                    Ok(())
                })
                .map(|_| ())
        });
    // Writing to memory does not fail; were it to, the status still tells.
    written.map_or_else(|_| Vec::new(), |()| writer.into_inner())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http_body_util::BodyExt;
    use rstest::rstest;

    use super::*;

    const UPLOADED: Uploaded<'static> = Uploaded {
        bucket: "lake",
        key: "in/a b.csv",
        location: "http://localhost:4566/lake/in/a%20b.csv",
    };

    fn answered(action: &SuccessAction) -> Response<Body> {
        let headers = HeaderMap::from_iter([(header::ETAG, HeaderValue::from_static("\"e\""))]);
        action.respond(&UPLOADED, headers)
    }

    #[rstest]
    #[case("http://x/y", "http://x/y?bucket=lake&key=in%2Fa+b.csv&etag=%22e%22")]
    #[case(
        "http://x/y?z=1#end",
        "http://x/y?z=1&bucket=lake&key=in%2Fa+b.csv&etag=%22e%22#end"
    )]
    fn browsers_are_sent_on_with_what_was_uploaded(#[case] url: &str, #[case] location: &str) {
        let response = answered(&SuccessAction::Redirect(url.to_owned()));
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers()[header::LOCATION], location);
    }

    #[tokio::test]
    async fn created_comes_with_a_document() {
        let response = answered(&SuccessAction::Status(StatusCode::CREATED));
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(
            String::from_utf8_lossy(&body),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><PostResponse><Location>http://localhost:4566/lake/in/a%20b.csv</Location><Bucket>lake</Bucket><Key>in/a b.csv</Key><ETag>&quot;e&quot;</ETag></PostResponse>"
        );
    }
}
