use std::sync::Arc;

use lakebed_core::{AccountId, Timestamp};

use super::identities::{Identities, Identity, Key};
use super::{AuthError, Sessions};

/// The access keys there are: those of identities and those of sessions.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) identities: Identities,
    pub(crate) sessions: Sessions,
    /// The account that callers belong to who belong to none.
    account: AccountId,
}

impl Keys {
    pub(crate) fn new(account: AccountId, identities: Identities, sessions: Sessions) -> Self {
        Self {
            identities,
            sessions,
            account,
        }
    }

    /// The root of the account that everything without an owner belongs to.
    pub(crate) fn root(&self) -> Arc<Identity> {
        self.identities.root(&self.account)
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
        match (self.identities.key(access_key), token) {
            (Some(key), None) => Ok(key.clone()),
            (Some(_), Some(token)) => Err(AuthError::InvalidToken {
                token: token.to_owned(),
            }),
            (None, Some(token)) => {
                let (session, secret) = self.sessions.find(access_key, token, now)?;
                let identity = self.identities.of_session(&session.account, &session.arn);
                Ok(Key { secret, identity })
            }
            (None, None) => Err(AuthError::UnknownKey {
                access_key: access_key.to_owned(),
            }),
        }
    }
}
