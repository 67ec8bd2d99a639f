use lakebed_core::Timestamp;

use super::sigv4::{CredentialFault, Place, SigningTime};

/// Why a request is not let in. S3 and the other services each have their own codes and words for
/// it: `s3::auth_failure` and [`super::service_failure`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AuthError {
    /// It is not signed and must be.
    Unsigned,
    /// It is signed in more than one place.
    SeveralMechanisms { authorization: String },
    /// The `Authorization` header is of no kind AWS knows.
    UnsupportedType { authorization: String },
    /// It is signed with version 2.
    Version2,
    /// It is signed with version 2, and not even that whole.
    MalformedVersion2 { authorization: String },
    /// It is signed with the asymmetric version 4a.
    Version4a,
    /// A presigned URL names an algorithm that is none.
    Algorithm,
    /// The `Authorization` header, or the date it goes with, is not whole.
    Incomplete {
        missing: Vec<&'static str>,
        dated: bool,
        authorization: String,
    },
    /// The parameters of a presigned URL are not what they must be.
    Parameters(&'static str),
    /// A presigned URL's time is over.
    Expired { expires: Timestamp, now: Timestamp },
    /// A presigned URL's time has not come.
    NotYetValid,
    /// The credential is not good for this request.
    Credential {
        place: Place,
        fault: CredentialFault,
    },
    /// When it was signed cannot be told.
    NoDate,
    /// It was signed too long before or after now.
    Skewed {
        signed: SigningTime,
        now: SigningTime,
        allowed_seconds: u32,
    },
    /// Nobody has this access key.
    UnknownKey { access_key: String },
    /// The session token is not the one that belongs to the access key.
    InvalidToken { token: String },
    /// The temporary credentials' time is over.
    ExpiredToken { token: String },
    /// Headers that had to be signed were not.
    HeadersNotSigned(Vec<String>),
    /// S3's header that says what the payload's hash is, is missing.
    NoPayloadHash,
    /// That header is neither a hash nor one of the words that stand for one.
    PayloadHash(String),
    /// The signature is not the one the secret gives.
    Mismatch(Box<Mismatch>),
}

/// A signature that is not right, and what would have been signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mismatch {
    pub(crate) access_key: String,
    pub(crate) signature: String,
    pub(crate) string_to_sign: String,
    /// The canonical request; of forms, which have none, nothing.
    pub(crate) canonical_request: Option<Vec<u8>>,
}

impl AuthError {
    /// A presigned URL lacks some of its parameters.
    pub(crate) const fn incomplete_query() -> Self {
        Self::Parameters(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
        )
    }
}
