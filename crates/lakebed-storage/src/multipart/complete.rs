use std::fs::File;
use std::io;

use super::upload::no_such_upload;
use crate::checksum::combine_crc64nvme;
use crate::commit::NewObject;
use crate::encryption::Piece;
use crate::files::is_absent;
use crate::index::{PartRow, UploadDetails};
use crate::staging::Finished;
use crate::storage::Inner;
use crate::{
    BucketName, Checksum, ChecksumAlgorithm, ChecksumType, CustomerKey, ETag, Error,
    ObjectChecksum, ObjectEncryption, ObjectInfo, ObjectKey, ObjectPart, PartNumber, Result,
    Storage, UploadId, WriteCondition,
};

/// The least size of every part but the last.
const MIN_PART_BYTES: u64 = 5 * 1024 * 1024;

/// The most parts an object can have.
const MAX_PARTS: usize = 10_000;

/// A part as the caller who completes an upload names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletedPart {
    pub number: PartNumber,
    /// With or without quotes.
    pub etag: String,
    pub checksum: Option<Checksum>,
}

/// How an upload is to be completed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompleteUpload {
    pub parts: Vec<CompletedPart>,
    /// The checksum the object must have.
    pub checksum: Option<Checksum>,
    /// The size the object must have, in bytes.
    pub object_size: Option<u64>,
    /// The key the upload was begun with, if a customer's was. It is demanded only where the upload
    /// or a part of it asked for a checksum.
    pub customer_key: Option<CustomerKey>,
    pub condition: WriteCondition,
}

impl Storage {
    /// Makes an object of uploaded parts. Asked again for the upload the current object came
    /// from, answers that object: a client that lost the answer may repeat the request.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchUpload`, `MalformedXML` without parts, `InvalidPartOrder`,
    /// `InvalidPart`, `EntityTooSmall`, `BadDigest`, `InvalidRequest`, `PreconditionFailed`.
    pub async fn complete_multipart_upload(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        upload: &UploadId,
        complete: CompleteUpload,
    ) -> Result<ObjectInfo> {
        let (bucket, key, upload) = (bucket.clone(), key.clone(), upload.clone());
        self.blocking(move |inner| inner.complete(&bucket, &key, &upload, &complete))
            .await
    }
}

impl Inner {
    fn complete(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        upload: &UploadId,
        complete: &CompleteUpload,
    ) -> Result<ObjectInfo> {
        let row = match self.upload(bucket, key, upload) {
            Err(Error::NoSuchUpload { .. }) => return self.completed(bucket, key, upload),
            found => found?,
        };
        let with_checksums = row.details.algorithm.is_some();
        let stored = self.index.parts(upload, 0, MAX_PARTS)?;
        // S3 API reference, "CompleteMultipartUpload": the key is required where the object "was
        // created using a checksum algorithm".
        let demands_key = with_checksums || stored.iter().any(PartRow::asked_for_checksum);
        if demands_key || complete.customer_key.is_some() {
            row.check_customer_key(bucket, key, complete.customer_key.as_ref())?;
        }
        let parts = choose_parts(&stored, complete, &row.details)?;
        let checksum = checksum_of(&parts, &row.details)?;
        if complete
            .checksum
            .as_ref()
            .is_some_and(|expected| *expected != checksum.checksum)
        {
            return Err(Error::BadChecksum {
                algorithm: checksum.checksum.algorithm().as_str(),
            });
        }
        let finished = self.assemble(upload, &parts, row.details.encryption)?;
        let new = NewObject {
            etag: etag_of(&parts),
            metadata: row.details.metadata,
            properties: row.details.properties,
            owner: row.details.owner,
            checksum,
            parts: parts
                .iter()
                .map(|part| object_part(part, with_checksums))
                .collect(),
            upload: Some(upload.clone()),
            operation: "CompleteMultipartUpload",
        };
        let object = self.commit(bucket, key, finished, new, &complete.condition)?;
        self.discard_upload(upload);
        Ok(object)
    }

    /// # Errors
    /// `NoSuchUpload` unless the current object came from the upload.
    fn completed(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        upload: &UploadId,
    ) -> Result<ObjectInfo> {
        match self.index.object(bucket, key.as_str())? {
            Some(row) if row.upload.as_ref() == Some(upload) => Ok(row.object),
            _ => Err(no_such_upload(upload)),
        }
    }

    /// Puts parts together into one temporary file. Encrypted ones stay as they were sealed.
    fn assemble(
        &self,
        upload: &UploadId,
        parts: &[&PartRow],
        encryption: Option<ObjectEncryption>,
    ) -> Result<Finished> {
        let folder = self.files.upload(upload);
        let (temp, mut whole) = self.files.stage()?;
        let mut pieces = Vec::with_capacity(parts.len());
        for part in parts {
            let file_size = match &encryption {
                Some(encryption) => encryption.file_size(part.size),
                None => part.size,
            };
            let copied = File::open(folder.join(&part.blob))
                .and_then(|mut file| io::copy(&mut file, &mut whole));
            match copied {
                Ok(size) if size == file_size => pieces.push(Piece {
                    id: part.blob.clone(),
                    size: part.size,
                    file_size,
                }),
                Ok(_) => return Err(Error::InvalidPart { part: part.number }),
                // Aborted, or completed by somebody else, meanwhile.
                Err(error) if is_absent(&error) => return Err(no_such_upload(upload)),
                Err(error) => return Err(Error::file("put parts together")(error)),
            }
        }
        let stamp = self.files.finish(&whole)?;
        Ok(Finished {
            file: temp,
            stamp,
            size: parts.iter().map(|part| part.size).sum(),
            encryption: encryption.map(|encryption| encryption.with_pieces(pieces)),
            crc64nvme: whole_crc(parts),
        })
    }
}

impl PartRow {
    /// Whether its upload named an algorithm, or it did: CRC64NVME is taken where nobody does.
    fn asked_for_checksum(&self) -> bool {
        self.checksum.algorithm() != ChecksumAlgorithm::Crc64Nvme
    }
}

/// The stored parts a caller named, once all that was said of them is found to hold.
fn choose_parts<'a>(
    stored: &'a [PartRow],
    complete: &CompleteUpload,
    upload: &UploadDetails,
) -> Result<Vec<&'a PartRow>> {
    if complete.parts.is_empty() {
        return Err(Error::MalformedXml);
    }
    if !complete
        .parts
        .is_sorted_by(|left, right| left.number < right.number)
    {
        return Err(Error::InvalidPartOrder);
    }
    let mut chosen = Vec::with_capacity(complete.parts.len());
    for named in &complete.parts {
        let number = named.number.get();
        let part = stored
            .binary_search_by_key(&number, |part| part.number)
            .map(|at| &stored[at])
            .map_err(|_| Error::InvalidPart { part: number })?;
        if part.etag.as_str() != named.etag.trim_matches('"') {
            return Err(Error::InvalidPart { part: number });
        }
        match (&named.checksum, upload.algorithm) {
            (Some(checksum), _) if *checksum != part.checksum => {
                return Err(Error::InvalidPart { part: number });
            }
            (None, Some(algorithm)) if upload.kind == ChecksumType::Composite => {
                return Err(Error::InvalidRequest(format!(
                    "The upload was created using a {} checksum. The complete request must include the checksum for each part. It was missing for part {number} in the request.",
                    algorithm.as_str().to_lowercase()
                )));
            }
            _ => {}
        }
        chosen.push(part);
    }
    if let Some((_, all_but_last)) = chosen.split_last()
        && let Some(small) = all_but_last.iter().find(|part| part.size < MIN_PART_BYTES)
    {
        return Err(Error::EntityTooSmall {
            part: small.number,
            size_bytes: small.size,
        });
    }
    let size: u64 = chosen.iter().map(|part| part.size).sum();
    match complete.object_size {
        Some(expected) if expected != size => Err(Error::InvalidRequest(format!(
            "The provided 'x-amz-mp-object-size' header does not match what was computed: expected {expected}, got {size}"
        ))),
        _ => Ok(chosen),
    }
}

fn checksum_of(parts: &[&PartRow], upload: &UploadDetails) -> Result<ObjectChecksum> {
    let Some(algorithm) = upload.algorithm else {
        return Ok(ObjectChecksum::full_object(Checksum::of_crc64nvme(
            whole_crc(parts),
        )));
    };
    if upload.kind == ChecksumType::Composite {
        let checksums: Vec<&Checksum> = parts.iter().map(|part| &part.checksum).collect();
        return Ok(ObjectChecksum {
            checksum: Checksum::composite(algorithm, &checksums),
            kind: ChecksumType::Composite,
            parts: u32::try_from(parts.len()).ok(),
        });
    }
    let checksums: Vec<(&Checksum, u64)> = parts
        .iter()
        .map(|part| (&part.checksum, part.size))
        .collect();
    Checksum::full_object(algorithm, &checksums)
        .map(ObjectChecksum::full_object)
        .ok_or_else(|| {
            Error::InvalidRequest(format!(
                "The FULL_OBJECT checksum type cannot be used with the {} checksum algorithm.",
                algorithm.as_str().to_lowercase()
            ))
        })
}

/// The CRC64NVME of all bytes, which every object is indexed with.
fn whole_crc(parts: &[&PartRow]) -> u64 {
    combine_crc64nvme(parts.iter().map(|part| (part.crc64nvme, part.size)))
}

fn etag_of(parts: &[&PartRow]) -> ETag {
    let hashes: Vec<[u8; 16]> = parts.iter().filter_map(|part| part.etag.md5()).collect();
    ETag::of_parts(&hashes)
}

/// A part as the object remembers it; with its checksum where the upload was begun with one.
fn object_part(part: &PartRow, with_checksum: bool) -> ObjectPart {
    ObjectPart {
        number: part.number,
        size: part.size,
        checksum: with_checksum.then(|| part.checksum.clone()),
    }
}
