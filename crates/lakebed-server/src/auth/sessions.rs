//! Temporary credentials that need no list of those given out: the session token says whose they
//! are and until when, sealed by a key that only this Lakebed has, and the secret follows from the
//! token.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use lakebed_core::{AccountId, Arn, Documents, MetadataStore, StoreError, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use super::AuthError;

/// The one key, in hexadecimal.
const KEYS: Documents<String> = Documents::of("sts.session-key");

/// How many bytes of a token are its seal.
const SEAL_BYTES: usize = 32;

/// Gives out temporary credentials and knows them again. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Sessions {
    store: MetadataStore,
}

/// What a session token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    /// The access key that belongs to it.
    pub(crate) access_key: String,
    /// Whose session it is.
    pub(crate) account: AccountId,
    /// The ARN of the session, such as that of an assumed role.
    pub(crate) arn: Arn,
    /// When it ends, in milliseconds since the epoch.
    pub(crate) ends: i64,
}

/// Temporary credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SessionCredentials {
    pub(crate) access_key: String,
    pub(crate) secret: String,
    pub(crate) token: String,
}

impl Sessions {
    pub(crate) fn new(store: MetadataStore) -> Self {
        Self { store }
    }

    /// Gives out credentials for `arn` that hold until `ends`.
    ///
    /// # Errors
    /// If the sealing key cannot be read or kept.
    pub(crate) fn issue(
        &self,
        account: &AccountId,
        arn: &Arn,
        access_key: String,
        ends: Timestamp,
    ) -> Result<SessionCredentials, StoreError> {
        let key = self.key()?;
        let session = Session {
            access_key,
            account: account.clone(),
            arn: arn.clone(),
            ends: ends.as_millis(),
        };
        let token = sealed(&session, &key);
        Ok(SessionCredentials {
            secret: secret_of(&token, &key),
            access_key: session.access_key,
            token,
        })
    }

    /// The session of a token that goes with `access_key`, and its secret.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`], [`AuthError::ExpiredToken`].
    pub(crate) fn find(
        &self,
        access_key: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<(Session, String), AuthError> {
        let invalid = || AuthError::InvalidToken {
            token: token.to_owned(),
        };
        let key = self.key().map_err(|_| invalid())?;
        let session = opened(token, &key)
            .filter(|session| session.access_key == access_key)
            .ok_or_else(invalid)?;
        if now.as_millis() > session.ends {
            return Err(AuthError::ExpiredToken {
                token: token.to_owned(),
            });
        }
        let secret = secret_of(token, &key);
        Ok((session, secret))
    }

    /// The sealing key, made when it is first needed.
    fn key(&self) -> Result<Vec<u8>, StoreError> {
        let found = self.store.read(|connection| KEYS.get(connection, "", ""))?;
        let key = match found {
            Some(key) => key,
            None => self.store.write(|transaction| {
                let fresh = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
                // Another request may have made one meanwhile.
                KEYS.insert(transaction, "", "", &hex::encode(&fresh))?;
                let kept = KEYS.get(transaction, "", "")?;
                Ok::<_, StoreError>(kept.unwrap_or_else(|| hex::encode(fresh)))
            })?,
        };
        Ok(key.into_bytes())
    }
}

fn sealed(session: &Session, key: &[u8]) -> String {
    let mut token = serde_json::to_vec(session).unwrap_or_default();
    let seal = hmac(key, &token).finalize().into_bytes();
    token.extend_from_slice(&seal);
    STANDARD.encode(token)
}

fn opened(token: &str, key: &[u8]) -> Option<Session> {
    let bytes = STANDARD.decode(token).ok()?;
    let (session, seal) = bytes.split_at_checked(bytes.len().checked_sub(SEAL_BYTES)?)?;
    hmac(key, session).verify_slice(seal).ok()?;
    serde_json::from_slice(session).ok()
}

/// The secret access key of a token: 40 characters, as AWS's are.
fn secret_of(token: &str, key: &[u8]) -> String {
    let digest = hmac(key, format!("secret:{token}").as_bytes()).finalize();
    let secret = STANDARD.encode(digest.into_bytes());
    secret.chars().take(40).collect()
}

#[expect(
    clippy::expect_used,
    reason = "HMAC takes keys of any length: RFC 2104, section 2"
)]
fn hmac(key: &[u8], text: &[u8]) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key)
        .expect("HMAC takes any key")
        .chain_update(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use lakebed_core::Durability;

    use super::*;

    fn sessions(folder: &std::path::Path) -> Sessions {
        let store = MetadataStore::open(&folder.join("lakebed.db"), Durability::Process).unwrap();
        Sessions::new(store)
    }

    #[test]
    fn credentials_are_known_again_until_they_end() {
        let folder = tempfile::tempdir().unwrap();
        let account = AccountId::default();
        let role = Arn::global("sts", &account, "assumed-role/Crawler/one");
        let ends = Timestamp::from_millis(1000);
        let given = sessions(folder.path())
            .issue(&account, &role, "ASIAEXAMPLE".to_owned(), ends)
            .unwrap();
        assert_eq!(given.secret.len(), 40);

        // Also by a Lakebed that was started anew.
        let sessions = sessions(folder.path());
        let (session, secret) = sessions.find("ASIAEXAMPLE", &given.token, ends).unwrap();
        assert_eq!((session.arn, secret), (role, given.secret));
        let later = Timestamp::from_millis(1001);
        let refused = sessions.find("ASIAEXAMPLE", &given.token, later);
        assert!(matches!(refused, Err(AuthError::ExpiredToken { .. })));
    }

    #[test]
    fn a_token_goes_with_its_access_key_and_cannot_be_changed() {
        let folder = tempfile::tempdir().unwrap();
        let sessions = sessions(folder.path());
        let account = AccountId::default();
        let root = Arn::global("iam", &account, "root");
        let ends = Timestamp::from_millis(1000);
        let given = sessions
            .issue(&account, &root, "ASIAEXAMPLE".to_owned(), ends)
            .unwrap();
        let mut changed = STANDARD.decode(&given.token).unwrap();
        changed[20] ^= 1;
        let changed = STANDARD.encode(changed);
        for (access_key, token) in [
            ("ASIAOTHER", given.token.as_str()),
            ("ASIAEXAMPLE", changed.as_str()),
            ("ASIAEXAMPLE", "short"),
        ] {
            let refused = sessions.find(access_key, token, ends);
            assert!(matches!(refused, Err(AuthError::InvalidToken { .. })));
        }
    }
}
