//! Requests from bytes and answers to bytes, by protocol. All of them meet in JSON values, which
//! is what generated dispatch takes and gives.

pub mod json;
pub mod query;

/// What to answer, besides the headers every answer carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type`.
    pub content_type: &'static str,
    /// The `x-amzn-ErrorType` of a JSON error.
    pub error_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}
