//! Uploads by browser forms. S3 API reference, "Browser-Based Uploads Using POST".
//!
//! A form is read up to its file ([`form`]), its policy is checked ([`policy`]), and what remains
//! is a `PutObject` ([`upload`]) whose answer is told as forms want it ([`success`]).

mod claim;
mod error;
mod file;
mod form;
mod form_data;
mod policy;
mod success;
mod upload;

use http::{HeaderMap, Method, Uri, header};

pub(super) use upload::Upload;

/// Whether a request is an upload by form.
pub(super) fn is_form_upload(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    let is_form = headers.get(header::CONTENT_TYPE).is_some_and(|value| {
        value
            .as_bytes()
            .get(..FORM.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(FORM))
    });
    *method == Method::POST && is_form && uri.query().is_none_or(str::is_empty)
}

const FORM: &[u8] = b"multipart/form-data";
