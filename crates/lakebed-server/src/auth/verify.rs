//! Whether a claimed signature is right. Signature Version 4 documentation, "Create a signed
//! request"; S3 API reference, "Authenticating Requests (AWS Signature Version 4)".

use http::request::Parts;
use lakebed_core::Timestamp;

use super::AuthError;
use super::error::Mismatch;
use super::sigv4::{
    ALGORITHM, CanonicalRequest, ChunkSignatures, Claim, Credential, CredentialFault, PathForm,
    Place, SigningKey, SigningTime, UNSIGNED_PAYLOAD,
};

/// What stands for the payload's hash where every chunk is signed, and where trailing headers are
/// signed too.
const SIGNED_CHUNKS: [&str; 2] = [
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
];

/// The words that S3 takes for a payload's hash besides those for signed chunks.
const WORDS: [&str; 2] = [UNSIGNED_PAYLOAD, "STREAMING-UNSIGNED-PAYLOAD-TRAILER"];

/// What a service wants of signatures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// Its name in credential scopes.
    service: &'static str,
    path: PathForm,
    /// How far the clocks of client and server may be apart.
    allowed_skew_seconds: u32,
}

impl Rules {
    pub(crate) const S3: Self = Self {
        service: "s3",
        path: PathForm::Once,
        allowed_skew_seconds: 15 * 60,
    };

    /// Those of every service but S3.
    pub(crate) const fn of(service: &'static str) -> Self {
        Self {
            service,
            path: PathForm::NormalizedTwice,
            allowed_skew_seconds: 5 * 60,
        }
    }

    /// Checks that a credential is for this service, for `region` where that matters, and for the
    /// day it was used.
    ///
    /// # Errors
    /// [`AuthError::Credential`].
    pub(crate) fn check_scope(
        &self,
        place: Place,
        credential: &Credential,
        time: SigningTime,
        region: Option<&str>,
    ) -> Result<(), AuthError> {
        let scope = &credential.scope;
        let fault = if scope.service != self.service {
            CredentialFault::Service {
                scope: scope.service.clone(),
                expected: self.service.to_owned(),
            }
        } else if let Some(region) = region.filter(|region| scope.region != *region) {
            CredentialFault::Region {
                scope: scope.region.clone(),
                expected: region.to_owned(),
            }
        } else if scope.date != time.date() {
            CredentialFault::OtherDate {
                scope: scope.date.clone(),
                signed: time.date(),
            }
        } else {
            return Ok(());
        };
        Err(AuthError::Credential { place, fault })
    }

    /// Checks that a claim is of now.
    ///
    /// # Errors
    /// [`AuthError::Skewed`], [`AuthError::NotYetValid`].
    pub(crate) fn check_time(&self, claim: &Claim, now: Timestamp) -> Result<(), AuthError> {
        let ahead = claim.time.timestamp().as_millis() - now.as_millis();
        let allowed = i64::from(self.allowed_skew_seconds) * 1000;
        match claim.place {
            Place::Header if ahead.abs() > allowed => Err(AuthError::Skewed {
                signed: claim.time,
                now: SigningTime::from(now),
                allowed_seconds: self.allowed_skew_seconds,
            }),
            // How long a presigned URL holds is its own matter.
            Place::Query if ahead > allowed => Err(AuthError::NotYetValid),
            Place::Header | Place::Query => Ok(()),
        }
    }

    /// Checks the signature itself, and gives what signs the chunks of the body if they are
    /// signed.
    ///
    /// # Errors
    /// [`AuthError::HeadersNotSigned`], [`AuthError::Mismatch`].
    pub(crate) fn verify(
        &self,
        parts: &Parts,
        claim: &Claim,
        secret: &str,
        payload: &str,
    ) -> Result<Option<ChunkSignatures>, AuthError> {
        let unsigned = claim.unsigned_headers(&parts.headers);
        if !unsigned.is_empty() {
            return Err(AuthError::HeadersNotSigned(unsigned));
        }
        let key = SigningKey::derive(secret, &claim.credential.scope);
        let canonical = CanonicalRequest::of(parts, &claim.signed_headers, payload, self.path);
        let text = key.string_to_sign(ALGORITHM, claim.time, &canonical.hash());
        if !key.verifies(text.as_bytes(), &claim.signature) {
            return Err(AuthError::Mismatch(Box::new(Mismatch {
                access_key: claim.credential.access_key.clone(),
                signature: claim.signature.clone(),
                string_to_sign: text,
                canonical_request: Some(canonical.as_bytes().to_vec()),
            })));
        }
        Ok(SIGNED_CHUNKS
            .contains(&payload)
            .then(|| ChunkSignatures::after(&claim.signature, key, claim.time)))
    }
}

/// What S3 takes for the hash of a request's payload.
///
/// # Errors
/// [`AuthError::NoPayloadHash`], [`AuthError::PayloadHash`].
pub(crate) fn s3_payload_hash(parts: &Parts, claim: &Claim) -> Result<String, AuthError> {
    let header = parts
        .headers
        .get("x-amz-content-sha256")
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let parameter = || {
        form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
            .find(|(name, _)| name.eq_ignore_ascii_case("x-amz-content-sha256"))
            .map(|(_, value)| value.into_owned())
    };
    let hash = match claim.place {
        Place::Header => header.ok_or(AuthError::NoPayloadHash)?,
        Place::Query => parameter()
            .or(header)
            .unwrap_or_else(|| UNSIGNED_PAYLOAD.to_owned()),
    };
    let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_word = WORDS.contains(&hash.as_str()) || SIGNED_CHUNKS.contains(&hash.as_str());
    if is_hash || is_word {
        Ok(hash)
    } else {
        Err(AuthError::PayloadHash(hash))
    }
}
