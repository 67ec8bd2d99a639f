use std::fs::{self, File};
use std::io::{self, Read};

use lakebed_core::ObjectChange;
use uuid::Uuid;

use crate::commit::remove_version;
use crate::digest::{BodyDigest, BodyHasher};
use crate::files::{Place, Stamp, is_absent};
use crate::index::{Change, FileRow, MarkerRow, ObjectRow, VersionRow};
use crate::layout::plain_path;
use crate::metadata::{DEFAULT_CONTENT_TYPE, guess_content_type};
use crate::rearrange::Rearrangement;
use crate::storage::{Inner, OpenBucket};
use crate::{
    BucketName, ChecksumAlgorithm, ETag, Error, ObjectChecksum, ObjectInfo, ObjectKey,
    ObjectMetadata, ObjectProperties, Result, Versioning,
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
    Adopt(Found),
}

/// A file that is not what the index says.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    place: Place,
    stamp: Stamp,
}

impl Inner {
    /// Makes the index agree with what lies on disk for a key: the file is the truth about bytes.
    pub(crate) fn examine(&self, bucket: &BucketName, key: &ObjectKey) -> Result<Examined> {
        let open = self.bucket(bucket)?;
        let found = {
            let _namespace = open.enter()?;
            match self.judge(bucket, key)? {
                Verdict::Nothing => return Ok(Examined::Same),
                Verdict::Remove => {
                    self.forget(&open, key)?;
                    return Ok(Examined::Removed);
                }
                Verdict::Adopt(found) => found,
            }
        };
        // Hashed outside the namespace, however long it takes.
        let Some(digest) = hash(&found)? else {
            return Ok(Examined::Changing);
        };
        let _namespace = open.enter()?;
        match self.judge(bucket, key)? {
            Verdict::Adopt(now) if now == found => {
                self.adopt(&open, key, &found, digest)?;
                Ok(Examined::Adopted)
            }
            Verdict::Nothing => Ok(Examined::Same),
            Verdict::Remove | Verdict::Adopt(_) => Ok(Examined::Changing),
        }
    }

    fn judge(&self, bucket: &BucketName, key: &ObjectKey) -> Result<Verdict> {
        let known = self.index.file(bucket, key.as_str())?;
        let found = self
            .find(bucket, key, known.as_ref())
            .map_err(Error::file("look at a file in a bucket"))?;
        Ok(match (known, found) {
            (None, None) => Verdict::Nothing,
            (Some(_), None) => Verdict::Remove,
            // What is encrypted says itself whether it is whole, and is nobody's to change.
            (Some(known), Some(found)) if known.sealed && !found.place.plain => Verdict::Nothing,
            (Some(known), Some(found))
                if (known.plain, known.stamp) == (found.place.plain, found.stamp) =>
            {
                Verdict::Nothing
            }
            (_, Some(found)) => Verdict::Adopt(found),
        })
    }

    /// The file that holds a key's bytes: the one in the bucket's folder, else the one aside.
    fn find(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        known: Option<&FileRow>,
    ) -> io::Result<Option<Found>> {
        if let Some(relative) = plain_path(key.as_str())
            && let Some(stamp) = self.files.plain_stamp(bucket, &relative)?
        {
            let path = self.files.bucket(bucket).join(relative);
            let place = Place { path, plain: true };
            return Ok(Some(Found { place, stamp }));
        }
        let Some(known) = known.filter(|known| !known.plain) else {
            return Ok(None);
        };
        let path = self.files.object(bucket, key.as_str(), known);
        match fs::metadata(&path) {
            Ok(metadata) => Ok(Some(Found {
                stamp: Stamp::of(&metadata)?,
                place: Place { path, plain: false },
            })),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Forgets the current object of a key whose file was taken away; where versions are kept,
    /// as a delete would. The caller holds the namespace.
    fn forget(&self, open: &OpenBucket, key: &ObjectKey) -> Result<()> {
        let bucket = &open.bucket.name;
        let mut changes = vec![Change::RemoveCurrent {
            key: key.to_string(),
        }];
        let versioning = open.settings().versioning;
        let version = versioning.next_version();
        let mut change = ObjectChange::Deleted;
        if versioning != Versioning::Unversioned {
            change = ObjectChange::DeleteMarkerCreated;
            let stale = self.index.version(bucket, key.as_str(), &version)?;
            changes.extend(stale.as_ref().map(remove_version));
            changes.push(Change::PutVersion(VersionRow::Marker(MarkerRow {
                key: key.to_string(),
                version: version.clone(),
                sequence: self.index.next_sequence(),
                modified: self.platform.clock.now(),
                owner: None,
            })));
        }
        self.index.apply(bucket, &changes)?;
        self.publish_gone(bucket, key.as_str(), Some(&version), change);
        Ok(())
    }

    /// Makes a found file the object of its key; the bytes of the one it was are gone. The caller
    /// holds the namespace.
    fn adopt(
        &self,
        open: &OpenBucket,
        key: &ObjectKey,
        found: &Found,
        digest: BodyDigest,
    ) -> Result<()> {
        let bucket = &open.bucket.name;
        let versioning = open.settings().versioning;
        let previous = self.index.object(bucket, key.as_str())?;
        if let Some(mut row) = previous.clone()
            && row.file.plain == found.place.plain
            && (row.object.size, row.file.crc64nvme) == (digest.size, digest.crc64nvme)
        {
            // Touched, or copied with its folder, but the same bytes: the same object.
            row.file.stamp = found.stamp;
            return self.index.put_object(bucket, &row);
        }
        let content_type = guess_content_type(key.as_str()).unwrap_or(DEFAULT_CONTENT_TYPE);
        let aside = previous.filter(|previous| !previous.file.plain);
        let blob = match &aside {
            Some(aside) if !found.place.plain => aside.file.blob.clone(),
            _ => Uuid::new_v4().simple().to_string(),
        };
        let row = ObjectRow {
            key: key.to_string(),
            sequence: self.index.next_sequence(),
            object: ObjectInfo {
                size: digest.size,
                etag: ETag::of_bytes(&digest.md5),
                modified: self.platform.clock.now(),
                version: versioning.next_version(),
                owner: None,
                metadata: ObjectMetadata {
                    content_type: Some(content_type.to_owned()),
                    ..ObjectMetadata::default()
                },
                properties: ObjectProperties::default(),
                checksum: Some(ObjectChecksum::full_object(digest.checksum)),
                encryption: None,
                parts: Vec::new(),
            },
            upload: None,
            file: FileRow {
                blob,
                plain: found.place.plain,
                sealed: false,
                stamp: found.stamp,
                crc64nvme: digest.crc64nvme,
            },
        };
        let mut plan = Rearrangement::default();
        let stale = match versioning {
            Versioning::Suspended => {
                self.index
                    .version(bucket, key.as_str(), &row.object.version)?
            }
            Versioning::Unversioned | Versioning::Enabled => None,
        };
        plan.changes.extend(stale.as_ref().map(remove_version));
        if let Some(VersionRow::Object(stale)) = &stale {
            plan.discard(self, bucket, stale);
        }
        if let Some(aside) = aside.filter(|_| found.place.plain) {
            if aside.object.version == row.object.version {
                plan.discard(self, bucket, &aside);
            } else {
                self.keep_as_version(bucket, aside, &mut plan);
            }
        }
        plan.changes.push(Change::PutCurrent(row.clone()));
        self.rearrange(bucket, plan)?;
        tracing::info!(%bucket, %key, size_bytes = row.object.size, "adopted a file");
        let change = ObjectChange::Created { operation: "Adopt" };
        self.publish(bucket, key.as_str(), &row.object, change);
        Ok(())
    }
}

/// Hashes a file; none if it is not, or does not stay, what its stamp says.
fn hash(found: &Found) -> Result<Option<BodyDigest>> {
    let Found { place, stamp } = found;
    let read = || -> io::Result<Option<BodyDigest>> {
        let mut file = File::open(&place.path)?;
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
        let unchanged = Stamp::of(&file.metadata()?)? == *stamp && hasher.size() == stamp.size;
        Ok(unchanged.then(|| hasher.finish()))
    };
    match read() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map_err(Error::file(format!("read '{}'", place.path.display()))),
    }
}
