//! Encryption at rest: how a writer asks for it, what is kept of it with an object, and the way
//! from there to sealed bytes and back.
//!
//! Every encrypted object is sealed with a data key of its own. The data key is kept with the
//! object, wrapped: under S3's own key, under a KMS key, or under the customer's, which is kept
//! nowhere. A part of an upload is sealed by itself, so that completing an upload needs no key:
//! the object's file is its parts, one after the other.

mod content;
mod customer_key;
mod keyring;
mod kms;
mod object;
mod request;
mod sealing;
mod unsealing;

pub(crate) use content::Content;
pub use customer_key::CustomerKey;
pub(crate) use keyring::{Keyring, check_customer_key, customer_key_not_applicable};
pub use kms::KmsKeyName;
pub(crate) use object::Piece;
pub use object::{EncryptionKind, ObjectEncryption};
pub use request::{Encryption, KmsEncryption};
pub(crate) use sealing::{Sealing, Sink};

use crate::storage::Inner;
use crate::{BucketName, ObjectKey, Result};

impl Inner {
    /// What a new object is to be sealed with: as its writer asks, or else as its bucket is set.
    ///
    /// # Errors
    /// `NoSuchBucket`, `KMS.NotFoundException`.
    pub(crate) fn sealing(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        wanted: Option<&Encryption>,
    ) -> Result<Option<Sealing>> {
        let settings = self.bucket(bucket)?.settings();
        self.keyring
            .seal(wanted, settings.encryption.as_ref(), bucket, key)
    }
}
