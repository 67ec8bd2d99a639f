use std::io::{Read, Seek, SeekFrom};

use lakebed_core::Timestamp;

use super::upload::no_such_upload;
use crate::digest::BodyChecks;
use crate::files::is_absent;
use crate::index::{PartRow, UploadDetails};
use crate::put::refuse_too_large;
use crate::staging::{MAX_BODY_BYTES, Staged};
use crate::storage::Inner;
use crate::{
    BucketName, ByteRange, ByteStream, Checksum, ChecksumAlgorithm, ChecksumType, ETag, Error,
    ObjectKey, PartNumber, ReadConditions, Result, Storage, Upload, UploadId, VersionId,
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
}

impl Part {
    fn of(row: PartRow) -> Result<Self> {
        Ok(Self {
            number: PartNumber::new(row.number)?,
            size: row.size,
            etag: row.etag,
            modified: row.modified,
            checksum: Some(row.checksum),
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

/// How a part is to be copied from an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopyPart {
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
    /// `InvalidRequest` for another checksum algorithm than the upload was begun with.
    pub async fn upload_part(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        upload: &UploadId,
        number: PartNumber,
        body: ByteStream,
        mut checks: BodyChecks,
    ) -> Result<Part> {
        let row = self.inner.upload(bucket, key, upload)?;
        refuse_too_large(checks.content_length)?;
        checks.algorithm = Some(agreed_algorithm(&row.details, &checks)?);
        let upload = upload.clone();
        self.inner
            .stage_body(body, checks, move |inner, staged| {
                inner.put_part(&upload, number, staged)
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
        let source = (source.0.clone(), source.1.clone());
        self.blocking(move |inner| {
            let (object, mut file) = inner.open_object(&source.0, &source.1, copy.source_version.as_ref())?;
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
            file.seek(SeekFrom::Start(range.start))
                .map_err(Error::file("read a copy's source"))?;
            let mut bytes = file.take(range.end - range.start);
            let staged = inner.stage_file(&mut bytes, algorithm)?;
            inner.put_part(&row.id, number, staged)
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
            Ok(PartListing {
                upload: Upload::of(row)?,
                parts: rows.into_iter().map(Part::of).collect::<Result<_>>()?,
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
    fn put_part(&self, upload: &UploadId, number: PartNumber, staged: Staged) -> Result<Part> {
        let file = staged.finished.file;
        let part = PartRow {
            number: number.get(),
            size: staged.digest.size,
            etag: ETag::of_bytes(&staged.digest.md5),
            modified: self.platform.clock.now(),
            checksum: staged.digest.checksum,
            crc64nvme: staged.digest.crc64nvme,
            blob: file.blob().to_owned(),
        };
        let folder = self.files.upload(upload);
        let path = folder.join(&part.blob);
        match file.move_to(&path) {
            Ok(()) => {}
            Err(error) if is_absent(&error) => return Err(no_such_upload(upload)),
            Err(error) => return Err(Error::file("move a part to its place")(error)),
        }
        self.files.sync_parent(&path)?;
        match self.index.put_part(upload, &part) {
            Ok(Some(replaced)) => self.remove_file(&folder.join(replaced)),
            Ok(None) => {}
            Err(error) => {
                self.remove_file(&path);
                return Err(error);
            }
        }
        Part::of(part)
    }
}
