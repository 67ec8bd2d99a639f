//! Accounts as S3 shows them: by canonical user id and, where one is configured, display name.

use std::sync::Arc;

use lakebed_core::{AccountId, Principal};
use lakebed_storage::settings::ObjectOwnership;
use lakebed_storage::{Bucket, BucketSettings};
use s3s::dto::{Initiator, Owner};

use crate::auth::Identity;

/// What S3 knows an account by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownAccount {
    pub(crate) id: AccountId,
    pub(crate) canonical_id: String,
    pub(crate) display_name: Option<String>,
    pub(crate) email: Option<String>,
}

impl From<&Identity> for KnownAccount {
    fn from(root: &Identity) -> Self {
        Self {
            id: root.account.clone(),
            canonical_id: root.canonical_id.clone(),
            display_name: root.display_name.clone(),
            email: root.email.clone(),
        }
    }
}

/// The accounts that are known. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Owners(Arc<[KnownAccount]>);

impl Owners {
    pub(crate) fn new(accounts: impl IntoIterator<Item = KnownAccount>) -> Self {
        Self(accounts.into_iter().collect())
    }

    fn find(&self, canonical_id: &str) -> Option<&KnownAccount> {
        self.0
            .iter()
            .find(|account| account.canonical_id == canonical_id)
    }

    /// The canonical user id of an account, configured or not.
    pub(crate) fn canonical_id(&self, account: &AccountId) -> String {
        let known = self.0.iter().find(|known| known.id == *account);
        known.map_or_else(
            || account.canonical_id(),
            |known| known.canonical_id.clone(),
        )
    }

    /// The name an account is shown by, if it is configured.
    pub(super) fn display_name(&self, canonical_id: &str) -> Option<String> {
        self.find(canonical_id)?.display_name.clone()
    }

    /// The canonical user id of the account with an e-mail address.
    pub(super) fn with_email(&self, email: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|account| {
                account
                    .email
                    .as_deref()
                    .is_some_and(|known| known.eq_ignore_ascii_case(email))
            })
            .map(|account| account.canonical_id.as_str())
    }

    /// Whether an account can have a canonical user id. Those that are configured nowhere may
    /// live elsewhere: they are told by the form of the id.
    pub(super) fn may_exist(&self, canonical_id: &str) -> bool {
        let well_formed =
            canonical_id.len() == 64 && canonical_id.bytes().all(|byte| byte.is_ascii_hexdigit());
        well_formed || self.find(canonical_id).is_some()
    }

    /// An account as listings show it.
    pub(crate) fn owner(&self, account: &AccountId) -> Owner {
        let canonical_id = self.canonical_id(account);
        Owner {
            display_name: self.display_name(&canonical_id),
            id: Some(canonical_id),
        }
    }

    /// The owners of what is in a bucket.
    pub(crate) fn of_bucket(&self, bucket: &Bucket, settings: &BucketSettings) -> BucketOwners {
        BucketOwners {
            accounts: self.clone(),
            bucket_owner: bucket.owner.clone(),
            enforced: settings.ownership == Some(ObjectOwnership::BucketOwnerEnforced),
        }
    }
}

/// Who owns what is in a bucket. With the setting `BucketOwnerEnforced` everything is the bucket
/// owner's, whoever wrote it and when.
#[derive(Debug, Clone)]
pub(crate) struct BucketOwners {
    accounts: Owners,
    bucket_owner: AccountId,
    enforced: bool,
}

impl BucketOwners {
    /// The account that owns an object; `written_by` is none where it is the bucket's owner.
    pub(crate) fn account<'a>(&'a self, written_by: Option<&'a AccountId>) -> &'a AccountId {
        match written_by {
            Some(writer) if !self.enforced => writer,
            _ => &self.bucket_owner,
        }
    }

    /// The canonical user id of the account that owns an object.
    pub(crate) fn canonical_id(&self, written_by: Option<&AccountId>) -> String {
        self.accounts.canonical_id(self.account(written_by))
    }

    /// The owner as listings show it.
    pub(crate) fn owner(&self, written_by: Option<&AccountId>) -> Owner {
        self.accounts.owner(self.account(written_by))
    }

    /// The account that owns what a caller writes, as storage keeps it: none is the bucket's
    /// owner, who owns what anonymous callers write, too.
    pub(crate) fn new_owner(&self, caller: &Principal) -> Option<AccountId> {
        let writer = caller.account.clone();
        writer.filter(|writer| !self.enforced && *writer != self.bucket_owner)
    }

    /// The account that began an upload, whoever owns what comes of it.
    pub(crate) fn initiator(&self, began: Option<&AccountId>) -> Initiator {
        let Owner { display_name, id } = self.accounts.owner(began.unwrap_or(&self.bucket_owner));
        Initiator { display_name, id }
    }

    /// Whether ACLs say nothing.
    pub(crate) fn enforced(&self) -> bool {
        self.enforced
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn owners() -> Owners {
        Owners::new([KnownAccount {
            id: "111111111111".parse().unwrap(),
            canonical_id: "a".repeat(64),
            display_name: Some("Ana".to_owned()),
            email: Some("ana@example.com".to_owned()),
        }])
    }

    #[test]
    fn accounts_are_found_by_id_and_email() {
        let owners = owners();
        let ana = owners.owner(&"111111111111".parse().unwrap());
        assert_eq!(ana.id.as_deref(), Some("a".repeat(64).as_str()));
        assert_eq!(ana.display_name.as_deref(), Some("Ana"));
        assert_eq!(
            owners.with_email("ANA@example.com"),
            Some("a".repeat(64).as_str())
        );
        assert_eq!(owners.with_email("eve@example.com"), None);
        assert!(owners.may_exist(&"b".repeat(64)));
        assert!(!owners.may_exist("_foo"));
    }

    #[test]
    fn a_bucket_owner_can_own_what_others_wrote() {
        let (owner, writer) = (AccountId::default(), "111111111111".parse().unwrap());
        let mut of_bucket = BucketOwners {
            accounts: owners(),
            bucket_owner: owner.clone(),
            enforced: false,
        };
        assert_eq!(of_bucket.account(Some(&writer)), &writer);
        assert_eq!(of_bucket.account(None), &owner);
        of_bucket.enforced = true;
        assert_eq!(of_bucket.account(Some(&writer)), &owner);
    }
}
