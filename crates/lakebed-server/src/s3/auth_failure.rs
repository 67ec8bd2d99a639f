//! How S3 says that a request is not let in. S3 API reference, "Error responses", and its
//! wording where it is public.

use http::{HeaderName, StatusCode};

use super::failure::S3Failure;
use crate::auth::{AuthError, CredentialFault, Mismatch, Place};

const BUCKET_REGION: HeaderName = HeaderName::from_static("x-amz-bucket-region");

/// Where the wrong credential stands, as the message begins.
fn introduction(place: Place) -> (&'static str, &'static str) {
    match place {
        Place::Header => (
            "AuthorizationHeaderMalformed",
            "The authorization header is malformed",
        ),
        Place::Query => (
            "AuthorizationQueryParametersError",
            "Error parsing the X-Amz-Credential parameter",
        ),
    }
}

impl From<AuthError> for S3Failure {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Unsigned => denied("Access Denied"),
            AuthError::SeveralMechanisms { authorization } => invalid_authorization(
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
                &authorization,
            ),
            AuthError::UnsupportedType { authorization } => {
                invalid_authorization("Unsupported Authorization Type", &authorization)
            }
            AuthError::MalformedVersion2 { authorization } => invalid_authorization(
                "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature",
                &authorization,
            ),
            AuthError::Version2 => bad(
                "InvalidRequest",
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
            ),
            AuthError::Version4a => Self::new(
                StatusCode::NOT_IMPLEMENTED,
                "NotImplemented",
                "signatures by AWS4-ECDSA-P256-SHA256 cannot be verified: sign with AWS4-HMAC-SHA256",
            ),
            AuthError::Algorithm => bad(
                "AuthorizationQueryParametersError",
                "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"",
            ),
            AuthError::Incomplete { missing, .. } if missing.is_empty() => undated(),
            AuthError::Incomplete { missing, .. } => bad(
                "AuthorizationHeaderMalformed",
                format!(
                    "The authorization header is malformed; the authorization header requires {}.",
                    missing.join(", ")
                ),
            ),
            AuthError::Parameters(message) => bad("AuthorizationQueryParametersError", message),
            AuthError::Expired { expires, now } => denied("Request has expired")
                .with("Expires", expires.to_rfc3339())
                .with("ServerTime", now.to_rfc3339()),
            AuthError::NotYetValid => denied("Request is not yet valid"),
            AuthError::Credential { place, fault } => credential(place, fault),
            AuthError::NoDate => undated(),
            AuthError::Skewed {
                signed,
                now,
                allowed_seconds,
            } => Self::new(
                StatusCode::FORBIDDEN,
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
            )
            .with("RequestTime", signed.basic())
            .with("ServerTime", now.timestamp().to_rfc3339())
            .with(
                "MaxAllowedSkewMilliseconds",
                (allowed_seconds * 1000).to_string(),
            ),
            AuthError::UnknownKey { access_key } => Self::new(
                StatusCode::FORBIDDEN,
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
            )
            .with("AWSAccessKeyId", access_key),
            AuthError::InvalidToken { token } => bad(
                "InvalidToken",
                "The provided token is malformed or otherwise invalid.",
            )
            .with("Token-0", token),
            AuthError::ExpiredToken { token } => {
                bad("ExpiredToken", "The provided token has expired.").with("Token-0", token)
            }
            AuthError::HeadersNotSigned(names) => {
                denied("There were headers present in the request which were not signed")
                    .with("HeadersNotSigned", names.join(", "))
            }
            AuthError::NoPayloadHash => bad(
                "InvalidRequest",
                "Missing required header for this request: x-amz-content-sha256",
            ),
            AuthError::PayloadHash(value) => Self::invalid_argument(
                "x-amz-content-sha256",
                &value,
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
            ),
            AuthError::Mismatch(mismatch) => self::mismatch(*mismatch),
        }
    }
}

fn bad(code: &str, message: impl Into<String>) -> S3Failure {
    S3Failure::new(StatusCode::BAD_REQUEST, code, message)
}

fn denied(message: &str) -> S3Failure {
    S3Failure::new(StatusCode::FORBIDDEN, "AccessDenied", message)
}

fn undated() -> S3Failure {
    denied("AWS authentication requires a valid Date or x-amz-date header")
}

fn invalid_authorization(message: &str, authorization: &str) -> S3Failure {
    S3Failure::invalid_argument("Authorization", authorization, message)
}

fn credential(place: Place, fault: CredentialFault) -> S3Failure {
    let (code, introduction) = introduction(place);
    let message = match &fault {
        CredentialFault::Form => {
            "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".".to_owned()
        }
        CredentialFault::AccessKey => {
            "a non-empty Access Key (AKID) must be provided in the credential.".to_owned()
        }
        CredentialFault::Date(date) => format!(
            "incorrect date format \"{date}\". This date in the credential must be in the format \"yyyyMMdd\"."
        ),
        CredentialFault::OtherDate { scope, signed } => format!(
            "Invalid credential date \"{scope}\". This date is not the same as X-Amz-Date: \"{signed}\"."
        ),
        CredentialFault::Region { scope, expected } => {
            format!("the region '{scope}' is wrong; expecting '{expected}'")
        }
        CredentialFault::Service { scope, expected } => {
            format!("incorrect service \"{scope}\". This endpoint belongs to \"{expected}\".")
        }
        CredentialFault::Terminal(terminal) => {
            format!("incorrect terminal \"{terminal}\". This endpoint uses \"aws4_request\".")
        }
    };
    let failure = bad(code, format!("{introduction}; {message}"));
    match fault {
        // Clients that follow buckets to their region look at either.
        CredentialFault::Region { expected, .. } => failure
            .with_header(BUCKET_REGION, &expected)
            .with("Region", expected),
        _ => failure,
    }
}

fn mismatch(mismatch: Mismatch) -> S3Failure {
    let string_to_sign_bytes = spaced_hex(mismatch.string_to_sign.as_bytes());
    let failure = S3Failure::new(
        StatusCode::FORBIDDEN,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    )
    .with("AWSAccessKeyId", mismatch.access_key)
    .with("StringToSign", mismatch.string_to_sign)
    .with("SignatureProvided", mismatch.signature)
    .with("StringToSignBytes", string_to_sign_bytes);
    match mismatch.canonical_request {
        Some(canonical) => failure
            .with("CanonicalRequest", String::from_utf8_lossy(&canonical))
            .with("CanonicalRequestBytes", spaced_hex(&canonical)),
        None => failure,
    }
}

/// `41 57 53`.
fn spaced_hex(bytes: &[u8]) -> String {
    let octets: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    octets.join(" ")
}
