//! How the services other than S3 say that a request is not let in. AWS's general reference,
//! "Common errors".

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lakebed_core::Timestamp;
use lakebed_wire::{Failure, Protocol};
use sha2::{Digest, Sha256};

use super::AuthError;
use super::sigv4::{CredentialFault, SigningTime};

const INVALID_TOKEN: &str = "The security token included in the request is invalid.";
const EXPIRED_TOKEN: &str = "The security token included in the request is expired";
const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

/// The error as a service of `protocol` answers it.
pub(crate) fn service_failure(error: &AuthError, protocol: Protocol) -> Failure {
    let codes = match protocol {
        Protocol::Json(_) => &JSON,
        Protocol::Query { .. } | Protocol::RestXml => &QUERY,
    };
    let (code, message) = match error {
        AuthError::Unsigned => (codes.missing, codes.missing_message.to_owned()),
        AuthError::UnknownKey { .. } | AuthError::InvalidToken { .. } => {
            (codes.unknown, INVALID_TOKEN.to_owned())
        }
        AuthError::ExpiredToken { .. } => (codes.expired, EXPIRED_TOKEN.to_owned()),
        AuthError::Incomplete {
            missing,
            dated,
            authorization,
        } => (codes.incomplete, incomplete(missing, *dated, authorization)),
        AuthError::Credential { fault, .. } => (codes.mismatch, credential(fault)),
        AuthError::Skewed {
            signed,
            now,
            allowed_seconds,
        } => (codes.mismatch, skewed(*signed, *now, *allowed_seconds)),
        AuthError::Expired { expires, now } => {
            (codes.mismatch, skewed((*expires).into(), (*now).into(), 0))
        }
        AuthError::Mismatch(_) => (codes.mismatch, MISMATCH.to_owned()),
        AuthError::HeadersNotSigned(names) => (
            codes.mismatch,
            format!(
                "'{}' must be a 'SignedHeader' in the AWS Authorization.",
                names.join("', '")
            ),
        ),
        AuthError::NoDate => (
            codes.incomplete,
            "Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601"
                .to_owned(),
        ),
        AuthError::Parameters(message) => (codes.incomplete, (*message).to_owned()),
        AuthError::Version4a => (
            "NotImplementedException",
            "signatures by AWS4-ECDSA-P256-SHA256 cannot be verified: sign with AWS4-HMAC-SHA256"
                .to_owned(),
        ),
        AuthError::NotYetValid => (codes.mismatch, "Signature not yet current".to_owned()),
        AuthError::SeveralMechanisms { .. }
        | AuthError::UnsupportedType { .. }
        | AuthError::Version2
        | AuthError::MalformedVersion2 { .. }
        | AuthError::Algorithm
        | AuthError::NoPayloadHash
        | AuthError::PayloadHash(_) => (
            codes.incomplete,
            "AWS services require the signature to be of AWS4-HMAC-SHA256".to_owned(),
        ),
    };
    let status = match error {
        AuthError::Version4a => 501,
        _ if code == codes.incomplete => 400,
        _ => codes.status,
    };
    Failure::new(status, code, message)
}

/// What a protocol calls each reason.
struct Codes {
    status: u16,
    missing: &'static str,
    missing_message: &'static str,
    unknown: &'static str,
    expired: &'static str,
    incomplete: &'static str,
    mismatch: &'static str,
}

const JSON: Codes = Codes {
    status: 400,
    missing: "MissingAuthenticationTokenException",
    missing_message: "Missing Authentication Token",
    unknown: "UnrecognizedClientException",
    expired: "ExpiredTokenException",
    incomplete: "IncompleteSignatureException",
    mismatch: "InvalidSignatureException",
};

const QUERY: Codes = Codes {
    status: 403,
    missing: "MissingAuthenticationToken",
    missing_message: "Request is missing Authentication Token",
    unknown: "InvalidClientTokenId",
    expired: "ExpiredToken",
    incomplete: "IncompleteSignature",
    mismatch: "SignatureDoesNotMatch",
};

fn incomplete(missing: &[&str], dated: bool, authorization: &str) -> String {
    let mut sentences: Vec<String> = missing
        .iter()
        .map(|name| format!("Authorization header requires '{name}' parameter."))
        .collect();
    if !dated {
        sentences.push(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
                .to_owned(),
        );
    }
    // What may be a credential is not repeated.
    let digest = STANDARD.encode(Sha256::digest(authorization));
    format!(
        "{} (Hashed with SHA-256 and encoded with Base64) Authorization={digest}",
        sentences.join(" ")
    )
}

fn credential(fault: &CredentialFault) -> String {
    match fault {
        CredentialFault::Form | CredentialFault::AccessKey => {
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term".to_owned()
        }
        CredentialFault::Date(date) => {
            format!("Date in Credential scope is not of the form YYYYMMDD: '{date}'")
        }
        CredentialFault::OtherDate { scope, signed } => format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{scope}' != '{signed}'"
        ),
        CredentialFault::Region { scope, .. } => {
            format!("Credential should be scoped to a valid region, not '{scope}'. ")
        }
        CredentialFault::Service { expected, .. } => {
            format!("Credential should be scoped to correct service: '{expected}'. ")
        }
        CredentialFault::Terminal(terminal) => format!(
            "Credential should be scoped with a valid terminator: 'aws4_request', not '{terminal}'."
        ),
    }
}

fn skewed(signed: SigningTime, now: SigningTime, allowed_seconds: u32) -> String {
    let (minutes, allowed) = (allowed_seconds / 60, i64::from(allowed_seconds) * 1000);
    let moved = |millis: i64| {
        let moment = Timestamp::from_millis(now.timestamp().as_millis().saturating_add(millis));
        SigningTime::from(moment).basic()
    };
    let (signed_at, now_at) = (signed.basic(), now.basic());
    if signed.timestamp() < now.timestamp() {
        let earliest = moved(-allowed);
        format!(
            "Signature expired: {signed_at} is now earlier than {earliest} ({now_at} - {minutes} min.)"
        )
    } else {
        let latest = moved(allowed);
        format!(
            "Signature not yet current: {signed_at} is still later than {latest} ({now_at} + {minutes} min.)"
        )
    }
}
