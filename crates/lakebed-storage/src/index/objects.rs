use lakebed_core::rusqlite::{Row, params};
use lakebed_core::{Timestamp, Transaction};
use serde::{Deserialize, Serialize};

use super::versions::{self, VersionRow};
use super::{Index, after_prefix, upper_bound};
use crate::files::Stamp;
use crate::{
    BucketName, ETag, Error, ObjectChecksum, ObjectEncryption, ObjectInfo, ObjectMetadata,
    ObjectPart, ObjectProperties, Result, UploadId, VersionId,
};

/// A version of an object with its bytes, as the index keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectRow {
    pub(crate) key: String,
    /// Greater than those of all older versions.
    pub(crate) sequence: i64,
    pub(crate) object: ObjectInfo,
    /// The multipart upload it was completed from.
    pub(crate) upload: Option<UploadId>,
    pub(crate) file: FileRow,
}

/// What the index knows of an object's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileRow {
    /// Names the bytes among the temporary files and under `objects`.
    pub(crate) blob: String,
    pub(crate) plain: bool,
    /// The bytes on disk are encrypted.
    pub(crate) sealed: bool,
    pub(crate) stamp: Stamp,
    pub(crate) crc64nvme: u64,
}

/// What is kept as one JSON document in a row.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Details {
    #[serde(flatten)]
    metadata: ObjectMetadata,
    #[serde(default, skip_serializing_if = "ObjectProperties::is_default")]
    properties: ObjectProperties,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encryption: Option<ObjectEncryption>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parts: Vec<ObjectPart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    upload: Option<String>,
}

/// A change to the rows of a bucket's keys.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// Adds or replaces the current object of a key.
    PutCurrent(ObjectRow),
    /// Leaves a key without a current object.
    RemoveCurrent { key: String },
    /// Adds or replaces a version that is not the current object.
    PutVersion(VersionRow),
    /// Removes a version that is not the current object.
    RemoveVersion { key: String, sequence: i64 },
    /// Ends an upload.
    EndUpload { key: String, upload: UploadId },
}

/// The columns of a [`FileRow`], in the order it reads them.
const FILE_COLUMNS: &str = "crc64nvme, blob, plain, sealed, file_size, file_modified";

impl FileRow {
    /// Reads the columns that begin at `first`.
    fn read(row: &Row<'_>, first: usize) -> Result<Self> {
        Ok(Self {
            crc64nvme: row.get::<_, i64>(first)?.cast_unsigned(),
            blob: row.get(first + 1)?,
            plain: row.get(first + 2)?,
            sealed: row.get(first + 3)?,
            stamp: Stamp {
                size: row.get::<_, i64>(first + 4)?.cast_unsigned(),
                modified_nanos: row.get(first + 5)?,
            },
        })
    }
}

/// The columns of an [`ObjectRow`], in the order it reads them.
pub(super) const COLUMNS: &str = "key, version, sequence, etag, modified, owner, checksum, \
     storage_class, details, size, crc64nvme, blob, plain, sealed, file_size, file_modified";

impl ObjectRow {
    pub(super) fn read(row: &Row<'_>) -> Result<Self> {
        let key: String = row.get(0)?;
        let checksum: Option<String> = row.get(6)?;
        let details: String = row.get(8)?;
        let unreadable = |source| Error::Details {
            key: key.clone(),
            source,
        };
        let mut details: Details = serde_json::from_str(&details).map_err(unreadable)?;
        details.metadata.storage_class = row.get(7)?;
        Ok(Self {
            sequence: row.get(2)?,
            object: ObjectInfo {
                size: row.get::<_, i64>(9)?.cast_unsigned(),
                etag: ETag::stored(row.get(3)?),
                modified: Timestamp::from_millis(row.get(4)?),
                version: VersionId::stored(row.get(1)?),
                owner: read_owner(row, 5)?,
                metadata: details.metadata,
                properties: details.properties,
                checksum: read_checksum(&key, checksum.as_deref())?,
                encryption: details.encryption,
                parts: details.parts,
            },
            upload: details.upload.as_deref().map(UploadId::parse).transpose()?,
            file: FileRow::read(row, 10)?,
            key,
        })
    }

    /// Writes the row into a table that has [`COLUMNS`], and a column `marker` if it is that of
    /// versions.
    pub(super) fn put(
        &self,
        transaction: &Transaction<'_>,
        statement: &str,
        bucket: &BucketName,
    ) -> Result<()> {
        let Self {
            key,
            sequence,
            object,
            upload,
            file,
        } = self;
        let unwritable = |source| Error::Details {
            key: key.clone(),
            source,
        };
        let mut metadata = object.metadata.clone();
        let storage_class = metadata.storage_class.take();
        let details = serde_json::to_string(&Details {
            metadata,
            properties: object.properties.clone(),
            encryption: object.encryption.clone(),
            parts: object.parts.clone(),
            upload: upload.as_ref().map(ToString::to_string),
        })
        .map_err(unwritable)?;
        let checksum = object
            .checksum
            .as_ref()
            .map(serde_json::to_string)
            .transpose()
            .map_err(unwritable)?;
        transaction.prepare_cached(statement)?.execute(params![
            bucket.as_str(),
            key,
            object.version.as_str(),
            sequence,
            object.etag.as_str(),
            object.modified.as_millis(),
            object.owner.as_ref().map(|owner| owner.as_str()),
            checksum,
            storage_class,
            details,
            object.size.cast_signed(),
            file.crc64nvme.cast_signed(),
            file.blob,
            file.plain,
            file.sealed,
            file.stamp.size.cast_signed(),
            file.stamp.modified_nanos,
        ])?;
        Ok(())
    }
}

pub(super) fn read_owner(row: &Row<'_>, column: usize) -> Result<Option<lakebed_core::AccountId>> {
    let owner: Option<String> = row.get(column)?;
    owner
        .map(|owner| {
            owner.parse().map_err(|_| Error::InvalidArgument {
                name: "owner",
                message: format!("an object has the unknown owner '{owner}'"),
                value: owner,
            })
        })
        .transpose()
}

pub(super) fn read_checksum(key: &str, json: Option<&str>) -> Result<Option<ObjectChecksum>> {
    json.map(serde_json::from_str)
        .transpose()
        .map_err(|source| Error::Details {
            key: key.to_owned(),
            source,
        })
}

impl Index {
    /// The current object of a key.
    pub(crate) fn object(&self, bucket: &BucketName, key: &str) -> Result<Option<ObjectRow>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM s3_objects WHERE bucket = ?1 AND key = ?2"
            ))?;
            let mut rows = statement.query(params![bucket.as_str(), key])?;
            rows.next()?.map(ObjectRow::read).transpose()
        })
    }

    /// Makes changes in one transaction, in their order.
    pub(crate) fn apply<'a>(
        &self,
        bucket: &BucketName,
        changes: impl IntoIterator<Item = &'a Change>,
    ) -> Result<()> {
        self.write(|transaction| {
            for change in changes {
                change.make(transaction, bucket)?;
            }
            Ok(())
        })
    }

    pub(crate) fn put_object(&self, bucket: &BucketName, row: &ObjectRow) -> Result<()> {
        self.apply(bucket, [&Change::PutCurrent(row.clone())])
    }

    /// Says whether a bucket has objects, versions or delete markers.
    pub(crate) fn has_objects(&self, bucket: &BucketName) -> Result<bool> {
        self.read(|connection| {
            for table in ["s3_objects", "s3_versions"] {
                let found = connection
                    .prepare_cached(&format!("SELECT 1 FROM {table} WHERE bucket = ?1 LIMIT 1"))?
                    .exists([bucket.as_str()])?;
                if found {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    /// Finds the version whose bytes have this blob name, with its bucket.
    pub(crate) fn row_of_blob(&self, blob: &str) -> Result<Option<(BucketName, BlobRow)>> {
        self.read(|connection| {
            for table in ["s3_objects", "s3_versions"] {
                let mut statement = connection.prepare_cached(&format!(
                    "SELECT {COLUMNS}, bucket FROM {table} WHERE blob = ?1"
                ))?;
                let mut rows = statement.query([blob])?;
                let Some(row) = rows.next()? else { continue };
                let bucket: String = row.get(16)?;
                let bucket = BucketName::parse(&bucket)?;
                let row = ObjectRow::read(row)?;
                return Ok(Some(if table == "s3_objects" {
                    (bucket, BlobRow::Current(row))
                } else {
                    (bucket, BlobRow::Version(row))
                }));
            }
            Ok(None)
        })
    }

    /// What the index knows of the file of a key; a fraction of what reading the row costs.
    pub(crate) fn file(&self, bucket: &BucketName, key: &str) -> Result<Option<FileRow>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {FILE_COLUMNS} FROM s3_objects WHERE bucket = ?1 AND key = ?2"
            ))?;
            let mut rows = statement.query(params![bucket.as_str(), key])?;
            rows.next()?.map(|row| FileRow::read(row, 0)).transpose()
        })
    }

    /// The files of up to `limit` keys that begin with a prefix, after a key, in key order.
    pub(crate) fn files_after(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<(String, FileRow)>> {
        self.read(|connection| {
            let end = after_prefix(prefix);
            let bound = upper_bound(end.as_deref(), 4);
            let mut statement = connection.prepare_cached(&format!(
                "SELECT key, {FILE_COLUMNS} FROM s3_objects
                 WHERE bucket = ?1 AND key >= ?2 AND key > ?3 {bound} ORDER BY key LIMIT ?5"
            ))?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let mut rows = statement.query(params![bucket.as_str(), prefix, after, end, limit])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push((row.get(0)?, FileRow::read(row, 1)?));
            }
            Ok(found)
        })
    }
}

/// Whose bytes a blob is.
#[derive(Debug)]
pub(crate) enum BlobRow {
    Current(ObjectRow),
    Version(ObjectRow),
}

impl Change {
    fn make(&self, transaction: &Transaction<'_>, bucket: &BucketName) -> Result<()> {
        match self {
            Self::PutCurrent(row) => row.put(
                transaction,
                "INSERT OR REPLACE INTO s3_objects (bucket, key, version, sequence, etag, modified,
                     owner, checksum, storage_class, details, size, crc64nvme, blob, plain, sealed,
                     file_size, file_modified)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
                bucket,
            ),
            Self::RemoveCurrent { key } => {
                transaction
                    .prepare_cached("DELETE FROM s3_objects WHERE bucket = ?1 AND key = ?2")?
                    .execute(params![bucket.as_str(), key])?;
                Ok(())
            }
            Self::PutVersion(row) => versions::put(transaction, bucket, row),
            Self::RemoveVersion { key, sequence } => {
                transaction
                    .prepare_cached(
                        "DELETE FROM s3_versions WHERE bucket = ?1 AND key = ?2 AND sequence = ?3",
                    )?
                    .execute(params![bucket.as_str(), key, sequence])?;
                Ok(())
            }
            Self::EndUpload { key, upload } => {
                super::uploads::delete(transaction, bucket, key, upload)?;
                Ok(())
            }
        }
    }
}
