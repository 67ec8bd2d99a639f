use std::collections::HashMap;
use std::sync::Arc;

use lakebed_core::{AccountId, Arn, Timestamp};

use super::{AuthError, Sessions};

/// Somebody of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) account: AccountId,
    pub(crate) canonical_id: String,
    pub(crate) arn: Arn,
}

/// An access key's secret and whose it is.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) secret: String,
    pub(crate) identity: Arc<Identity>,
}

/// The access keys there are.
#[derive(Debug)]
pub(crate) struct Keys {
    known: HashMap<String, Key>,
    root: Arc<Identity>,
    pub(crate) sessions: Sessions,
}

impl Keys {
    pub(crate) fn new(account: &AccountId, sessions: Sessions) -> Self {
        Self {
            known: HashMap::new(),
            root: Arc::new(Identity {
                account: account.clone(),
                canonical_id: account.canonical_id(),
                arn: Arn::global("iam", account, "root"),
            }),
            sessions,
        }
    }

    /// The root of the one account that everything without an owner belongs to.
    pub(crate) fn root(&self) -> Arc<Identity> {
        Arc::clone(&self.root)
    }

    /// The key, which is of temporary credentials if it comes with a token.
    ///
    /// # Errors
    /// [`AuthError::UnknownKey`], [`AuthError::InvalidToken`], [`AuthError::ExpiredToken`].
    pub(crate) fn find(
        &self,
        access_key: &str,
        token: Option<&str>,
        now: Timestamp,
    ) -> Result<Key, AuthError> {
        let known = self.known.get(access_key);
        match (known, token) {
            (Some(key), None) => Ok(key.clone()),
            (Some(_), Some(token)) => Err(AuthError::InvalidToken {
                token: token.to_owned(),
            }),
            (None, Some(token)) => {
                let (session, secret) = self.sessions.find(access_key, token, now)?;
                let identity = Arc::new(Identity {
                    canonical_id: session.account.canonical_id(),
                    account: session.account,
                    arn: session.arn,
                });
                Ok(Key { secret, identity })
            }
            (None, None) => Err(AuthError::UnknownKey {
                access_key: access_key.to_owned(),
            }),
        }
    }
}
