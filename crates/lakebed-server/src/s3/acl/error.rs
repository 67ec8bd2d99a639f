//! The refusals that ACLs have for themselves.

use http::StatusCode;
use s3s::{S3Error, S3ErrorCode, s3_error};

/// The bucket's owner owns everything, and ACLs say nothing.
pub(super) fn not_supported() -> S3Error {
    s3_error!(
        AccessControlListNotSupported,
        "The bucket does not allow ACLs"
    )
}

/// A bucket cannot have an ACL that lets others in and an owner who owns everything.
pub(super) fn not_with_ownership() -> S3Error {
    bad_request(
        "InvalidBucketAclWithObjectOwnership",
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    )
}

/// A new bucket blocks public ACLs, and cannot begin with one.
pub(super) fn public_at_creation() -> S3Error {
    bad_request(
        "InvalidBucketAclWithBlockPublicAccessError",
        "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
    )
}

/// The document is not an ACL.
pub(super) fn malformed() -> S3Error {
    s3_error!(
        MalformedACLError,
        "The XML you provided was not well-formed or did not validate against our published schema"
    )
}

/// Public ACLs are blocked.
pub(super) fn blocked() -> S3Error {
    s3_error!(AccessDenied, "Access Denied")
}

/// A request to set an ACL says none.
pub(super) fn missing_acl() -> S3Error {
    s3_error!(
        MissingSecurityHeader,
        "Your request was missing a required header"
    )
}

/// A request to set an ACL says two.
pub(super) fn unexpected_content() -> S3Error {
    s3_error!(UnexpectedContent, "This request does not support content")
}

fn bad_request(code: &'static str, message: &'static str) -> S3Error {
    let mut error = S3Error::with_message(S3ErrorCode::Custom(code.into()), message);
    error.set_status_code(StatusCode::BAD_REQUEST);
    error
}
