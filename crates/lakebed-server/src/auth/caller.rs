use std::sync::Arc;

use lakebed_core::Principal;

use super::identities::Identity;

/// Who calls: an identity with the access key it called by, or anybody.
#[derive(Debug, Clone, Default)]
pub(crate) struct Caller {
    access_key: Option<String>,
    identity: Option<Arc<Identity>>,
}

impl Caller {
    pub(crate) fn new(access_key: Option<String>, identity: Arc<Identity>) -> Self {
        Self {
            access_key,
            identity: Some(identity),
        }
    }

    /// Somebody without credentials.
    pub(crate) fn anonymous() -> Self {
        Self::default()
    }

    /// The identity with its policies; none for anonymous callers.
    pub(crate) fn identity(&self) -> Option<&Identity> {
        self.identity.as_deref()
    }

    /// As operations are told.
    pub(crate) fn principal(&self) -> Principal {
        match &self.identity {
            Some(identity) => Principal {
                access_key: self.access_key.clone(),
                account: Some(identity.account.clone()),
                canonical_id: identity.canonical_id.clone(),
                arn: identity.arn.clone(),
            },
            None => Principal::anonymous(),
        }
    }
}
