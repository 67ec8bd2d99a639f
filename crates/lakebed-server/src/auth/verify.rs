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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http::Request;
    use rstest::rstest;

    use super::*;
    use crate::auth::sigv4::EMPTY_SHA256;

    const SECRET: &str = "secret";

    fn at(text: &str) -> Timestamp {
        SigningTime::parse_basic(text).unwrap().timestamp()
    }

    /// A request that was signed at noon with [`SECRET`], as changed afterwards.
    fn signed(change: impl FnOnce(&mut Parts)) -> Parts {
        let unsigned = |signature: &str| {
            let authorization = format!(
                "{ALGORITHM} Credential=AKID/20260102/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={signature}"
            );
            let request = Request::get("/lake/a%20b?versionId=1")
                .header("host", "localhost")
                .header("x-amz-content-sha256", EMPTY_SHA256)
                .header("x-amz-date", "20260102T120000Z")
                .header("authorization", authorization);
            request.body(()).unwrap().into_parts().0
        };
        let parts = unsigned("00");
        let claim = Claim::of(&parts).unwrap().unwrap();
        let key = SigningKey::derive(SECRET, &claim.credential.scope);
        let canonical =
            CanonicalRequest::of(&parts, &claim.signed_headers, EMPTY_SHA256, PathForm::Once);
        let text = key.string_to_sign(ALGORITHM, claim.time, &canonical.hash());
        let mut parts = unsigned(&key.sign(text.as_bytes()));
        change(&mut parts);
        parts
    }

    fn verify(parts: &Parts) -> Result<(), AuthError> {
        let claim = Claim::of(parts).unwrap().unwrap();
        let payload = s3_payload_hash(parts, &claim)?;
        Rules::S3.verify(parts, &claim, SECRET, &payload).map(drop)
    }

    #[test]
    fn what_was_signed_is_let_in() {
        assert_eq!(verify(&signed(|_| ())), Ok(()));
    }

    #[test]
    fn what_was_changed_after_signing_is_not() {
        let other_path = signed(|parts| parts.uri = "/lake/other?versionId=1".parse().unwrap());
        let other_query = signed(|parts| parts.uri = "/lake/a%20b?versionId=2".parse().unwrap());
        let other_method = signed(|parts| parts.method = http::Method::DELETE);
        let other_host = signed(|parts| {
            parts.headers.insert("host", "elsewhere".parse().unwrap());
        });
        for parts in [other_path, other_query, other_method, other_host] {
            let Err(AuthError::Mismatch(mismatch)) = verify(&parts) else {
                unreachable!("{parts:?} was let in");
            };
            assert!(
                mismatch
                    .string_to_sign
                    .starts_with("AWS4-HMAC-SHA256\n20260102T120000Z\n")
            );
        }
    }

    #[test]
    fn headers_that_say_something_to_s3_must_be_signed() {
        let added = signed(|parts| {
            parts
                .headers
                .insert("x-amz-acl", "public-read".parse().unwrap());
            parts.headers.insert("accept", "*/*".parse().unwrap());
        });
        let unsigned = AuthError::HeadersNotSigned(vec!["x-amz-acl".to_owned()]);
        assert_eq!(verify(&added), Err(unsigned));
    }

    #[rstest]
    #[case(None, Err(AuthError::NoPayloadHash))]
    #[case(Some("nonsense"), Err(AuthError::PayloadHash("nonsense".into())))]
    #[case(Some(UNSIGNED_PAYLOAD), Ok(UNSIGNED_PAYLOAD.to_owned()))]
    fn s3_wants_to_know_the_payload(
        #[case] hash: Option<&str>,
        #[case] expected: Result<String, AuthError>,
    ) {
        let parts = signed(|parts| {
            parts.headers.remove("x-amz-content-sha256");
            if let Some(hash) = hash {
                parts
                    .headers
                    .insert("x-amz-content-sha256", hash.parse().unwrap());
            }
        });
        let claim = Claim::of(&parts).unwrap().unwrap();
        assert_eq!(s3_payload_hash(&parts, &claim), expected);
    }

    #[rstest]
    #[case(Rules::S3, "20260102T121500Z", true)]
    #[case(Rules::S3, "20260102T121501Z", false)]
    #[case(Rules::S3, "20260102T114459Z", false)]
    #[case(Rules::of("glue"), "20260102T120500Z", true)]
    #[case(Rules::of("glue"), "20260102T120501Z", false)]
    fn clocks_may_differ_a_little(#[case] rules: Rules, #[case] now: &str, #[case] near: bool) {
        let claim = Claim::of(&signed(|_| ())).unwrap().unwrap();
        assert_eq!(rules.check_time(&claim, at(now)).is_ok(), near);
    }

    #[rstest]
    #[case("AKID/20260102/us-east-1/glue/aws4_request", "Service")]
    #[case("AKID/20260102/eu-west-1/s3/aws4_request", "Region")]
    #[case("AKID/20260103/us-east-1/s3/aws4_request", "OtherDate")]
    fn a_credential_is_good_for_one_service_region_and_day(
        #[case] credential: &str,
        #[case] fault: &str,
    ) {
        let credential = Credential::parse(credential).unwrap();
        let time = SigningTime::parse_basic("20260102T120000Z").unwrap();
        let refused = Rules::S3.check_scope(Place::Header, &credential, time, Some("us-east-1"));
        let Err(AuthError::Credential { fault: found, .. }) = refused else {
            unreachable!("{refused:?}");
        };
        assert!(format!("{found:?}").starts_with(fault), "{found:?}");
    }
}
