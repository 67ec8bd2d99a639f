use lakebed_core::AccountId;

use crate::commit::NewObject;
use crate::digest::BodyChecks;
use crate::staging::MAX_BODY_BYTES;
use crate::{
    BucketName, ByteStream, Encryption, Error, ObjectChecksum, ObjectInfo, ObjectKey,
    ObjectMetadata, ObjectProperties, Result, Storage, WriteCondition,
};

/// How an object is to be put.
#[derive(Debug, Default)]
pub struct PutObject {
    pub metadata: ObjectMetadata,
    pub checks: BodyChecks,
    pub condition: WriteCondition,
    pub properties: ObjectProperties,
    /// None is as the bucket is set.
    pub encryption: Option<Encryption>,
    /// The account that writes; none is the bucket's owner.
    pub owner: Option<AccountId>,
    /// It comes by a form of a browser, which its event tells.
    pub by_form: bool,
}

impl Storage {
    /// Puts an object in one piece. Readers see the old object until the new one is whole.
    ///
    /// # Errors
    /// `NoSuchBucket`, `PreconditionFailed`, `BadDigest`, `IncompleteBody`, `EntityTooLarge`
    /// above 5 GiB, `MetadataTooLarge`, `InvalidStorageClass`, `KMS.NotFoundException`.
    pub async fn put_object(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        body: ByteStream,
        put: PutObject,
    ) -> Result<ObjectInfo> {
        let PutObject {
            metadata,
            checks,
            condition,
            properties,
            encryption,
            owner,
            by_form,
        } = put;
        let metadata = metadata.accept()?;
        refuse_too_large(checks.content_length)?;
        let sealing = self.inner.sealing(bucket, key, encryption.as_ref())?;
        let (bucket, key) = (bucket.clone(), key.clone());
        self.inner
            .stage_body(body, checks, sealing, move |inner, staged| {
                let new = NewObject {
                    etag: staged.etag,
                    metadata,
                    properties,
                    owner,
                    checksum: ObjectChecksum::full_object(staged.digest.checksum),
                    parts: Vec::new(),
                    upload: None,
                    operation: if by_form { "Post" } else { "Put" },
                };
                inner.commit(&bucket, &key, staged.finished, new, &condition)
            })
            .await
    }
}

/// # Errors
/// `EntityTooLarge`, before any byte is taken.
pub(crate) fn refuse_too_large(content_length: Option<u64>) -> Result<()> {
    match content_length {
        Some(length) if length > MAX_BODY_BYTES => Err(Error::EntityTooLarge {
            max_bytes: MAX_BODY_BYTES,
        }),
        _ => Ok(()),
    }
}
