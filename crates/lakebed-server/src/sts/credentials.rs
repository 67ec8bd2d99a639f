use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lakebed_core::Timestamp;
use lakebed_wire::sts::Credentials;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Makes temporary credentials that hold until `expiration`.
pub(super) fn issue(expiration: Timestamp) -> Credentials {
    let secret = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
    let token: Vec<u8> = (0..8).flat_map(|_| Uuid::new_v4().into_bytes()).collect();
    Credentials {
        access_key_id: identifier("ASIA", Uuid::new_v4().as_bytes()),
        // AWS's secrets are 40 characters long.
        secret_access_key: STANDARD.encode(secret).chars().take(40).collect(),
        session_token: STANDARD.encode(token),
        expiration,
    }
}

/// The id of a role: always the same for the same ARN.
pub(super) fn role_id(arn: &str) -> String {
    identifier("AROA", Sha256::digest(arn.as_bytes()).as_slice())
}

/// An id of 20 characters in AWS's form: a prefix that tells the kind, then letters and digits.
/// IAM user guide, "IAM identifiers".
fn identifier(prefix: &str, bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let letters = bytes
        .iter()
        .take(16)
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    prefix.chars().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_have_the_form_of_awss() {
        let credentials = issue(Timestamp::from_millis(0));
        assert!(credentials.access_key_id.starts_with("ASIA"));
        assert_eq!(credentials.access_key_id.len(), 20);
        assert_eq!(credentials.secret_access_key.len(), 40);
    }

    #[test]
    fn a_role_keeps_its_id() {
        let arn = "arn:aws:iam::000000000000:role/Crawler";
        assert_eq!(role_id(arn), role_id(arn));
        assert_ne!(role_id(arn), role_id("arn:aws:iam::000000000000:role/Job"));
        assert_eq!(role_id(arn).len(), 20);
    }
}
