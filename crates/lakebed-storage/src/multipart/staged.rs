use std::fs::File;
use std::future::Future;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::checksum::combine_crc64nvme;
use crate::commit::NewObject;
use crate::digest::BodyHasher;
use crate::files::TempFile;
use crate::staging::Finished;
use crate::{
    BucketName, Checksum, ChecksumAlgorithm, ETag, Error, ObjectChecksum, ObjectInfo, ObjectKey,
    ObjectMetadata, ObjectProperties, Result, Storage, WriteCondition,
};

/// An upload from within the process, whose parts are known in order before their bytes are
/// written: they go to their places in one file, and completing it is a rename.
#[derive(Debug)]
pub(crate) struct StagedUpload {
    storage: Storage,
    bucket: BucketName,
    key: ObjectKey,
    metadata: ObjectMetadata,
    temp: Option<TempFile>,
    file: Arc<File>,
    next_offset: u64,
    /// One a part, in their order; filled as they finish.
    written: Vec<Arc<Mutex<Option<WrittenPart>>>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct WrittenPart {
    size: u64,
    md5: [u8; 16],
    crc64nvme: u64,
}

impl Storage {
    /// Begins an upload from within the process.
    ///
    /// # Errors
    /// `NoSuchBucket`, `MetadataTooLarge`, `InvalidStorageClass`.
    pub(crate) async fn stage_upload(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        metadata: ObjectMetadata,
    ) -> Result<StagedUpload> {
        self.inner.bucket(bucket)?;
        let metadata = metadata.accept()?;
        let (temp, file) = self.blocking(|inner| inner.files.stage()).await?;
        Ok(StagedUpload {
            storage: self.clone(),
            bucket: bucket.clone(),
            key: key.clone(),
            metadata,
            temp: Some(temp),
            file: Arc::new(file),
            next_offset: 0,
            written: Vec::new(),
        })
    }
}

impl StagedUpload {
    pub(crate) fn key(&self) -> &ObjectKey {
        &self.key
    }

    /// Takes the next part. The bytes are written when the future is awaited, at the place the
    /// part has by the order of these calls.
    pub(crate) fn put_part(
        &mut self,
        bytes: Vec<Bytes>,
    ) -> impl Future<Output = Result<()>> + Send + 'static {
        let offset = self.next_offset;
        self.next_offset += bytes.iter().map(|bytes| bytes.len() as u64).sum::<u64>();
        let written = Arc::new(Mutex::new(None));
        self.written.push(Arc::clone(&written));
        let file = Arc::clone(&self.file);
        async move {
            let write = move || -> Result<()> {
                let part = write_part(&file, offset, &bytes)
                    .map_err(Error::file("write a part of an object"))?;
                *written.lock() = Some(part);
                Ok(())
            };
            tokio::task::spawn_blocking(write)
                .await
                .map_err(Error::Task)?
        }
    }

    /// Makes the object.
    ///
    /// # Errors
    /// `NoSuchUpload` after an end; `InvalidPart` if a part did not finish.
    pub(crate) async fn complete(&mut self) -> Result<ObjectInfo> {
        let mut parts = Vec::with_capacity(self.written.len());
        for (index, written) in self.written.iter().enumerate() {
            let part = written.lock().clone();
            parts.push(part.ok_or(Error::InvalidPart {
                part: u32::try_from(index + 1).unwrap_or(u32::MAX),
            })?);
        }
        let Some(temp) = self.temp.take() else {
            return Err(Error::NoSuchUpload {
                upload: self.key.to_string(),
            });
        };
        let file = Arc::clone(&self.file);
        let (bucket, key) = (self.bucket.clone(), self.key.clone());
        let metadata = self.metadata.clone();
        self.storage
            .blocking(move |inner| {
                let crc64nvme =
                    combine_crc64nvme(parts.iter().map(|part| (part.crc64nvme, part.size)));
                let stamp = inner.files.finish(&file)?;
                let finished = Finished {
                    file: temp,
                    stamp,
                    size: stamp.size,
                    sealed: false,
                    crc64nvme,
                };
                let new = NewObject {
                    etag: ETag::of_parts(parts.iter().map(|part| &part.md5)),
                    metadata,
                    properties: ObjectProperties::default(),
                    owner: None,
                    checksum: ObjectChecksum::full_object(Checksum::of_crc64nvme(crc64nvme)),
                    parts: Vec::new(),
                    upload: None,
                    operation: "CompleteMultipartUpload",
                };
                inner.commit(&bucket, &key, finished, new, &WriteCondition::default())
            })
            .await
    }

    /// Gives the upload up.
    pub(crate) fn abort(&mut self) {
        self.temp.take();
    }
}

fn write_part(file: &File, mut offset: u64, bytes: &[Bytes]) -> io::Result<WrittenPart> {
    let mut hasher = BodyHasher::new(ChecksumAlgorithm::Crc64Nvme);
    for bytes in bytes {
        write_at(file, offset, bytes)?;
        hasher.update(bytes);
        offset += bytes.len() as u64;
    }
    let digest = hasher.finish();
    Ok(WrittenPart {
        size: digest.size,
        md5: digest.md5,
        crc64nvme: digest.crc64nvme,
    })
}

#[cfg(unix)]
fn write_at(file: &File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(windows)]
fn write_at(file: &File, mut offset: u64, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let size = std::os::windows::fs::FileExt::seek_write(file, bytes, offset)?;
        offset += size as u64;
        bytes = &bytes[size..];
    }
    Ok(())
}
