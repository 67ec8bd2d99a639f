use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use lakebed_wire::{Failure, protocol};

/// How a request was answered, for the wire and for the record.
pub(crate) struct Answer {
    pub(crate) response: Response<Body>,
    /// The operation, if it is one that AWS has.
    pub(crate) operation: Option<String>,
    /// The error, if it is one.
    pub(crate) error: Option<Refusal>,
}

/// The code and message of an error answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) message: String,
}

impl From<&Failure> for Refusal {
    fn from(failure: &Failure) -> Self {
        Self {
            code: failure.code.clone(),
            message: failure.message.clone(),
        }
    }
}

/// The HTTP response of a protocol's answer.
pub(crate) fn http_response(answer: protocol::Response) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(answer.content_type),
    );
    if let Some(error_type) = answer
        .error_type
        .and_then(|code| HeaderValue::from_str(&code).ok())
    {
        headers.insert("x-amzn-errortype", error_type);
    }
    response
}
