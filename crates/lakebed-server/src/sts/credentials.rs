//! The ids that STS gives out.

use lakebed_core::{AccountId, Arn};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A new access key of temporary credentials.
pub(super) fn access_key() -> String {
    identifier("ASIA", Uuid::new_v4().as_bytes())
}

/// The unique id of a caller, always the same for the same ARN. IAM user guide, "IAM JSON policy
/// elements: Principal values in requests".
pub(super) fn user_id(account: &AccountId, arn: &Arn) -> String {
    let resource = arn.as_str().rsplit(':').next().unwrap_or_default();
    match resource.split('/').collect::<Vec<_>>().as_slice() {
        ["assumed-role", role, session] => {
            let role = Arn::global("iam", account, &format!("role/{role}"));
            format!("{}:{session}", derived("AROA", &role))
        }
        ["user", ..] => derived("AIDA", arn),
        _ => account.to_string(),
    }
}

fn derived(prefix: &str, arn: &Arn) -> String {
    identifier(prefix, Sha256::digest(arn.as_str()).as_slice())
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
    fn access_keys_have_the_form_of_awss() {
        let access_key = access_key();
        assert!(access_key.starts_with("ASIA"));
        assert_eq!(access_key.len(), 20);
    }

    #[test]
    fn callers_keep_their_ids() {
        let account = AccountId::default();
        let id = |service: &str, resource: &str| {
            user_id(&account, &Arn::global(service, &account, resource))
        };
        assert_eq!(id("iam", "root"), "000000000000");
        assert!(id("iam", "user/team/ana").starts_with("AIDA"));
        let session = id("sts", "assumed-role/Crawler/one");
        assert_eq!(session.len(), 24);
        assert!(
            session.starts_with("AROA") && session.ends_with(":one"),
            "{session}"
        );
        assert_eq!(session, id("sts", "assumed-role/Crawler/one"));
        assert_ne!(session, id("sts", "assumed-role/Job/one"));
    }
}
