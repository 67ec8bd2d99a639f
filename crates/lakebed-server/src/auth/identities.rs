//! The accounts, users and access keys there are, from a TOML file. docs/access.md describes it.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lakebed_core::{AccountId, Arn};
use lakebed_govern::policy::{Policy, check_identity_policy};
use lakebed_storage::KmsKeyName;
use serde::Deserialize;

/// Who may sign requests. What is not in the file is as on an account of its own: the root of the
/// account that the server is started with, and no keys.
#[derive(Debug, Default)]
pub(crate) struct Identities {
    accounts: BTreeMap<AccountId, Arc<Identity>>,
    users: HashMap<Arn, Arc<Identity>>,
    keys: HashMap<String, Key>,
    kms_keys: Vec<KmsKeyName>,
}

/// A root or a user.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Identity {
    pub(crate) account: AccountId,
    /// The account's canonical user id: 64 hexadecimal digits.
    pub(crate) canonical_id: String,
    /// What S3 shows as the account's name.
    pub(crate) display_name: Option<String>,
    /// The account's address, by which grants may name it.
    pub(crate) email: Option<String>,
    pub(crate) arn: Arn,
    /// Identity-based policies.
    pub(crate) policies: Vec<Policy>,
}

impl Identity {
    /// Whether it is the account itself, which has no policies.
    pub(crate) fn is_root(&self) -> bool {
        self.arn.as_str().ends_with(":root")
    }
}

/// An access key's secret and whose it is.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) secret: String,
    pub(crate) identity: Arc<Identity>,
}

/// The file of identities cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IdentitiesError {
    /// It cannot be read.
    #[error("cannot read the identities in '{}'", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// It is not TOML, or not of the form of docs/access.md.
    #[error("the identities in '{}' are malformed", path.display())]
    Malformed {
        path: PathBuf,
        #[source]
        source: Box<toml::de::Error>,
    },
    /// Something is in it twice or not as it must be.
    #[error("the identities in '{}' cannot be used: {reason}", path.display())]
    Invalid { path: PathBuf, reason: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    accounts: Vec<Account>,
    #[serde(default)]
    kms_keys: Vec<KmsKey>,
}

/// A key of the account that the server is started with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KmsKey {
    id: String,
    alias: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    id: AccountId,
    canonical_id: Option<String>,
    display_name: Option<String>,
    email: Option<String>,
    #[serde(default)]
    access_keys: Vec<AccessKey>,
    #[serde(default)]
    users: Vec<User>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    name: String,
    #[serde(default = "root_path")]
    path: String,
    #[serde(default)]
    policies: Vec<PolicyText>,
    #[serde(default)]
    access_keys: Vec<AccessKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccessKey {
    id: String,
    secret: String,
}

/// A policy as JSON, or as the same in TOML.
#[derive(Deserialize)]
#[serde(untagged)]
enum PolicyText {
    Json(String),
    Table(toml::Table),
}

fn root_path() -> String {
    "/".to_owned()
}

impl Identities {
    /// Reads the file.
    ///
    /// # Errors
    /// [`IdentitiesError`].
    pub(crate) fn load(path: &Path) -> Result<Self, IdentitiesError> {
        let text = std::fs::read_to_string(path).map_err(|source| IdentitiesError::Read {
            path: path.to_owned(),
            source,
        })?;
        let file: File = toml::from_str(&text).map_err(|source| IdentitiesError::Malformed {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        Self::of(file).map_err(|reason| IdentitiesError::Invalid {
            path: path.to_owned(),
            reason,
        })
    }

    fn of(file: File) -> Result<Self, String> {
        let mut identities = Self::default();
        for account in file.accounts {
            identities.add_account(account)?;
        }
        for key in file.kms_keys {
            identities.add_kms_key(key)?;
        }
        Ok(identities)
    }

    fn add_account(&mut self, account: Account) -> Result<(), String> {
        let canonical_id = account
            .canonical_id
            .unwrap_or_else(|| account.id.canonical_id());
        let is_canonical =
            canonical_id.len() == 64 && canonical_id.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_canonical {
            return Err(format!(
                "the canonical id '{canonical_id}' is not 64 hexadecimal digits"
            ));
        }
        let root = Identity {
            arn: Arn::global("iam", &account.id, "root"),
            canonical_id,
            display_name: account.display_name,
            email: account.email,
            policies: Vec::new(),
            account: account.id.clone(),
        };
        for user in account.users {
            let resource = format!("user/{}{}", user.path.trim_start_matches('/'), user.name);
            let arn = Arn::global("iam", &account.id, &resource);
            let policies = user.policies.into_iter().map(PolicyText::into_json);
            let policies = policies.map(|json| check_identity_policy(&json));
            let policies = policies.collect::<Result<_, _>>();
            let identity = Arc::new(Identity {
                policies: policies.map_err(|error| format!("a policy of {arn}: {error}"))?,
                arn,
                ..root.clone()
            });
            self.add_keys(user.access_keys, &identity)?;
            let arn = identity.arn.clone();
            if self.users.insert(arn.clone(), identity).is_some() {
                return Err(format!("{arn} is there twice"));
            }
        }
        let root = Arc::new(root);
        self.add_keys(account.access_keys, &root)?;
        if self.accounts.insert(account.id.clone(), root).is_some() {
            return Err(format!("the account {} is there twice", account.id));
        }
        Ok(())
    }

    fn add_keys(&mut self, keys: Vec<AccessKey>, identity: &Arc<Identity>) -> Result<(), String> {
        for key in keys {
            let found = Key {
                secret: key.secret,
                identity: Arc::clone(identity),
            };
            if self.keys.insert(key.id.clone(), found).is_some() {
                return Err(format!("the access key {} is there twice", key.id));
            }
        }
        Ok(())
    }

    fn add_kms_key(&mut self, KmsKey { id, alias }: KmsKey) -> Result<(), String> {
        let malformed = |alias: &&String| !alias.starts_with("alias/") || alias.len() == 6;
        if let Some(alias) = alias.as_ref().filter(malformed) {
            return Err(format!(
                "the KMS alias '{alias}' is not of the form alias/NAME"
            ));
        }
        if id.is_empty() || self.kms_keys.iter().any(|key| key.id == id) {
            return Err(format!("the KMS key '{id}' has no id, or is there twice"));
        }
        if alias.is_some() && self.kms_keys.iter().any(|key| key.alias == alias) {
            return Err(format!("the KMS key '{id}' has the alias of another"));
        }
        self.kms_keys.push(KmsKeyName { id, alias });
        Ok(())
    }

    /// The KMS keys in the file.
    pub(crate) fn kms_keys(&self) -> &[KmsKeyName] {
        &self.kms_keys
    }

    /// The access key, if it is known.
    pub(crate) fn key(&self, access_key: &str) -> Option<&Key> {
        self.keys.get(access_key)
    }

    /// The root of an account, known or not.
    pub(crate) fn root(&self, account: &AccountId) -> Arc<Identity> {
        match self.accounts.get(account) {
            Some(root) => Arc::clone(root),
            None => Arc::new(Identity {
                account: account.clone(),
                canonical_id: account.canonical_id(),
                display_name: None,
                email: None,
                arn: Arn::global("iam", account, "root"),
                policies: Vec::new(),
            }),
        }
    }

    /// Whose a session is: the user's or root's it was given to, or a role's, which has no
    /// policies.
    pub(crate) fn of_session(&self, account: &AccountId, arn: &Arn) -> Arc<Identity> {
        let root = self.root(account);
        if root.arn == *arn {
            return root;
        }
        self.users.get(arn).cloned().unwrap_or_else(|| {
            Arc::new(Identity {
                arn: arn.clone(),
                ..(*root).clone()
            })
        })
    }

    /// Every account in the file, by its root.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = &Identity> {
        self.accounts.values().map(AsRef::as_ref)
    }
}

impl PolicyText {
    fn into_json(self) -> String {
        match self {
            Self::Json(text) => text,
            Self::Table(table) => serde_json::to_string(&table).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    const FILE: &str = r#"
        [[accounts]]
        id = "111111111111"
        canonical_id = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        display_name = "lake"
        access_keys = [{ id = "ROOT", secret = "r" }]

        [[accounts.users]]
        name = "ana"
        path = "/team/"
        access_keys = [{ id = "ANA", secret = "a" }]
        policies = [
            '{"Version":"2012-10-17","Statement":[]}',
            { Version = "2012-10-17", Statement = [] },
        ]

        [[accounts]]
        id = "222222222222"
    "#;

    fn load(text: &str) -> Result<Identities, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identities.toml");
        std::fs::write(&path, text).unwrap();
        Identities::load(&path).map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            cause.unwrap_or_else(|| error.to_string())
        })
    }

    #[test]
    fn keys_are_of_roots_and_users() {
        let identities = load(FILE).unwrap();
        let root = &identities.key("ROOT").unwrap().identity;
        assert_eq!(root.arn.as_str(), "arn:aws:iam::111111111111:root");
        assert_eq!(root.display_name.as_deref(), Some("lake"));
        let key = identities.key("ANA").unwrap();
        assert_eq!(key.secret, "a");
        assert_eq!(
            key.identity.arn.as_str(),
            "arn:aws:iam::111111111111:user/team/ana"
        );
        assert_eq!(key.identity.canonical_id, "a".repeat(64));
        let policy = r#"{"Version":"2012-10-17","Statement":[]}"#;
        let written = Policy::parse(policy).unwrap();
        assert_eq!(key.identity.policies, [written.clone(), written]);
        assert!(identities.key("EVE").is_none());
    }

    #[test]
    fn kms_keys_have_ids_and_may_have_aliases() {
        let file = r#"
            kms_keys = [{ id = "k1", alias = "alias/lake" }, { id = "k2" }]
        "#;
        let identities = load(file).unwrap();
        let ids: Vec<_> = identities.kms_keys().iter().map(|key| &key.id).collect();
        assert_eq!(ids, ["k1", "k2"]);
        for wrong in [
            r#"kms_keys = [{ id = "k1" }, { id = "k1" }]"#,
            r#"kms_keys = [{ id = "k1", alias = "lake" }]"#,
            r#"kms_keys = [{ id = "k1", alias = "alias/a" }, { id = "k2", alias = "alias/a" }]"#,
        ] {
            assert!(load(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn accounts_that_are_not_in_the_file_have_a_root_too() {
        let identities = load(FILE).unwrap();
        let root = identities.root(&"333333333333".parse().unwrap());
        assert_eq!(root.arn.as_str(), "arn:aws:iam::333333333333:root");
        assert_eq!(root.canonical_id, format!("{:0>64}", "333333333333"));
    }

    #[test]
    fn sessions_have_the_policies_of_who_they_were_given_to() {
        let identities = load(FILE).unwrap();
        let account: AccountId = "111111111111".parse().unwrap();
        let user = Arn::global("iam", &account, "user/team/ana");
        assert_eq!(identities.of_session(&account, &user).policies.len(), 2);
        let role = Arn::global("sts", &account, "assumed-role/Crawler/one");
        let role = identities.of_session(&account, &role);
        assert_eq!(role.canonical_id, "a".repeat(64));
        assert!(role.policies.is_empty());
    }

    #[rstest]
    #[case("accounts = 1", "invalid type")]
    #[case("[[accounts]]\nid = \"1\"", "account id must be 12 digits, got '1'")]
    #[case(
        "[[accounts]]\nid = \"111111111111\"\ncolour = 1",
        "unknown field `colour`"
    )]
    #[case(
        "[[accounts]]\nid = \"111111111111\"\nusers = [{ name = \"ana\", policies = [\"{}\"] }]",
        "a policy of arn:aws:iam::111111111111:user/ana: Missing required field Statement"
    )]
    #[case(
        "[[accounts]]\nid = \"111111111111\"\ncanonical_id = \"x\"",
        "the canonical id 'x'"
    )]
    #[case(
        "[[accounts]]\nid = \"111111111111\"\n[[accounts]]\nid = \"111111111111\"",
        "the account 111111111111 is there twice"
    )]
    #[case(
        "[[accounts]]\nid = \"111111111111\"\naccess_keys = [{ id = \"A\", secret = \"\" }, { id = \"A\", secret = \"\" }]",
        "the access key A is there twice"
    )]
    fn a_wrong_file_says_what_is_wrong(#[case] text: &str, #[case] reason: &str) {
        let refused = load(text).unwrap_err();
        assert!(refused.contains(reason), "{refused}");
    }
}
