use lakebed_core::rusqlite::{Connection, OptionalExtension, params};
use lakebed_core::{AccountId, Arn, MetadataStore, Region};
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

/// The KMS keys of the account, in the metadata database.
#[derive(Debug)]
pub(super) struct KmsKeys {
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
    pub(super) fn open(store: MetadataStore, region: Region, account: AccountId) -> Result<Self> {
        store.define(TABLES)?;
        Ok(Self {
            store,
            region,
            account,
        })
    }

    /// Makes a key unless there is one with this id; an alias that is another key's becomes this
    /// one's.
    pub(super) fn add(&self, id: &str, alias: Option<&str>) -> Result<Arn> {
        let material = super::keyring::random_key()?;
        self.store.write(|transaction| -> Result<()> {
            transaction.execute(
                "INSERT OR IGNORE INTO kms_keys (id, material) VALUES (?1, ?2)",
                params![id, material],
            )?;
            if let Some(alias) = alias {
                transaction.execute(
                    "INSERT OR REPLACE INTO kms_aliases (alias, key) VALUES (?1, ?2)",
                    params![alias, id],
                )?;
            }
            Ok(())
        })?;
        Ok(self.arn(id))
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
        if local == S3_ALIAS
            && self
                .store
                .read(|connection| key_of_alias(connection, local))?
                .is_none()
        {
            self.add(&Uuid::new_v4().to_string(), Some(S3_ALIAS))?;
        }
        let found = self.store.read(|connection| -> Result<_> {
            let id = match local.starts_with("alias/") {
                true => key_of_alias(connection, local)?,
                false => Some(local.to_owned()),
            };
            let Some(id) = id else {
                return Ok(None);
            };
            let material = connection
                .prepare_cached("SELECT material FROM kms_keys WHERE id = ?1")?
                .query_row([&id], |row| row.get(0))
                .optional()?;
            Ok(material.map(|material| (id, material)))
        })?;
        found
            .map(|(id, material)| KmsKey {
                arn: self.arn(&id),
                material,
            })
            .ok_or_else(|| self.not_found(name, local))
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

fn key_of_alias(connection: &Connection, alias: &str) -> Result<Option<String>> {
    Ok(connection
        .prepare_cached("SELECT key FROM kms_aliases WHERE alias = ?1")?
        .query_row([alias], |row| row.get(0))
        .optional()?)
}
