use object_store::path::Path;
use object_store::{
    Attribute, Attributes, MultipartUpload, ObjectStore, ObjectStoreExt as _, PutMultipartOptions,
};
use std::sync::Arc;

use crate::EngineError;

/// Parts are uploaded at this size, in bytes: the least that S3 takes, for many files are open at
/// once.
const PART: usize = 5 << 20;

/// A file that is uploaded in parts and comes into sight whole.
#[derive(Debug)]
pub(super) struct StagedFile {
    store: Arc<dyn ObjectStore>,
    path: Path,
    upload: Box<dyn MultipartUpload>,
    waiting: Vec<u8>,
    bytes: u64,
}

impl StagedFile {
    pub(super) async fn begin(
        store: Arc<dyn ObjectStore>,
        key: &str,
        content_type: &'static str,
    ) -> Result<Self, EngineError> {
        let path = Path::parse(key).map_err(|_| EngineError::InvalidLocation(key.to_owned()))?;
        let options = PutMultipartOptions {
            attributes: Attributes::from_iter([(Attribute::ContentType, content_type)]),
            ..Default::default()
        };
        let upload = store.put_multipart_opts(&path, options).await?;
        Ok(Self {
            store,
            path,
            upload,
            waiting: Vec::new(),
            bytes: 0,
        })
    }

    /// All bytes taken so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) async fn append(&mut self, bytes: Vec<u8>) -> Result<(), EngineError> {
        self.bytes += bytes.len() as u64;
        if self.waiting.is_empty() {
            self.waiting = bytes;
        } else {
            self.waiting.extend_from_slice(&bytes);
        }
        if self.waiting.len() >= PART {
            self.flush().await
        } else {
            Ok(())
        }
    }

    pub(super) async fn flush(&mut self) -> Result<(), EngineError> {
        if !self.waiting.is_empty() {
            self.upload
                .put_part(std::mem::take(&mut self.waiting).into())
                .await?;
        }
        Ok(())
    }

    /// Brings the file into sight.
    pub(super) async fn complete(mut self) -> Result<VisibleFile, EngineError> {
        self.upload.complete().await?;
        Ok(VisibleFile {
            store: self.store,
            path: self.path,
        })
    }

    pub(super) async fn abort(mut self) {
        if let Err(error) = self.upload.abort().await {
            tracing::warn!(path = %self.path, %error, "an unfinished file could not be dropped");
        }
    }
}

/// A file that came into sight.
pub(super) struct VisibleFile {
    store: Arc<dyn ObjectStore>,
    path: Path,
}

impl VisibleFile {
    /// Takes back the file of a write that failed elsewhere.
    pub(super) async fn remove(self) {
        if let Err(error) = self.store.delete(&self.path).await {
            tracing::warn!(path = %self.path, %error, "a file of a failed write could not be removed");
        }
    }
}
