use lakebed_core::rusqlite::{Connection, OptionalExtension, params};
use lakebed_core::{AccountId, Arn, MetadataStore, Region, Transaction};
use uuid::Uuid;

use crate::seal::KEY_BYTES;
use crate::{Error, Result};

/// The alias of the key that S3 uses where a writer names none; made when it is first needed.
const S3_ALIAS: &str = "alias/aws/s3";

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS kms_keys (
    id TEXT PRIMARY KEY,
    material BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kms_aliases (
    alias TEXT PRIMARY KEY,
    key TEXT NOT NULL
) WITHOUT ROWID;
";

/// A KMS key there is to be; made when it is first needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KmsKeyName {
    pub id: String,
    /// Such as `alias/lake`.
    pub alias: Option<String>,
}

/// The KMS keys of the account, in the metadata database.
#[derive(Debug)]
pub(super) struct KmsKeys {
    declared: Vec<KmsKeyName>,
    store: MetadataStore,
    region: Region,
    account: AccountId,
}

/// A KMS key that was found.
#[derive(Clone)]
pub(super) struct KmsKey {
    pub(super) arn: Arn,
    pub(super) material: [u8; KEY_BYTES],
}

impl KmsKeys {
    pub(super) fn open(
        store: MetadataStore,
        region: Region,
        account: AccountId,
        declared: Vec<KmsKeyName>,
    ) -> Result<Self> {
        store.define(TABLES)?;
        Ok(Self {
            declared,
            store,
            region,
            account,
        })
    }

    /// Finds a key by its id, its alias, or the ARN of either; without a name, S3's own.
    ///
    /// # Errors
    /// `KMS.NotFoundException`.
    pub(super) fn find(&self, name: Option<&str>) -> Result<KmsKey> {
        let name = name.unwrap_or(S3_ALIAS);
        let local = match name.strip_prefix("arn:") {
            Some(_) => self.within_arn(name)?,
            None => name,
        };
        let declared = self
            .declared
            .iter()
            .find(|key| key.id == local || key.alias.as_deref() == Some(local));
        let id = match declared {
            Some(key) => Some(key.id.clone()),
            None if local == S3_ALIAS => Some(self.s3_key()?),
            None if local.starts_with("alias/") => None,
            None => Some(local.to_owned()),
        };
        let material = match (&id, declared) {
            (None, _) => None,
            (Some(id), None) => self.material(id)?,
            (Some(id), Some(_)) => match self.material(id)? {
                Some(material) => Some(material),
                None => self.store.write(|transaction| make(transaction, id))?,
            },
        };
        id.zip(material)
            .map(|(id, material)| KmsKey {
                arn: self.arn(&id),
                material,
            })
            .ok_or_else(|| self.not_found(name, local))
    }

    /// The id of the account's own key for S3.
    fn s3_key(&self) -> Result<String> {
        let find = "SELECT key FROM kms_aliases WHERE alias = ?1";
        let found = self.store.read(|connection| -> Result<_> {
            let mut statement = connection.prepare_cached(find)?;
            Ok(statement
                .query_row([S3_ALIAS], |row| row.get(0))
                .optional()?)
        })?;
        if let Some(found) = found {
            return Ok(found);
        }
        self.store.write(|transaction| {
            let found = transaction
                .query_row(find, [S3_ALIAS], |row| row.get(0))
                .optional()?;
            if let Some(found) = found {
                return Ok(found);
            }
            let id = Uuid::new_v4().to_string();
            make(transaction, &id)?;
            transaction.execute(
                "INSERT INTO kms_aliases (alias, key) VALUES (?1, ?2)",
                params![S3_ALIAS, id],
            )?;
            Ok(id)
        })
    }

    fn material(&self, id: &str) -> Result<Option<[u8; KEY_BYTES]>> {
        self.store.read(|connection| material(connection, id))
    }

    /// The part of an ARN that names the key within account and region.
    fn within_arn<'name>(&self, arn: &'name str) -> Result<&'name str> {
        let fields: Vec<&str> = arn.splitn(6, ':').collect();
        let [_, _, "kms", region, account, resource] = fields[..] else {
            return Err(Error::KmsKeyNotFound(format!("Invalid arn {arn}")));
        };
        if region != self.region.as_str() {
            return Err(Error::KmsKeyNotFound(format!("Invalid arn {region}")));
        }
        if account != self.account.as_str() {
            return Err(self.not_found(arn, resource));
        }
        Ok(resource.strip_prefix("key/").unwrap_or(resource))
    }

    fn not_found(&self, name: &str, local: &str) -> Error {
        Error::KmsKeyNotFound(if name.starts_with("arn:") {
            format!("Key '{name}' does not exist")
        } else if local.starts_with("alias/") {
            let arn = Arn::regional("kms", &self.region, &self.account, local);
            format!("Alias {arn} is not found.")
        } else if Uuid::try_parse(local).is_ok() {
            format!("Key '{}' does not exist", self.arn(local))
        } else {
            format!("Invalid keyId '{local}'")
        })
    }

    fn arn(&self, id: &str) -> Arn {
        Arn::regional("kms", &self.region, &self.account, &format!("key/{id}"))
    }
}

fn material(connection: &Connection, id: &str) -> Result<Option<[u8; KEY_BYTES]>> {
    Ok(connection
        .prepare_cached("SELECT material FROM kms_keys WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?)
}

/// Makes a key unless somebody else just did; gives its material.
fn make(transaction: &Transaction<'_>, id: &str) -> Result<Option<[u8; KEY_BYTES]>> {
    transaction.execute(
        "INSERT OR IGNORE INTO kms_keys (id, material) VALUES (?1, ?2)",
        params![id, super::keyring::random_key()?],
    )?;
    material(transaction, id)
}
