use std::fs;
use std::path::{Path, PathBuf};

use lakebed_core::{AccountId, ObjectChange};

use crate::condition::WriteCondition;
use crate::files::{Place, is_absent};
use crate::index::{Change, FileRow, ObjectRow, VersionRow};
use crate::rearrange::Rearrangement;
use crate::staging::Finished;
use crate::storage::Inner;
use crate::{
    BucketName, ETag, Error, ObjectChecksum, ObjectInfo, ObjectKey, ObjectMetadata, ObjectPart,
    ObjectProperties, Result, UploadId, VersionId, Versioning,
};

/// What an object is to be, but for its bytes.
#[derive(Debug)]
pub(crate) struct NewObject {
    pub(crate) etag: ETag,
    pub(crate) metadata: ObjectMetadata,
    pub(crate) properties: ObjectProperties,
    /// The account that writes it; none is the bucket's owner.
    pub(crate) owner: Option<AccountId>,
    pub(crate) checksum: ObjectChecksum,
    pub(crate) parts: Vec<ObjectPart>,
    /// The upload that ends with this object.
    pub(crate) upload: Option<UploadId>,
    /// S3's word for how it came: `Put`, `Copy`, `CompleteMultipartUpload`.
    pub(crate) operation: &'static str,
}

/// What a new version of a key displaces, and how to undo that.
struct Displaced {
    rearrangement: Rearrangement,
    undo: Vec<Change>,
    /// Files that are replaced, and to be removed unless the new one took their place.
    replaced: Vec<PathBuf>,
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
        finished: Finished,
        new: NewObject,
        condition: &WriteCondition,
    ) -> Result<ObjectInfo> {
        let open = self.bucket(bucket)?;
        let _namespace = open.enter()?;
        let settings = open.settings();
        let previous = self.index.object(bucket, key.as_str())?;
        condition.check(key.as_str(), previous.as_ref().map(|row| &row.object.etag))?;

        let Finished {
            file,
            stamp,
            size,
            encryption,
            crc64nvme,
        } = finished;
        let sealed = encryption.is_some();
        let version = settings.versioning.next_version();
        let now = self.platform.clock.now();
        let mut properties = new.properties;
        if properties.retention.is_none()
            && let Some(lock) = &settings.object_lock
        {
            properties.retention = lock.default_retention.map(|default| default.starting(now));
        }
        let place = self.place(bucket, key, file.blob(), sealed)?;
        let row = ObjectRow {
            key: key.as_str().to_owned(),
            sequence: self.index.next_sequence(),
            object: ObjectInfo {
                size,
                etag: new.etag,
                modified: now,
                version: version.clone(),
                owner: new.owner,
                metadata: new.metadata,
                properties,
                checksum: Some(new.checksum),
                encryption,
                parts: new.parts,
            },
            upload: new.upload,
            file: FileRow {
                blob: file.blob().to_owned(),
                plain: place.plain,
                sealed,
                stamp,
                crc64nvme,
            },
        };
        let displaced = self.displace(
            bucket,
            key,
            (&version, &place),
            previous,
            settings.versioning,
        )?;
        let mut changes = displaced.rearrangement.changes;
        changes.push(Change::PutCurrent(row.clone()));
        if let Some(upload) = &row.upload {
            changes.push(Change::EndUpload {
                key: row.key.clone(),
                upload: upload.clone(),
            });
        }
        let lifted = self.lift(displaced.rearrangement.lifts)?;
        if let Err(error) = self.index.apply(bucket, &changes) {
            lifted.put_back();
            self.files.prune(bucket, &place.path);
            return Err(error);
        }
        if let Err(error) = file.move_to(&place.path) {
            self.index.apply(bucket, &displaced.undo)?;
            lifted.put_back();
            return Err(Error::unwritten("move an object to its place")(error));
        }
        lifted.land(self, bucket);
        self.files.sync_parent(&place.path)?;
        for path in displaced.replaced {
            if path != place.path {
                self.remove_file(&path);
            }
        }
        let ObjectRow { object, .. } = row;
        let change = ObjectChange::Created {
            operation: new.operation,
        };
        self.publish(bucket, key.as_str(), &object, change);
        Ok(object)
    }

    /// Where the bytes of a key are to lie; encrypted ones never in the bucket's folder.
    pub(crate) fn place(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        blob: &str,
        sealed: bool,
    ) -> Result<Place> {
        if sealed {
            self.files.place_aside(blob)
        } else {
            self.files.place(bucket, key, blob)
        }
    }

    /// Plans what a new version at its place does to those that are there: it replaces the one
    /// with its id, and the current one stays as a version if it has another.
    fn displace(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        (version, place): (&VersionId, &Place),
        previous: Option<ObjectRow>,
        versioning: Versioning,
    ) -> Result<Displaced> {
        let mut displaced = Displaced {
            rearrangement: Rearrangement::default(),
            undo: Vec::new(),
            replaced: Vec::new(),
        };
        if versioning == Versioning::Suspended
            && let Some(stale) = self.index.version(bucket, key.as_str(), version)?
        {
            displaced.rearrangement.changes.push(remove_version(&stale));
            if let VersionRow::Object(row) = &stale {
                displaced.replaced.push(self.file_of(bucket, row));
            }
            displaced.undo.push(Change::PutVersion(stale));
        }
        let Some(previous) = previous else {
            displaced.undo.push(Change::RemoveCurrent {
                key: key.to_string(),
            });
            return Ok(displaced);
        };
        if previous.object.version == *version {
            if previous.file.plain && !place.plain {
                // Left in the bucket's folder by a crash, it would be taken for a new object.
                displaced.rearrangement.discard(self, bucket, &previous);
            } else {
                displaced.replaced.push(self.file_of(bucket, &previous));
            }
        } else {
            displaced.undo.push(Change::RemoveVersion {
                key: key.to_string(),
                sequence: previous.sequence,
            });
            self.keep_as_version(bucket, previous.clone(), &mut displaced.rearrangement);
        }
        displaced.undo.push(Change::PutCurrent(previous));
        Ok(displaced)
    }

    /// Plans that the current object of a key goes among its older versions.
    pub(crate) fn keep_as_version(
        &self,
        bucket: &BucketName,
        mut row: ObjectRow,
        rearrangement: &mut Rearrangement,
    ) {
        let from = self.file_of(bucket, &row);
        row.file.plain = false;
        rearrangement.relocate(&row, from, self.files.aside(&row.file.blob));
        rearrangement
            .changes
            .push(Change::PutVersion(VersionRow::Object(row)));
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

/// Removes a row that is not the current object.
pub(crate) fn remove_version(row: &VersionRow) -> Change {
    Change::RemoveVersion {
        key: row.key().to_owned(),
        sequence: row.sequence(),
    }
}
