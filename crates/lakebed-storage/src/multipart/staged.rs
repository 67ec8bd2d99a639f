use std::collections::BTreeMap;
use std::fs::File;
use std::future::Future;
use std::io::{self, Write};
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::checksum::combine_crc64nvme;
use crate::commit::NewObject;
use crate::digest::BodyHasher;
use crate::encryption::{Piece, Sealing, Sink};
use crate::files::{Files, Stamp, TempFile};
use crate::positional::write_all_at;
use crate::staging::Finished;
use crate::{
    BucketName, Checksum, ChecksumAlgorithm, ETag, Encryption, Error, ObjectChecksum,
    ObjectEncryption, ObjectInfo, ObjectKey, ObjectMetadata, ObjectProperties, Result, Storage,
    WriteCondition,
};

/// An upload from within the process, whose parts are known in order before their bytes are
/// written: they go into one file, and completing it is a rename.
#[derive(Debug)]
pub(crate) struct StagedUpload {
    storage: Storage,
    bucket: BucketName,
    key: ObjectKey,
    metadata: ObjectMetadata,
    temp: Option<TempFile>,
    target: Arc<Target>,
    next_offset: u64,
    /// One a part, in their order; filled as they finish.
    written: Vec<Arc<Mutex<Option<WrittenPart>>>>,
}

/// Where the bytes of the parts go.
#[derive(Debug)]
enum Target {
    /// Each part to its place.
    Plain(File),
    /// Through one sealing, so each part after the one before it.
    Sealed {
        sealing: Box<Sealing>,
        parts: Mutex<InOrder>,
    },
}

/// Parts on their way into a sink, which takes them one after the other.
#[derive(Debug)]
struct InOrder {
    sink: Option<Sink>,
    next: usize,
    /// Those that came before their turn.
    waiting: BTreeMap<usize, Vec<Bytes>>,
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
        encryption: Option<&Encryption>,
    ) -> Result<StagedUpload> {
        let metadata = metadata.accept()?;
        let sealing = self.inner.sealing(bucket, key, encryption)?;
        let (temp, target) = self
            .blocking(|inner| {
                let (temp, file) = inner.files.stage()?;
                let target = Target::begin(file, sealing, temp.blob())?;
                Ok((temp, target))
            })
            .await?;
        Ok(StagedUpload {
            storage: self.clone(),
            bucket: bucket.clone(),
            key: key.clone(),
            metadata,
            temp: Some(temp),
            target: Arc::new(target),
            next_offset: 0,
            written: Vec::new(),
        })
    }
}

impl StagedUpload {
    pub(crate) fn key(&self) -> &ObjectKey {
        &self.key
    }

    /// Takes the next part. The bytes are written when the future is awaited, to the place the part
    /// has by the order of these calls; encrypted ones wait for those before them.
    pub(crate) fn put_part(
        &mut self,
        bytes: Vec<Bytes>,
    ) -> impl Future<Output = Result<()>> + Send + 'static {
        let offset = self.next_offset;
        self.next_offset += bytes.iter().map(|bytes| bytes.len() as u64).sum::<u64>();
        let number = self.written.len();
        let written = Arc::new(Mutex::new(None));
        self.written.push(Arc::clone(&written));
        let target = Arc::clone(&self.target);
        async move {
            let write = move || -> Result<()> {
                let part = WrittenPart::of(&bytes);
                target
                    .write(number, offset, bytes)
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
        let target = Arc::clone(&self.target);
        let (bucket, key) = (self.bucket.clone(), self.key.clone());
        let metadata = self.metadata.clone();
        self.storage
            .blocking(move |inner| {
                let crc64nvme =
                    combine_crc64nvme(parts.iter().map(|part| (part.crc64nvme, part.size)));
                let size = parts.iter().map(|part| part.size).sum();
                let (stamp, encryption) = target.finish(&inner.files, temp.blob(), size)?;
                let etag = ETag::of_parts(parts.iter().map(|part| &part.md5));
                let finished = Finished {
                    file: temp,
                    stamp,
                    size,
                    encryption,
                    crc64nvme,
                };
                let new = NewObject {
                    etag,
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

impl WrittenPart {
    fn of(bytes: &[Bytes]) -> Self {
        let mut hasher = BodyHasher::new(ChecksumAlgorithm::Crc64Nvme);
        for bytes in bytes {
            hasher.update(bytes);
        }
        let digest = hasher.finish();
        Self {
            size: digest.size,
            md5: digest.md5,
            crc64nvme: digest.crc64nvme,
        }
    }
}

impl Target {
    fn begin(file: File, sealing: Option<Sealing>, id: &str) -> Result<Self> {
        let Some(sealing) = sealing else {
            return Ok(Self::Plain(file));
        };
        let sink = Sink::begin(file, Some(&sealing), id)
            .map_err(Error::file("write a part of an object"))?;
        Ok(Self::Sealed {
            sealing: Box::new(sealing),
            parts: Mutex::new(InOrder {
                sink: Some(sink),
                next: 0,
                waiting: BTreeMap::new(),
            }),
        })
    }

    fn write(&self, number: usize, mut offset: u64, bytes: Vec<Bytes>) -> io::Result<()> {
        match self {
            Self::Plain(file) => {
                for bytes in bytes {
                    write_all_at(file, offset, &bytes)?;
                    offset += bytes.len() as u64;
                }
                Ok(())
            }
            Self::Sealed { parts, .. } => parts.lock().write(number, bytes),
        }
    }

    /// Ends the file; says how it is encrypted, if it is.
    fn finish(
        &self,
        files: &Files,
        id: &str,
        size: u64,
    ) -> Result<(Stamp, Option<ObjectEncryption>)> {
        let (sealing, parts) = match self {
            Self::Plain(file) => return Ok((files.finish(file)?, None)),
            Self::Sealed { sealing, parts } => (sealing, parts),
        };
        let sink = parts.lock().sink.take();
        let file = sink
            .ok_or(io::ErrorKind::BrokenPipe.into())
            .and_then(Sink::finish)
            .map_err(Error::file("write a part of an object"))?;
        let stamp = files.finish(&file)?;
        let piece = Piece {
            id: id.to_owned(),
            size,
            file_size: stamp.size,
        };
        Ok((stamp, Some(sealing.of_one_piece(piece))))
    }
}

impl InOrder {
    /// Takes a part, and writes those whose turn it is.
    fn write(&mut self, number: usize, bytes: Vec<Bytes>) -> io::Result<()> {
        self.waiting.insert(number, bytes);
        while let Some(bytes) = self.waiting.remove(&self.next) {
            // None after a failure: what follows it cannot be written.
            let mut sink = self.sink.take().ok_or(io::ErrorKind::BrokenPipe)?;
            for bytes in bytes {
                sink.write_all(&bytes)?;
            }
            self.sink = Some(sink);
            self.next += 1;
        }
        Ok(())
    }
}
