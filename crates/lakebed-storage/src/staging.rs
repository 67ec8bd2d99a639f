use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{self, SyncSender};
use std::thread;

use bytes::Bytes;
use futures::StreamExt;
use tokio::task::JoinHandle;

use crate::digest::{BodyChecks, BodyDigest, BodyHasher};
use crate::encryption::{Piece, Sealing, Sink};
use crate::files::{Files, Stamp, TempFile};
use crate::storage::Inner;
use crate::{ByteStream, ChecksumAlgorithm, ETag, Error, ObjectEncryption, Result};

/// How much of a body is gathered before it is handed to the file threads. A body that fits is
/// written, hashed and committed in one visit there.
const BATCH_BYTES: usize = 256 * 1024;

/// The most bytes S3 takes in one request.
pub(crate) const MAX_BODY_BYTES: u64 = 5 * 1024 * 1024 * 1024;

/// A finished file that waits among the temporary ones for an index row.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) file: TempFile,
    pub(crate) stamp: Stamp,
    /// The size of the object, which is that of the file unless it is sealed. In bytes.
    pub(crate) size: u64,
    /// How the bytes on disk are encrypted, if they are.
    pub(crate) encryption: Option<ObjectEncryption>,
    pub(crate) crc64nvme: u64,
}

/// A finished file whose bytes passed through this process.
#[derive(Debug)]
pub(crate) struct Staged {
    pub(crate) finished: Finished,
    pub(crate) digest: BodyDigest,
    pub(crate) etag: ETag,
}

/// A temporary file that is being written and hashed, and encrypted if that is asked for.
pub(crate) struct Staging {
    temp: TempFile,
    sink: Sink,
    sealing: Option<Sealing>,
    size: u64,
    hashing: Hashing,
}

/// Who hashes a body. MD5 alone takes as long as everything else, so a large one is hashed on
/// another core while it is written.
enum Hashing {
    Here(Box<BodyHasher>),
    Elsewhere {
        batches: SyncSender<Vec<Bytes>>,
        thread: thread::JoinHandle<Box<BodyHasher>>,
    },
}

/// How many batches may wait to be hashed.
const WAITING_BATCHES: usize = 2;

impl Hashing {
    /// # Errors
    /// If there can be no more threads.
    fn elsewhere(mut hasher: Box<BodyHasher>) -> io::Result<Self> {
        let (batches, incoming) = mpsc::sync_channel::<Vec<Bytes>>(WAITING_BATCHES);
        let hash = move || {
            for bytes in incoming.into_iter().flatten() {
                hasher.update(&bytes);
            }
            hasher
        };
        let thread = thread::Builder::new().name("hash".to_owned()).spawn(hash)?;
        Ok(Self::Elsewhere { batches, thread })
    }

    fn finish(self) -> BodyDigest {
        let hasher = match self {
            Self::Here(hasher) => hasher,
            Self::Elsewhere { batches, thread } => {
                drop(batches);
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }
        };
        hasher.finish()
    }
}

impl Staging {
    pub(crate) fn begin(
        files: &Files,
        algorithm: ChecksumAlgorithm,
        sealing: Option<Sealing>,
    ) -> Result<Self> {
        let (temp, file) = files.stage()?;
        let sink = Sink::begin(file, sealing.as_ref(), temp.blob())
            .map_err(Error::file("write an object"))?;
        Ok(Self {
            temp,
            sink,
            sealing,
            size: 0,
            hashing: Hashing::Here(Box::new(BodyHasher::new(algorithm))),
        })
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// `EntityTooLarge` past [`MAX_BODY_BYTES`]; a full disk.
    pub(crate) fn write(self, bytes: Bytes) -> Result<Self> {
        self.write_batch(&[bytes])
    }

    fn write_batch(mut self, batch: &[Bytes]) -> Result<Self> {
        let size: usize = batch.iter().map(Bytes::len).sum();
        self.size += size as u64;
        if self.size > MAX_BODY_BYTES {
            return Err(Error::EntityTooLarge {
                max_bytes: MAX_BODY_BYTES,
            });
        }
        self.hashing = match self.hashing {
            Hashing::Here(hasher) if size >= BATCH_BYTES => {
                Hashing::elsewhere(hasher).map_err(Error::file("hash an object"))?
            }
            hashing => hashing,
        };
        let mut chunks = batch.iter();
        match &mut self.hashing {
            Hashing::Here(hasher) => chunks.clone().for_each(|bytes| hasher.update(bytes)),
            // A thread that is gone is missed when its hash is wanted.
            Hashing::Elsewhere { batches, .. } => {
                let _ = batches.send(batch.to_vec());
            }
        }
        chunks
            .try_for_each(|bytes| self.sink.write_all(bytes))
            .map_err(Error::file("write an object"))?;
        Ok(self)
    }

    pub(crate) fn finish(self, files: &Files) -> Result<Staged> {
        let file = self.sink.finish().map_err(Error::file("write an object"))?;
        let stamp = files.finish(&file)?;
        let digest = self.hashing.finish();
        let etag = match &self.sealing {
            Some(sealing) => sealing.etag(&digest.md5),
            None => ETag::of_bytes(&digest.md5),
        };
        let encryption = self.sealing.map(|sealing| {
            sealing.of_one_piece(Piece {
                id: self.temp.blob().to_owned(),
                size: digest.size,
                file_size: stamp.size,
            })
        });
        Ok(Staged {
            finished: Finished {
                file: self.temp,
                stamp,
                size: digest.size,
                encryption,
                crc64nvme: digest.crc64nvme,
            },
            digest,
            etag,
        })
    }
}

impl Inner {
    /// Writes a body to a temporary file, holds it against what the caller said of it, and hands
    /// it to `commit` on the same file thread.
    pub(crate) async fn stage_body<T: Send + 'static>(
        self: &Arc<Self>,
        mut body: ByteStream,
        checks: BodyChecks,
        mut sealing: Option<Sealing>,
        commit: impl FnOnce(&Self, Staged) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let algorithm = checks.wanted_algorithm();
        let mut writing: Option<JoinHandle<Result<Staging>>> = None;
        loop {
            let (batch, ended) = next_batch(&mut body).await?;
            let staging = match writing.take() {
                Some(writing) => Some(writing.await.map_err(Error::Task)??),
                None => None,
            };
            let inner = Arc::clone(self);
            let sealing = sealing.take();
            let write = move || -> Result<Staging> {
                let staging = match staging {
                    Some(staging) => staging,
                    None => Staging::begin(&inner.files, algorithm, sealing)?,
                };
                staging.write_batch(&batch)
            };
            if !ended {
                writing = Some(tokio::task::spawn_blocking(write));
                continue;
            }
            let inner = Arc::clone(self);
            let finish = move || {
                let staged = write()?.finish(&inner.files)?;
                checks.verify(&staged.digest)?;
                commit(&inner, staged)
            };
            return tokio::task::spawn_blocking(finish)
                .await
                .map_err(Error::Task)?;
        }
    }
}

/// Gathers up to [`BATCH_BYTES`]; says whether the body has ended.
async fn next_batch(body: &mut ByteStream) -> Result<(Vec<Bytes>, bool)> {
    let mut batch = Vec::new();
    let mut size = 0;
    while size < BATCH_BYTES {
        match body.next().await {
            Some(bytes) => {
                let bytes = bytes.map_err(Error::Body)?;
                size += bytes.len();
                batch.push(bytes);
            }
            None => return Ok((batch, true)),
        }
    }
    Ok((batch, false))
}
