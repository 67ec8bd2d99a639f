use std::fs::File;
use std::io;
use std::ops::Range;

use lakebed_core::AccountId;

use crate::commit::NewObject;
use crate::encryption::{Content, Sealing};
use crate::index::ObjectRow;
use crate::staging::{Finished, MAX_BODY_BYTES, Staged, Staging};
use crate::storage::Inner;
use crate::{
    BucketName, ChecksumAlgorithm, ChecksumType, CustomerKey, ETag, Encryption, Error,
    ObjectChecksum, ObjectInfo, ObjectKey, ObjectMetadata, ObjectProperties, ReadConditions,
    Result, Storage, VersionId, WriteCondition,
};

/// How an object is to be copied.
#[derive(Debug, Clone, Default)]
pub struct CopyObject {
    /// What must hold of the source; if it does not, the copy fails with `PreconditionFailed`.
    pub source_conditions: ReadConditions,
    /// The version of the source; none is its current one.
    pub source_version: Option<VersionId>,
    /// The metadata of the copy; none keeps that of the source, but for the storage class.
    pub metadata: Option<ObjectMetadata>,
    /// The storage class of a copy that keeps its metadata; none is `STANDARD`.
    pub storage_class: Option<String>,
    /// The checksum of the copy; none keeps the algorithm of the source.
    pub algorithm: Option<ChecksumAlgorithm>,
    /// What must hold of what is overwritten.
    pub condition: WriteCondition,
    pub properties: ObjectProperties,
    /// How the copy is encrypted; none is as its bucket is set.
    pub encryption: Option<Encryption>,
    /// The key the source was encrypted with, if a customer's was.
    pub source_customer_key: Option<CustomerKey>,
    /// Takes the tags of the source instead of those in [`Self::properties`].
    pub keep_tags: bool,
    /// The account that writes; none is the bucket's owner.
    pub owner: Option<AccountId>,
}

impl Storage {
    /// Copies an object, from one bucket to another or within one.
    ///
    /// The copy is an object in one piece, so the ETag of one uploaded in parts changes.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchKey`, `PreconditionFailed`; `InvalidRequest` for a copy onto
    /// itself that changes nothing, and for a source above 5 GiB.
    pub async fn copy_object(
        &self,
        source: (&BucketName, &ObjectKey),
        target: (&BucketName, &ObjectKey),
        copy: CopyObject,
    ) -> Result<ObjectInfo> {
        let source = (source.0.clone(), source.1.clone());
        let target = (target.0.clone(), target.1.clone());
        self.blocking(move |inner| {
            inner.bucket(&target.0)?;
            if source == target && !copy.changes_something() {
                return Err(Error::InvalidRequest(
                    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."
                        .to_owned(),
                ));
            }
            inner.copy(&source, &target, &copy)
        })
        .await
    }
}

impl CopyObject {
    fn changes_something(&self) -> bool {
        self.metadata.is_some()
            || self.storage_class.is_some()
            || self.source_version.is_some()
            || self.encryption.is_some()
    }

    fn properties_from(&self, source: &ObjectInfo) -> ObjectProperties {
        let mut properties = self.properties.clone();
        if self.keep_tags {
            properties.tags = source.properties.tags.clone();
        }
        properties
    }

    fn metadata_from(&self, source: &ObjectInfo) -> Result<ObjectMetadata> {
        match &self.metadata {
            Some(metadata) => metadata.clone(),
            None => ObjectMetadata {
                storage_class: self.storage_class.clone(),
                website_redirect_location: None,
                ..source.metadata.clone()
            },
        }
        .accept()
    }
}

impl Inner {
    fn copy(
        &self,
        source: &(BucketName, ObjectKey),
        target: &(BucketName, ObjectKey),
        copy: &CopyObject,
    ) -> Result<ObjectInfo> {
        let (row, content) = self.open_object(
            &source.0,
            &source.1,
            copy.source_version.as_ref(),
            copy.source_customer_key.as_ref(),
        )?;
        copy.source_conditions.check_source(&row.object)?;
        if row.object.size > MAX_BODY_BYTES {
            return Err(Error::InvalidRequest(format!(
                "The specified copy source is larger than the maximum allowable size for a copy source: {MAX_BODY_BYTES}"
            )));
        }
        let metadata = copy.metadata_from(&row.object)?;
        let sealing = self.sealing(&target.0, &target.1, copy.encryption.as_ref())?;
        let (finished, etag, checksum) = match (known_digest(&row, copy.algorithm), content) {
            (Some((etag, checksum)), Content::Plain(mut file)) if sealing.is_none() => {
                (self.clone_file(&row, &mut file)?, etag, checksum)
            }
            (_, content) => {
                let stored = row.object.checksum.as_ref();
                let algorithm = copy
                    .algorithm
                    .or(stored.map(|checksum| checksum.checksum.algorithm()))
                    .unwrap_or(ChecksumAlgorithm::Crc64Nvme);
                let staged = self.stage_content(content, 0..row.object.size, algorithm, sealing)?;
                (
                    staged.finished,
                    staged.etag,
                    ObjectChecksum::full_object(staged.digest.checksum),
                )
            }
        };
        let new = NewObject {
            etag,
            metadata,
            properties: copy.properties_from(&row.object),
            owner: copy.owner.clone(),
            checksum,
            parts: Vec::new(),
            upload: None,
            operation: "Copy",
        };
        self.commit(&target.0, &target.1, finished, new, &copy.condition)
    }

    /// Copies bytes whose digests are known; the system may do it without moving them.
    fn clone_file(&self, row: &ObjectRow, file: &mut File) -> Result<Finished> {
        let (temp, mut copy) = self.files.stage()?;
        io::copy(file, &mut copy).map_err(Error::file("copy an object"))?;
        let stamp = self.files.finish(&copy)?;
        if stamp.size != row.object.size {
            return Err(Error::Changing {
                key: row.key.clone(),
            });
        }
        Ok(Finished {
            file: temp,
            stamp,
            size: stamp.size,
            encryption: None,
            crc64nvme: row.file.crc64nvme,
        })
    }

    /// Copies and hashes a range of an object's bytes, and encrypts them if that is asked for.
    pub(crate) fn stage_content(
        &self,
        mut content: Content,
        mut range: Range<u64>,
        algorithm: ChecksumAlgorithm,
        sealing: Option<Sealing>,
    ) -> Result<Staged> {
        let mut staging = Staging::begin(&self.files, algorithm, sealing)?;
        while !range.is_empty() {
            let chunk = content
                .read_chunk(&range)
                .map_err(Error::file("read a copy's source"))?;
            range.start += chunk.len() as u64;
            staging = staging.write(chunk)?;
        }
        staging.finish(&self.files)
    }
}

/// The tag and checksum of a copy, where the source's own serve: it is of one piece, and its
/// checksum is of the algorithm asked for.
fn known_digest(
    row: &ObjectRow,
    algorithm: Option<ChecksumAlgorithm>,
) -> Option<(ETag, ObjectChecksum)> {
    row.object.etag.md5()?;
    let checksum = row.object.checksum.as_ref()?;
    let serves = checksum.kind == ChecksumType::FullObject
        && algorithm.is_none_or(|algorithm| algorithm == checksum.checksum.algorithm());
    serves.then(|| (row.object.etag.clone(), checksum.clone()))
}
