use lakebed_core::rusqlite::{OptionalExtension, Row, params};
use lakebed_core::{Timestamp, Transaction};
use serde::{Deserialize, Serialize};

use super::{Index, NULL_VERSION, after_prefix, upper_bound};
use crate::files::Stamp;
use crate::{
    BucketName, ETag, Error, ObjectChecksum, ObjectInfo, ObjectMetadata, ObjectPart, Result,
    UploadId,
};

/// A row of the object index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectRow {
    pub(crate) key: String,
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
    pub(crate) stamp: Stamp,
    pub(crate) crc64nvme: u64,
}

/// What is kept as one JSON document in a row.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Details {
    #[serde(flatten)]
    metadata: ObjectMetadata,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parts: Vec<ObjectPart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    upload: Option<String>,
}

/// The columns of a [`FileRow`], in the order it reads them.
const FILE_COLUMNS: &str = "size, crc64nvme, blob, plain, file_modified";

impl FileRow {
    /// Reads the columns that begin at `first`.
    fn read(row: &Row<'_>, first: usize) -> Result<Self> {
        Ok(Self {
            stamp: Stamp {
                size: row.get::<_, i64>(first)?.cast_unsigned(),
                modified_nanos: row.get(first + 4)?,
            },
            crc64nvme: row.get::<_, i64>(first + 1)?.cast_unsigned(),
            blob: row.get(first + 2)?,
            plain: row.get(first + 3)?,
        })
    }
}

const COLUMNS: &str = "key, etag, modified, checksum, storage_class, details, size, crc64nvme, blob, plain, file_modified";

impl ObjectRow {
    fn read(row: &Row<'_>) -> Result<Self> {
        let key: String = row.get(0)?;
        let checksum: Option<String> = row.get(3)?;
        let details: String = row.get(5)?;
        let unreadable = |source| Error::Details {
            key: key.clone(),
            source,
        };
        let mut details: Details = serde_json::from_str(&details).map_err(unreadable)?;
        details.metadata.storage_class = row.get(4)?;
        let file = FileRow::read(row, 6)?;
        Ok(Self {
            object: ObjectInfo {
                size: file.stamp.size,
                etag: ETag::stored(row.get(1)?),
                modified: Timestamp::from_millis(row.get(2)?),
                metadata: details.metadata,
                checksum: read_checksum(&key, checksum.as_deref())?,
                parts: details.parts,
            },
            upload: details.upload.as_deref().map(UploadId::parse).transpose()?,
            file,
            key,
        })
    }
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
    pub(crate) fn object(&self, bucket: &BucketName, key: &str) -> Result<Option<ObjectRow>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM s3_objects WHERE bucket = ?1 AND key = ?2 AND version = ?3"
            ))?;
            let mut rows = statement.query(params![bucket.as_str(), key, NULL_VERSION])?;
            rows.next()?.map(ObjectRow::read).transpose()
        })
    }

    /// Adds or replaces an object.
    pub(crate) fn put_object(&self, bucket: &BucketName, row: &ObjectRow) -> Result<()> {
        self.write(|transaction| put(transaction, bucket, row))
    }

    /// Adds or replaces an object made of an upload, and ends the upload.
    pub(crate) fn complete_upload(
        &self,
        bucket: &BucketName,
        row: &ObjectRow,
        upload: &UploadId,
    ) -> Result<()> {
        self.write(|transaction| {
            put(transaction, bucket, row)?;
            super::uploads::delete(transaction, bucket, &row.key, upload)?;
            Ok(())
        })
    }

    /// Removes objects in one transaction.
    pub(crate) fn delete_objects<'a>(
        &self,
        bucket: &BucketName,
        keys: impl IntoIterator<Item = &'a str>,
    ) -> Result<()> {
        self.write(|transaction| {
            let mut statement = transaction.prepare_cached(
                "DELETE FROM s3_objects WHERE bucket = ?1 AND key = ?2 AND version = ?3",
            )?;
            for key in keys {
                statement.execute(params![bucket.as_str(), key, NULL_VERSION])?;
            }
            Ok(())
        })
    }

    pub(crate) fn has_objects(&self, bucket: &BucketName) -> Result<bool> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached("SELECT 1 FROM s3_objects WHERE bucket = ?1 LIMIT 1")?
                .exists([bucket.as_str()])?)
        })
    }

    /// Finds the object whose bytes have this blob name, with its bucket.
    pub(crate) fn object_of_blob(&self, blob: &str) -> Result<Option<(BucketName, ObjectRow)>> {
        self.read(|connection| {
            let found: Option<(String, String)> = connection
                .prepare_cached("SELECT bucket, key FROM s3_objects WHERE blob = ?1")?
                .query_row([blob], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            Ok(found)
        })?
        .map_or(Ok(None), |(bucket, key): (String, String)| {
            let bucket = BucketName::parse(&bucket)?;
            let row = self.object(&bucket, &key)?;
            Ok(row.map(|row| (bucket, row)))
        })
    }

    /// What the index knows of the file of a key; a fraction of what reading the row costs.
    pub(crate) fn file(&self, bucket: &BucketName, key: &str) -> Result<Option<FileRow>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {FILE_COLUMNS} FROM s3_objects
                 WHERE bucket = ?1 AND key = ?2 AND version = ?3"
            ))?;
            let mut rows = statement.query(params![bucket.as_str(), key, NULL_VERSION])?;
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
            let bound = upper_bound(end.as_deref());
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

fn put(transaction: &Transaction<'_>, bucket: &BucketName, row: &ObjectRow) -> Result<()> {
    let ObjectRow {
        key,
        object,
        upload,
        file,
    } = row;
    let unwritable = |source| Error::Details {
        key: key.clone(),
        source,
    };
    let mut metadata = object.metadata.clone();
    let storage_class = metadata.storage_class.take();
    let details = serde_json::to_string(&Details {
        metadata,
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
    transaction
        .prepare_cached(&format!(
            "INSERT OR REPLACE INTO s3_objects (bucket, version, {COLUMNS})
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
        ))?
        .execute(params![
            bucket.as_str(),
            NULL_VERSION,
            key,
            object.etag.as_str(),
            object.modified.as_millis(),
            checksum,
            storage_class,
            details,
            object.size.cast_signed(),
            file.crc64nvme.cast_signed(),
            file.blob,
            file.plain,
            file.stamp.modified_nanos,
        ])?;
    Ok(())
}
