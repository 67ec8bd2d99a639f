use std::fs;
use std::path::{Path, PathBuf};

use crate::condition::WriteCondition;
use crate::files::is_absent;
use crate::index::{FileRow, ObjectRow};
use crate::staging::Sealed;
use crate::storage::Inner;
use crate::{
    BucketName, ETag, Error, ObjectChecksum, ObjectInfo, ObjectKey, ObjectMetadata, ObjectPart,
    Result, UploadId,
};

/// What an object is to be, but for its bytes.
#[derive(Debug)]
pub(crate) struct NewObject {
    pub(crate) etag: ETag,
    pub(crate) metadata: ObjectMetadata,
    pub(crate) checksum: ObjectChecksum,
    pub(crate) parts: Vec<ObjectPart>,
    /// The upload that ends with this object.
    pub(crate) upload: Option<UploadId>,
    /// S3's word for how it came: `Put`, `Copy`, `CompleteMultipartUpload`.
    pub(crate) operation: &'static str,
}

impl Inner {
    /// Makes a finished file the current version of a key.
    ///
    /// The index is committed first, then the file is renamed to its place: a crash before the
    /// commit leaves the old object, a crash after it leaves a temporary file under the blob
    /// name the index holds, and start-up finishes the rename. Readers that come in between see
    /// that file and row disagree, and wait for the namespace.
    pub(crate) fn commit(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        sealed: Sealed,
        new: NewObject,
        condition: &WriteCondition,
    ) -> Result<ObjectInfo> {
        let open = self.bucket(bucket)?;
        let _namespace = open.enter()?;
        let previous = self.index.object(bucket, key.as_str())?;
        condition.check(key.as_str(), previous.as_ref().map(|row| &row.object.etag))?;

        let Sealed {
            file,
            stamp,
            crc64nvme,
        } = sealed;
        let place = self.files.place(bucket, key, file.blob())?;
        let row = ObjectRow {
            key: key.as_str().to_owned(),
            object: ObjectInfo {
                size: stamp.size,
                etag: new.etag,
                modified: self.platform.clock.now(),
                metadata: new.metadata,
                checksum: Some(new.checksum),
                parts: new.parts,
            },
            upload: new.upload,
            file: FileRow {
                blob: file.blob().to_owned(),
                plain: place.plain,
                stamp,
                crc64nvme,
            },
        };
        let committed = match &row.upload {
            Some(upload) => self.index.complete_upload(bucket, &row, upload),
            None => self.index.put_object(bucket, &row),
        };
        if let Err(error) = committed {
            self.files.prune(bucket, &place.path);
            return Err(error);
        }
        if let Err(error) = file.move_to(&place.path) {
            self.undo(bucket, key, previous.as_ref())?;
            return Err(Error::file("move an object to its place")(error));
        }
        self.files.sync_parent(&place.path)?;

        if let Some(previous) = previous {
            let path = self.file_of(bucket, &previous);
            if path != place.path {
                self.remove_file(&path);
            }
        }
        let ObjectRow { object, .. } = row;
        self.publish_created(bucket, key, object.size, &object.etag, new.operation);
        Ok(object)
    }

    fn undo(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        previous: Option<&ObjectRow>,
    ) -> Result<()> {
        match previous {
            Some(previous) => self.index.put_object(bucket, previous),
            None => self.index.delete_objects(bucket, [key.as_str()]),
        }
    }

    pub(crate) fn file_of(&self, bucket: &BucketName, row: &ObjectRow) -> PathBuf {
        self.files.object(bucket, &row.key, &row.file)
    }

    /// Removes a file the index no longer names; start-up removes it if this fails.
    pub(crate) fn remove_file(&self, path: &Path) {
        if let Err(error) = fs::remove_file(path)
            && !is_absent(&error)
        {
            tracing::warn!(path = %path.display(), %error, "cannot remove a file that was replaced");
        }
    }
}
