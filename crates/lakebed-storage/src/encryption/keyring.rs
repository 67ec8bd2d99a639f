use std::collections::BTreeMap;

use lakebed_core::rusqlite::{OptionalExtension, params};
use lakebed_core::{AccountId, MetadataStore, Region};

use super::kms::{KmsKeyName, KmsKeys};
use super::object::{EncryptionKind, ObjectEncryption, WrappedKey, encryption_context};
use super::{CustomerKey, Encryption, Sealing};
use crate::seal::{DataKey, KEY_BYTES};
use crate::settings::BucketEncryption;
use crate::{BucketName, Error, ObjectKey, Result};

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS s3_root_key (
    material BLOB NOT NULL
);
";

/// The keys that data keys are wrapped under. Those that are kept are in the metadata database:
/// whoever has the database can read what S3 and KMS encrypted, but not what customers did.
#[derive(Debug)]
pub(crate) struct Keyring {
    store: MetadataStore,
    kms: KmsKeys,
}

/// The keys that open an object.
#[derive(Debug)]
pub(crate) struct DataKeys {
    pub(super) inner: DataKey,
    /// Of the outer of two layers.
    pub(super) outer: Option<DataKey>,
}

impl Keyring {
    pub(crate) fn open(
        store: MetadataStore,
        region: Region,
        account: AccountId,
        kms_keys: Vec<KmsKeyName>,
    ) -> Result<Self> {
        store.define(TABLES)?;
        Ok(Self {
            kms: KmsKeys::open(store.clone(), region, account, kms_keys)?,
            store,
        })
    }

    /// Makes a data key for a new object as its writer asks, or else as its bucket is set; none if
    /// neither asks for encryption.
    ///
    /// # Errors
    /// `KMS.NotFoundException`.
    pub(crate) fn seal(
        &self,
        wanted: Option<&Encryption>,
        default: Option<&BucketEncryption>,
        bucket: &BucketName,
        key: &ObjectKey,
    ) -> Result<Option<Sealing>> {
        let of_bucket;
        let wanted = match (wanted, default) {
            (Some(wanted), _) => wanted,
            (None, Some(default)) => {
                of_bucket = Encryption::of_bucket(default);
                &of_bucket
            }
            (None, None) => return Ok(None),
        };
        let (kind, wrapping_key) = match wanted {
            Encryption::S3 => (EncryptionKind::S3, self.root_key()?),
            Encryption::Customer(customer) => (EncryptionKind::Customer, *customer.as_bytes()),
            Encryption::Kms(kms) => {
                let found = self.kms.find(kms.key.as_deref())?;
                let kind = EncryptionKind::Kms {
                    key_arn: found.arn.into(),
                    dual_layer: kms.dual_layer,
                    // DSSE-KMS has no bucket keys.
                    bucket_key: !kms.dual_layer
                        && kms
                            .bucket_key
                            .unwrap_or(default.is_some_and(|default| default.bucket_key)),
                    context: kms.context.clone(),
                };
                (kind, found.material)
            }
        };
        let context = spell(&encryption_context(&kind, bucket, key));
        let inner = random_data_key()?;
        let outer = match kind {
            EncryptionKind::Kms {
                dual_layer: true, ..
            } => Some(random_data_key()?),
            _ => None,
        };
        let encryption = ObjectEncryption {
            key: wrap(&inner, &wrapping_key, &context)?,
            outer_key: match &outer {
                Some(outer) => Some(wrap(outer, &self.root_key()?, &context)?),
                None => None,
            },
            kind,
            pieces: Vec::new(),
        };
        Ok(Some(Sealing {
            keys: DataKeys { inner, outer },
            encryption,
        }))
    }

    /// Goes on with an encryption that was begun, such as that of an upload.
    ///
    /// # Errors
    /// As [`Self::data_keys`].
    pub(crate) fn resume(
        &self,
        encryption: &ObjectEncryption,
        bucket: &BucketName,
        key: &ObjectKey,
        customer_key: Option<&CustomerKey>,
    ) -> Result<Sealing> {
        Ok(Sealing {
            keys: self.data_keys(encryption, bucket, key, customer_key)?,
            encryption: encryption.clone(),
        })
    }

    /// The keys that open an object.
    ///
    /// # Errors
    /// `AccessDenied` for another customer's key, `KMS.NotFoundException`; `InvalidRequest` for a
    /// customer's key that is missing or not needed.
    pub(crate) fn data_keys(
        &self,
        encryption: &ObjectEncryption,
        bucket: &BucketName,
        key: &ObjectKey,
        customer_key: Option<&CustomerKey>,
    ) -> Result<DataKeys> {
        let wrapping_key = match (&encryption.kind, customer_key) {
            (EncryptionKind::Customer, Some(customer_key)) => *customer_key.as_bytes(),
            (EncryptionKind::Customer, None) => return Err(customer_key_missing()),
            (_, Some(_)) => return Err(customer_key_not_applicable()),
            (EncryptionKind::S3, None) => self.root_key()?,
            (EncryptionKind::Kms { key_arn, .. }, None) => self.kms.find(Some(key_arn))?.material,
        };
        let context = spell(&encryption_context(&encryption.kind, bucket, key));
        let unwrap = |wrapped: &WrappedKey, under: &[u8; KEY_BYTES]| {
            DataKey::unwrap(&wrapped.0, under, &context)
        };
        let inner = unwrap(&encryption.key, &wrapping_key).ok_or(match encryption.kind {
            EncryptionKind::Customer => Error::WrongCustomerKey,
            _ => Error::DataKey,
        })?;
        let outer = match &encryption.outer_key {
            Some(outer) => Some(unwrap(outer, &self.root_key()?).ok_or(Error::DataKey)?),
            None => None,
        };
        Ok(DataKeys { inner, outer })
    }

    /// S3's own key, made when it is first needed.
    fn root_key(&self) -> Result<[u8; KEY_BYTES]> {
        let find = "SELECT material FROM s3_root_key";
        let found = self.store.read(|connection| -> Result<_> {
            let mut statement = connection.prepare_cached(find)?;
            Ok(statement.query_row([], |row| row.get(0)).optional()?)
        })?;
        if let Some(found) = found {
            return Ok(found);
        }
        let fresh = random_key()?;
        self.store.write(|transaction| {
            let found = transaction
                .query_row(find, [], |row| row.get(0))
                .optional()?;
            if let Some(found) = found {
                return Ok(found);
            }
            transaction.execute(
                "INSERT INTO s3_root_key (material) VALUES (?1)",
                params![fresh],
            )?;
            Ok(fresh)
        })
    }
}

/// Whether a customer's key is the one an object was encrypted with.
///
/// # Errors
/// As [`Keyring::data_keys`].
pub(crate) fn check_customer_key(
    encryption: Option<&ObjectEncryption>,
    bucket: &BucketName,
    key: &ObjectKey,
    customer_key: Option<&CustomerKey>,
) -> Result<()> {
    let encryption = encryption.filter(|encryption| encryption.kind == EncryptionKind::Customer);
    match (encryption, customer_key) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(customer_key_not_applicable()),
        (Some(_), None) => Err(customer_key_missing()),
        (Some(encryption), Some(customer_key)) => {
            let context = spell(&encryption_context(&encryption.kind, bucket, key));
            DataKey::unwrap(&encryption.key.0, customer_key.as_bytes(), &context)
                .map(drop)
                .ok_or(Error::WrongCustomerKey)
        }
    }
}

fn customer_key_missing() -> Error {
    Error::InvalidRequest(
        "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object."
            .to_owned(),
    )
}

pub(crate) fn customer_key_not_applicable() -> Error {
    Error::InvalidRequest("The encryption parameters are not applicable to this object.".to_owned())
}

pub(super) fn random_key() -> Result<[u8; KEY_BYTES]> {
    random_data_key().map(|key| *key.as_bytes())
}

fn random_data_key() -> Result<DataKey> {
    DataKey::random().map_err(Error::file("make a key"))
}

fn wrap(key: &DataKey, under: &[u8; KEY_BYTES], context: &str) -> Result<WrappedKey> {
    key.wrap(under, context)
        .map(WrappedKey)
        .map_err(Error::file("wrap a data key"))
}

/// An encryption context as bytes to authenticate. Names and values cannot run into each other.
fn spell(context: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    for (name, value) in context {
        for part in [name, value] {
            text.push_str(&part.len().to_string());
            text.push(':');
            text.push_str(part);
        }
    }
    text
}
