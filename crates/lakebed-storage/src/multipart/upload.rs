use std::fs;

use lakebed_core::{AccountId, Timestamp};

use crate::encryption::{Sealing, check_customer_key};
use crate::files::is_absent;
use crate::index::{UploadDetails, UploadRow};
use crate::storage::Inner;
use crate::{
    BucketName, ChecksumAlgorithm, ChecksumType, CustomerKey, Encryption, EncryptionKind, Error,
    ObjectEncryption, ObjectKey, ObjectMetadata, ObjectProperties, Result, Storage, UploadId,
};

/// What the object of an upload is to become.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreateUpload {
    pub metadata: ObjectMetadata,
    pub properties: ObjectProperties,
    /// None is as the bucket is set.
    pub encryption: Option<Encryption>,
    /// The account that begins it; none is the bucket's owner.
    pub owner: Option<AccountId>,
    /// None takes CRC64NVME, and asks nothing of the parts.
    pub algorithm: Option<ChecksumAlgorithm>,
    /// None takes the algorithm's own: `FULL_OBJECT` for CRC64NVME, else `COMPOSITE`.
    pub kind: Option<ChecksumType>,
}

/// A multipart upload that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    pub id: UploadId,
    pub key: ObjectKey,
    pub initiated: Timestamp,
    /// The algorithm asked for.
    pub algorithm: Option<ChecksumAlgorithm>,
    /// None where no algorithm was asked for.
    pub kind: Option<ChecksumType>,
    pub metadata: ObjectMetadata,
    pub properties: ObjectProperties,
    pub encryption: Option<ObjectEncryption>,
    /// The account that began it; none is the bucket's owner.
    pub owner: Option<AccountId>,
}

impl Upload {
    /// Whose key the parts are encrypted with, if they are.
    #[must_use]
    pub fn encryption_kind(&self) -> Option<&EncryptionKind> {
        self.encryption.as_ref().map(|encryption| &encryption.kind)
    }

    pub(super) fn of(row: UploadRow) -> Result<Self> {
        let UploadDetails {
            metadata,
            properties,
            encryption,
            owner,
            algorithm,
            kind,
        } = row.details;
        Ok(Self {
            id: row.id,
            key: ObjectKey::parse(row.key)?,
            initiated: row.initiated,
            kind: algorithm.is_some().then_some(kind),
            algorithm,
            metadata,
            properties,
            encryption,
            owner,
        })
    }
}

impl Storage {
    /// Begins an upload in parts.
    ///
    /// # Errors
    /// `NoSuchBucket`, `MetadataTooLarge`, `InvalidStorageClass`; `InvalidRequest` for a
    /// checksum type the algorithm does not have.
    pub async fn create_multipart_upload(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        create: CreateUpload,
    ) -> Result<Upload> {
        let algorithm = create.algorithm.unwrap_or(ChecksumAlgorithm::Crc64Nvme);
        let kind = create.kind.unwrap_or(algorithm.default_type());
        if !algorithm.supports(kind) {
            return Err(Error::InvalidRequest(format!(
                "The {} checksum type cannot be used with the {} checksum algorithm.",
                kind.as_str(),
                algorithm.as_str().to_lowercase()
            )));
        }
        let row = UploadRow {
            key: key.to_string(),
            id: UploadId::random(),
            initiated: self.inner.platform.clock.now(),
            details: UploadDetails {
                metadata: create.metadata.accept()?,
                properties: create.properties,
                encryption: self
                    .inner
                    .sealing(bucket, key, create.encryption.as_ref())?
                    .map(Sealing::into_encryption),
                owner: create.owner,
                algorithm: create.algorithm,
                kind,
            },
        };
        let bucket = bucket.clone();
        self.blocking(move |inner| {
            let open = inner.bucket(&bucket)?;
            let _namespace = open.enter()?;
            let folder = inner.files.upload(&row.id);
            fs::create_dir(&folder).map_err(Error::file("make the folder of an upload"))?;
            inner.files.sync_parent(&folder)?;
            inner.index.put_upload(&bucket, &row)?;
            Upload::of(row)
        })
        .await
    }

    /// Gives an upload up; its parts are removed.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchUpload`.
    pub async fn abort_multipart_upload(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        upload: &UploadId,
    ) -> Result<()> {
        let (bucket, key, upload) = (bucket.clone(), key.clone(), upload.clone());
        self.blocking(move |inner| {
            inner.bucket(&bucket)?;
            inner.abort_upload(&bucket, key.as_str(), &upload)
        })
        .await
    }
}

impl UploadRow {
    /// # Errors
    /// `InvalidRequest` unless the customer's key is the one the upload was begun with, or neither
    /// has one.
    pub(super) fn check_customer_key(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        customer_key: Option<&CustomerKey>,
    ) -> Result<()> {
        let encryption = self.details.encryption.as_ref();
        let with_customer_key =
            encryption.is_some_and(|encryption| encryption.kind == EncryptionKind::Customer);
        if with_customer_key != customer_key.is_some() {
            return Err(Error::InvalidRequest(
                "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters."
                    .to_owned(),
            ));
        }
        check_customer_key(encryption, bucket, key, customer_key).map_err(|error| match error {
            Error::WrongCustomerKey => Error::InvalidRequest(
                "The provided encryption parameters did not match the ones used originally."
                    .to_owned(),
            ),
            error => error,
        })
    }
}

pub(super) fn no_such_upload(upload: &UploadId) -> Error {
    Error::NoSuchUpload {
        upload: upload.to_string(),
    }
}

impl Inner {
    /// # Errors
    /// `NoSuchBucket`, `NoSuchUpload`.
    pub(super) fn upload(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        upload: &UploadId,
    ) -> Result<UploadRow> {
        self.bucket(bucket)?;
        self.index
            .upload(bucket, key.as_str(), upload)?
            .ok_or_else(|| no_such_upload(upload))
    }

    /// # Errors
    /// `NoSuchUpload`.
    pub(crate) fn abort_upload(
        &self,
        bucket: &BucketName,
        key: &str,
        upload: &UploadId,
    ) -> Result<()> {
        if !self.index.delete_upload(bucket, key, upload)? {
            return Err(no_such_upload(upload));
        }
        self.discard_upload(upload);
        Ok(())
    }

    /// Removes the parts of an upload that has ended; start-up does it if this fails.
    pub(crate) fn discard_upload(&self, upload: &UploadId) {
        match self.files.discard(&self.files.upload(upload)) {
            Ok(folder) => drop(folder),
            Err(error) if is_absent(&error) => {}
            Err(error) => tracing::warn!(%upload, %error, "cannot remove the parts of an upload"),
        }
    }
}
