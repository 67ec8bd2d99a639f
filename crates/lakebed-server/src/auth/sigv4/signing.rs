use std::fmt;

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::SigningTime;
use super::credential::Scope;

/// What signs within one scope. Signature Version 4 documentation, "Derive a signing key".
#[derive(Clone)]
pub(crate) struct SigningKey {
    key: [u8; 32],
    scope: String,
}

impl SigningKey {
    pub(crate) fn derive(secret: &str, scope: &Scope) -> Self {
        let date = hmac(format!("AWS4{secret}").as_bytes(), scope.date.as_bytes());
        let region = hmac(&date, scope.region.as_bytes());
        let service = hmac(&region, scope.service.as_bytes());
        Self {
            key: hmac(&service, b"aws4_request"),
            scope: scope.to_string(),
        }
    }

    /// What is signed: an algorithm, when, for what, and then `rest`.
    pub(crate) fn string_to_sign(&self, algorithm: &str, time: SigningTime, rest: &str) -> String {
        format!("{algorithm}\n{}\n{}\n{rest}", time.basic(), self.scope)
    }

    /// The signature of `text`, in lower-case hexadecimal.
    #[cfg(test)]
    pub(crate) fn sign(&self, text: &[u8]) -> String {
        hex::encode(hmac(&self.key, text))
    }

    /// Whether `signature` is that of `text`. Takes as long for a wrong signature as for the
    /// right one.
    pub(crate) fn verifies(&self, text: &[u8], signature: &str) -> bool {
        hex::decode(signature)
            .is_ok_and(|signature| keyed(&self.key, text).verify_slice(&signature).is_ok())
    }
}

/// Does not show the key.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    keyed(key, text).finalize().into_bytes().into()
}

#[expect(
    clippy::expect_used,
    reason = "HMAC takes keys of any length: RFC 2104, section 2"
)]
fn keyed(key: &[u8], text: &[u8]) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key)
        .expect("HMAC takes any key")
        .chain_update(text)
}
