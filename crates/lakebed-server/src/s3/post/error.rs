use http::StatusCode;

use super::form_data::FormDataError;
use super::policy::PolicyError;
use crate::s3::failure::S3Failure;

/// Why a form is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::s3) enum PostError {
    /// `MalformedPOSTRequest`.
    Malformed,
    /// `IncompleteBody`.
    Incomplete,
    /// `MaxPostPreDataLengthExceededError`.
    FieldsTooLarge,
    /// `InvalidArgument`: there is no file in it.
    NoFile,
    /// `InvalidArgument`: this field is missing.
    NoField(&'static str),
    /// `InvalidArgument`: a field has a value it cannot have.
    Field { name: String, value: String },
    /// `MalformedXML`.
    Tagging,
    /// `InvalidPolicyDocument` or `AccessDenied`.
    Policy(PolicyError),
}

impl From<FormDataError> for PostError {
    fn from(error: FormDataError) -> Self {
        match error {
            FormDataError::Malformed => Self::Malformed,
            FormDataError::Incomplete => Self::Incomplete,
        }
    }
}

impl From<PolicyError> for PostError {
    fn from(error: PolicyError) -> Self {
        Self::Policy(error)
    }
}

impl From<PostError> for S3Failure {
    fn from(error: PostError) -> Self {
        match error {
            PostError::Malformed => bad(
                "MalformedPOSTRequest",
                "The body of your POST request is not well-formed multipart/form-data.",
            ),
            PostError::Incomplete => {
                bad("IncompleteBody", "The request body terminated unexpectedly")
            }
            PostError::FieldsTooLarge => bad(
                "MaxPostPreDataLengthExceededError",
                "Your POST request fields preceding the upload file were too large.",
            ),
            PostError::NoFile => Self::invalid_argument(
                "file",
                "0",
                "POST requires exactly one file upload per request.",
            ),
            PostError::NoField(name) => Self::invalid_argument(
                name,
                "",
                &format!(
                    "Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields."
                ),
            ),
            PostError::Field { name, value } => {
                Self::invalid_argument(&name, &value, "Invalid Argument")
            }
            PostError::Tagging => bad(
                "MalformedXML",
                "The XML you provided was not well-formed or did not validate against our published schema",
            ),
            PostError::Policy(error @ PolicyError::Invalid(_)) => {
                bad("InvalidPolicyDocument", error.to_string())
            }
            PostError::Policy(error @ PolicyError::Violated(_)) => {
                Self::new(StatusCode::FORBIDDEN, "AccessDenied", error.to_string())
            }
        }
    }
}

fn bad(code: &str, message: impl Into<String>) -> S3Failure {
    S3Failure::new(StatusCode::BAD_REQUEST, code, message)
}
