//! AWS Signature Version 4 as values: what a request claims ([`Claim`]), the canonical form that
//! is signed ([`canonical`]), and the keys that sign it ([`signing`]). Nothing here knows whose
//! secrets there are.

mod canonical;
mod chunks;
mod claim;
mod credential;
mod signing;
mod time;
#[cfg(test)]
mod vectors;

pub(crate) use canonical::{CanonicalRequest, PathForm};
pub(crate) use chunks::ChunkSignatures;
pub(crate) use claim::{Claim, Place};
pub(crate) use credential::{Credential, CredentialFault};
pub(crate) use signing::SigningKey;
pub(crate) use time::SigningTime;

/// The one algorithm that is verified.
pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The asymmetric algorithm, which is recognised.
pub(crate) const ALGORITHM_4A: &str = "AWS4-ECDSA-P256-SHA256";

/// What a client puts where the payload's hash belongs if it does not sign the payload.
pub(crate) const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// The SHA-256 of nothing.
pub(crate) const EMPTY_SHA256: &str =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
