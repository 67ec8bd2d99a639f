use lakebed_core::Timestamp;

use super::upload::no_such_upload;
use crate::digest::BodyChecks;
use crate::encryption::Sealing;
use crate::files::is_absent;
use crate::index::{PartRow, UploadDetails, UploadRow};
use crate::put::refuse_too_large;
use crate::staging::{MAX_BODY_BYTES, Staged};
use crate::storage::Inner;
use crate::{
    BucketName, ByteRange, ByteStream, Checksum, ChecksumAlgorithm, ChecksumType, CustomerKey,
    ETag, EncryptionKind, Error, ObjectKey, PartNumber, ReadConditions, Result, Storage, Upload,
    UploadId, VersionId,
};

/// An uploaded part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub number: PartNumber,
    /// In bytes.
    pub size: u64,
    pub etag: ETag,
    pub modified: Timestamp,
    pub checksum: Option<Checksum>,
    /// How its upload is encrypted.
    pub encryption: Option<EncryptionKind>,
}

impl Part {
    fn of(row: PartRow, upload: &UploadDetails) -> Result<Self> {
        Ok(Self {
            number: PartNumber::new(row.number)?,
            size: row.size,
            etag: row.etag,
            modified: row.modified,
            checksum: Some(row.checksum),
            encryption: upload
                .encryption
                .as_ref()
                .map(|encryption| encryption.kind.clone()),
        })
    }
}

/// A page of an upload's parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartListing {
    pub upload: Upload,
    pub parts: Vec<Part>,
    /// The part number the next page begins after; none if this was the last.
    pub next: Option<u32>,
}

/// How a part is to be uploaded.
#[derive(Debug, Default)]
pub struct UploadPart {
    pub checks: BodyChecks,
    /// The key the upload was begun with, if a customer's was.
    pub customer_key: Option<CustomerKey>,
}

/// How a part is to be copied from an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopyPart {
    /// The key the source was encrypted with, if a customer's was.
    pub source_customer_key: Option<CustomerKey>,
    /// The key the upload was begun with, if a customer's was.
    pub customer_key: Option<CustomerKey>,
    /// What must hold of the source; if it does not, the copy fails with `PreconditionFailed`.
    pub source_conditions: ReadConditions,
    /// The version of the source; none is its current one.
    pub source_version: Option<VersionId>,
    /// The bytes to copy; they must exist, all of them.
    pub range: Option<ByteRange>,
}

impl Storage {
    /// Uploads a part, in place of one with its number.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchUpload`, `BadDigest`, `IncompleteBody`, `EntityTooLarge`;
    /// `InvalidRequest` for another checksum algorithm or another customer's key than the upload
    /// was begun with.
    pub async fn upload_part(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        upload: &UploadId,
        number: PartNumber,
        body: ByteStream,
        part: UploadPart,
    ) -> Result<Part> {
        let UploadPart {
            mut checks,
            customer_key,
        } = part;
        let row = self.inner.upload(bucket, key, upload)?;
        refuse_too_large(checks.content_length)?;
        checks.algorithm = Some(agreed_algorithm(&row.details, &checks)?);
        let sealing = self
            .inner
            .sealing_of_part(&row, bucket, key, customer_key.as_ref())?;
        self.inner
            .stage_body(body, checks, sealing, move |inner, staged| {
                inner.put_part(&row, number, staged)
            })
            .await
    }

    /// Copies an object, or a range of it, into a part.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchKey`, `NoSuchUpload`, `PreconditionFailed`; `InvalidArgument`
    /// for a range that is not within the source.
    pub async fn upload_part_copy(
        &self,
        source: (&BucketName, &ObjectKey),
        target: (&BucketName, &ObjectKey),
        upload: &UploadId,
        number: PartNumber,
        copy: CopyPart,
    ) -> Result<Part> {
        let row = self.inner.upload(target.0, target.1, upload)?;
        let algorithm = row
            .details
            .algorithm
            .unwrap_or(ChecksumAlgorithm::Crc64Nvme);
        let sealing =
            self.inner
                .sealing_of_part(&row, target.0, target.1, copy.customer_key.as_ref())?;
        let source = (source.0.clone(), source.1.clone());
        self.blocking(move |inner| {
            let (object, content) = inner.open_object(
                &source.0,
                &source.1,
                copy.source_version.as_ref(),
                copy.source_customer_key.as_ref(),
            )?;
            copy.source_conditions.check_source(&object.object)?;
            let size = object.object.size;
            let range = match copy.range {
                None => 0..size,
                Some(ByteRange::Bounded { first, last }) if last < size => first..last + 1,
                Some(range) => return Err(range_outside(range, size)),
            };
            if range.end - range.start > MAX_BODY_BYTES {
                return Err(Error::InvalidRequest(format!(
                    "The specified copy source is larger than the maximum allowable size for a copy source: {MAX_BODY_BYTES}"
                )));
            }
            let staged = inner.stage_content(content, range, algorithm, sealing)?;
            inner.put_part(&row, number, staged)
        })
        .await
    }

    /// A page of the parts uploaded so far, at most 1,000, after a part number.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchUpload`.
    pub async fn list_parts(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        upload: &UploadId,
        after: u32,
        max: usize,
    ) -> Result<PartListing> {
        let row = self.inner.upload(bucket, key, upload)?;
        let limit = max.min(crate::list::MAX_KEYS);
        self.blocking(move |inner| {
            let mut rows = inner.index.parts(&row.id, after, limit + 1)?;
            let truncated = rows.len() > limit;
            rows.truncate(limit);
            let next = rows.last().map(|part| part.number).filter(|_| truncated);
            let parts = rows
                .into_iter()
                .map(|part| Part::of(part, &row.details))
                .collect::<Result<_>>()?;
            Ok(PartListing {
                upload: Upload::of(row)?,
                parts,
                next,
            })
        })
        .await
    }
}

/// The checksum a part is given: the upload's, or the caller's where the upload has none.
///
/// # Errors
/// `InvalidRequest` if the caller announced another algorithm, or none for an upload whose
/// checksum is made of those of the parts.
fn agreed_algorithm(upload: &UploadDetails, checks: &BodyChecks) -> Result<ChecksumAlgorithm> {
    let announced = checks.checksum.as_ref().map(Checksum::algorithm);
    let announced = announced.or(checks.algorithm);
    let Some(expected) = upload.algorithm else {
        return Ok(announced.unwrap_or(ChecksumAlgorithm::Crc64Nvme));
    };
    let fits = match announced {
        Some(actual) => actual == expected,
        None => upload.kind == ChecksumType::FullObject,
    };
    if fits {
        return Ok(expected);
    }
    let name = |algorithm: ChecksumAlgorithm| algorithm.as_str().to_lowercase();
    Err(Error::InvalidRequest(format!(
        "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
        name(expected),
        announced.map_or_else(|| "null".to_owned(), name)
    )))
}

fn range_outside(range: ByteRange, size: u64) -> Error {
    Error::InvalidArgument {
        name: "x-amz-copy-source-range",
        value: format!("{range:?}"),
        message: format!("Range specified is not valid for source object of size: {size}"),
    }
}

impl Inner {
    /// What a part is to be sealed with: as its upload was begun.
    ///
    /// # Errors
    /// `InvalidRequest` if the upload was begun with another customer's key, or with none.
    fn sealing_of_part(
        &self,
        upload: &UploadRow,
        bucket: &BucketName,
        key: &ObjectKey,
        customer_key: Option<&CustomerKey>,
    ) -> Result<Option<Sealing>> {
        upload.check_customer_key(bucket, key, customer_key)?;
        let Some(encryption) = &upload.details.encryption else {
            return Ok(None);
        };
        self.keyring
            .resume(encryption, bucket, key, customer_key)
            .map(Some)
    }

    fn put_part(&self, upload: &UploadRow, number: PartNumber, staged: Staged) -> Result<Part> {
        let file = staged.finished.file;
        let part = PartRow {
            number: number.get(),
            size: staged.digest.size,
            etag: staged.etag,
            modified: self.platform.clock.now(),
            checksum: staged.digest.checksum,
            crc64nvme: staged.digest.crc64nvme,
            blob: file.blob().to_owned(),
        };
        let folder = self.files.upload(&upload.id);
        let path = folder.join(&part.blob);
        match file.move_to(&path) {
            Ok(()) => {}
            Err(error) if is_absent(&error) => return Err(no_such_upload(&upload.id)),
            Err(error) => return Err(Error::file("move a part to its place")(error)),
        }
        self.files.sync_parent(&path)?;
        match self.index.put_part(&upload.id, &part) {
            Ok(Some(replaced)) => self.remove_file(&folder.join(replaced)),
            Ok(None) => {}
            Err(error) => {
                self.remove_file(&path);
                return Err(error);
            }
        }
        Part::of(part, &upload.details)
    }
}
