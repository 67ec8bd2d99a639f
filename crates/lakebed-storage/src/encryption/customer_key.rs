use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

use crate::seal::KEY_BYTES;
use crate::{Error, Result};

/// A key that a customer provides with every request (SSE-C), and that is never stored.
///
/// S3 user guide, "Using server-side encryption with customer-provided keys (SSE-C)".
#[derive(Clone, PartialEq, Eq)]
pub struct CustomerKey([u8; KEY_BYTES]);

impl fmt::Debug for CustomerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CustomerKey(…)")
    }
}

impl CustomerKey {
    /// Reads a key and holds it against its MD5, both in base64.
    ///
    /// # Errors
    /// `InvalidArgument` if the two differ, or the key has not 256 bits.
    pub fn parse(key: &str, md5: &str) -> Result<Self> {
        let key = STANDARD.decode(key).unwrap_or_default();
        // S3 looks at the MD5 first.
        if STANDARD.decode(md5).ok().as_deref() != Some(&*Md5::digest(&key)) {
            return Err(invalid(
                "The calculated MD5 hash of the key did not match the hash that was provided.",
            ));
        }
        <[u8; KEY_BYTES]>::try_from(key)
            .map(Self)
            .map_err(|_| invalid("The secret key was invalid for the specified algorithm."))
    }

    /// The MD5 of the key in base64, by which answers name it.
    #[must_use]
    pub fn md5(&self) -> String {
        STANDARD.encode(Md5::digest(self.0))
    }

    pub(super) fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

fn invalid(message: &str) -> Error {
    Error::InvalidArgument {
        name: "x-amz-server-side-encryption",
        value: "null".to_owned(),
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const KEY: &str = "pO3upElrwuEXSoFwCfnZPdSsmt/xWeFa0N9KgDijwVs=";
    const MD5: &str = "DWygnHRtgiJ77HCm+1rvHw==";

    #[test]
    fn a_key_has_256_bits_and_its_own_md5() {
        assert_eq!(CustomerKey::parse(KEY, MD5).unwrap().md5(), MD5);
        let refused = |key, md5| CustomerKey::parse(key, md5).unwrap_err().to_string();
        assert!(refused(KEY, "AAAAAAAAAAAAAAAAAAAAAA==").contains("did not match"));
        assert!(refused("not base64", MD5).contains("did not match"));
        let short = STANDARD.encode("ten bytes!");
        let its_md5 = STANDARD.encode(Md5::digest("ten bytes!"));
        assert!(refused(&short, &its_md5).contains("invalid for the specified algorithm"));
    }

    #[test]
    fn a_key_is_not_shown() {
        let key = CustomerKey::parse(KEY, MD5).unwrap();
        assert_eq!(format!("{key:?}"), "CustomerKey(…)");
    }
}
