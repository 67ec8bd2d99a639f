use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::digest::{BodyDigest, BodyHasher};
use crate::files::Stamp;
use crate::index::{FileRow, ObjectRow};
use crate::layout::plain_path;
use crate::metadata::{DEFAULT_CONTENT_TYPE, guess_content_type};
use crate::storage::Inner;
use crate::{
    BucketName, ChecksumAlgorithm, ETag, Error, ObjectChecksum, ObjectInfo, ObjectKey,
    ObjectMetadata, Result,
};

/// How much of a file is hashed at a time.
const BUFFER_BYTES: usize = 512 * 1024;

/// What looking at a key's file against its row came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Examined {
    /// They agree; or both are absent.
    Same,
    /// The file was new or changed, and is the object now.
    Adopted,
    /// The file is gone, and so is the object.
    Removed,
    /// The file changed while it was read: look again later.
    Changing,
}

/// What is to be done about a key.
enum Verdict {
    Nothing,
    Remove,
    Adopt(PathBuf, Stamp),
}

impl Inner {
    /// Makes the index agree with what lies on disk for a key: the file is the truth about bytes.
    pub(crate) fn examine(&self, bucket: &BucketName, key: &ObjectKey) -> Result<Examined> {
        let open = self.bucket(bucket)?;
        let (path, stamp) = {
            let _namespace = open.enter()?;
            match self.judge(bucket, key)? {
                Verdict::Nothing => return Ok(Examined::Same),
                Verdict::Remove => {
                    self.index.delete_objects(bucket, [key.as_str()])?;
                    self.publish_removed(bucket, key.as_str());
                    return Ok(Examined::Removed);
                }
                Verdict::Adopt(path, stamp) => (path, stamp),
            }
        };
        // Hashed outside the namespace, however long it takes.
        let Some(digest) = hash(&path, stamp)? else {
            return Ok(Examined::Changing);
        };
        let _namespace = open.enter()?;
        match self.judge(bucket, key)? {
            Verdict::Adopt(_, now) if now == stamp => {
                self.adopt(bucket, key, stamp, digest)?;
                Ok(Examined::Adopted)
            }
            Verdict::Nothing => Ok(Examined::Same),
            Verdict::Remove | Verdict::Adopt(..) => Ok(Examined::Changing),
        }
    }

    fn judge(&self, bucket: &BucketName, key: &ObjectKey) -> Result<Verdict> {
        let row = self.index.object(bucket, key.as_str())?;
        let found = match plain_path(key.as_str()) {
            Some(relative) => self
                .files
                .plain_stamp(bucket, &relative)
                .map_err(Error::file("look at a file in a bucket"))?
                .map(|stamp| (self.files.bucket(bucket).join(relative), stamp)),
            None => None,
        };
        Ok(match (row, found) {
            (None, None) => Verdict::Nothing,
            (Some(row), Some((_, stamp))) if row.file.plain && row.file.stamp == stamp => {
                Verdict::Nothing
            }
            (_, Some((path, stamp))) => Verdict::Adopt(path, stamp),
            (Some(row), None) if row.file.plain || !self.file_of(bucket, &row).exists() => {
                Verdict::Remove
            }
            (Some(_), None) => Verdict::Nothing,
        })
    }

    /// Makes a file in a bucket's folder the object of its key. The caller holds the namespace.
    fn adopt(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        stamp: Stamp,
        digest: BodyDigest,
    ) -> Result<()> {
        let previous = self.index.object(bucket, key.as_str())?;
        if let Some(mut row) = previous.clone()
            && row.file.plain
            && (row.object.size, row.file.crc64nvme) == (digest.size, digest.crc64nvme)
        {
            // Touched, or copied with its folder, but the same bytes: the same object.
            row.file.stamp = stamp;
            return self.index.put_object(bucket, &row);
        }
        let content_type = guess_content_type(key.as_str()).unwrap_or(DEFAULT_CONTENT_TYPE);
        let row = ObjectRow {
            key: key.to_string(),
            object: ObjectInfo {
                size: digest.size,
                etag: ETag::of_bytes(&digest.md5),
                modified: self.platform.clock.now(),
                metadata: ObjectMetadata {
                    content_type: Some(content_type.to_owned()),
                    ..ObjectMetadata::default()
                },
                checksum: Some(ObjectChecksum::full_object(digest.checksum)),
                parts: Vec::new(),
            },
            upload: None,
            file: FileRow {
                blob: Uuid::new_v4().simple().to_string(),
                plain: true,
                stamp,
                crc64nvme: digest.crc64nvme,
            },
        };
        self.index.put_object(bucket, &row)?;
        if let Some(previous) = previous.filter(|previous| !previous.file.plain) {
            self.remove_file(&self.file_of(bucket, &previous));
        }
        tracing::info!(%bucket, %key, size_bytes = row.object.size, "adopted a file");
        self.publish_created(bucket, key, row.object.size, &row.object.etag, "Adopt");
        Ok(())
    }
}

/// Hashes a file; none if it is not, or does not stay, what its stamp says.
fn hash(path: &Path, stamp: Stamp) -> Result<Option<BodyDigest>> {
    let read = || -> io::Result<Option<BodyDigest>> {
        let mut file = File::open(path)?;
        let mut hasher = BodyHasher::new(ChecksumAlgorithm::Crc64Nvme);
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(size) => hasher.update(&buffer[..size]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let unchanged = Stamp::of(&file.metadata()?)? == stamp && hasher.size() == stamp.size;
        Ok(unchanged.then(|| hasher.finish()))
    };
    match read() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map_err(Error::file(format!("read '{}'", path.display()))),
    }
}
