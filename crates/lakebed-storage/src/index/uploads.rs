use lakebed_core::rusqlite::{OptionalExtension, Row, params};
use lakebed_core::{AccountId, Timestamp, Transaction};
use serde::{Deserialize, Serialize};

use super::Index;
use crate::{
    BucketName, Checksum, ChecksumAlgorithm, ChecksumType, ETag, Error, ObjectEncryption,
    ObjectMetadata, ObjectProperties, Result, UploadId,
};

/// A multipart upload that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UploadRow {
    pub(crate) key: String,
    pub(crate) id: UploadId,
    pub(crate) initiated: Timestamp,
    pub(crate) details: UploadDetails,
}

/// What the object of an upload is to become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UploadDetails {
    pub(crate) metadata: ObjectMetadata,
    #[serde(default, skip_serializing_if = "ObjectProperties::is_default")]
    pub(crate) properties: ObjectProperties,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<AccountId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) encryption: Option<ObjectEncryption>,
    /// The algorithm asked for; none where S3 takes its own.
    pub(crate) algorithm: Option<ChecksumAlgorithm>,
    pub(crate) kind: ChecksumType,
}

/// An uploaded part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartRow {
    pub(crate) number: u32,
    pub(crate) size: u64,
    pub(crate) etag: ETag,
    pub(crate) modified: Timestamp,
    pub(crate) checksum: Checksum,
    pub(crate) crc64nvme: u64,
    pub(crate) blob: String,
}

impl UploadRow {
    fn read(row: &Row<'_>) -> Result<Self> {
        let key: String = row.get(0)?;
        let id: String = row.get(1)?;
        let details: String = row.get(3)?;
        Ok(Self {
            id: UploadId::parse(&id)?,
            initiated: Timestamp::from_millis(row.get(2)?),
            details: from_json(&key, &details)?,
            key,
        })
    }
}

impl PartRow {
    fn read(row: &Row<'_>) -> Result<Self> {
        let etag: String = row.get(2)?;
        let checksum: String = row.get(4)?;
        Ok(Self {
            number: row.get(0)?,
            size: row.get::<_, i64>(1)?.cast_unsigned(),
            modified: Timestamp::from_millis(row.get(3)?),
            checksum: from_json(&etag, &checksum)?,
            crc64nvme: row.get::<_, i64>(5)?.cast_unsigned(),
            blob: row.get(6)?,
            etag: ETag::stored(etag),
        })
    }
}

fn from_json<T: for<'de> Deserialize<'de>>(of: &str, json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|source| Error::Details {
        key: of.to_owned(),
        source,
    })
}

fn to_json<T: Serialize>(of: &str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|source| Error::Details {
        key: of.to_owned(),
        source,
    })
}

impl Index {
    pub(crate) fn put_upload(&self, bucket: &BucketName, upload: &UploadRow) -> Result<()> {
        let details = to_json(&upload.key, &upload.details)?;
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO s3_uploads (bucket, key, id, initiated, details)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    bucket.as_str(),
                    upload.key,
                    upload.id.as_str(),
                    upload.initiated.as_millis(),
                    details
                ])?;
            Ok(())
        })
    }

    pub(crate) fn upload(
        &self,
        bucket: &BucketName,
        key: &str,
        id: &UploadId,
    ) -> Result<Option<UploadRow>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT key, id, initiated, details FROM s3_uploads
                 WHERE bucket = ?1 AND key = ?2 AND id = ?3",
            )?;
            let mut rows = statement.query(params![bucket.as_str(), key, id.as_str()])?;
            rows.next()?.map(UploadRow::read).transpose()
        })
    }

    /// Ends an upload and forgets its parts; says whether it was there.
    pub(crate) fn delete_upload(
        &self,
        bucket: &BucketName,
        key: &str,
        id: &UploadId,
    ) -> Result<bool> {
        self.write(|transaction| delete(transaction, bucket, key, id))
    }

    /// The uploads of a bucket whose keys begin with `prefix`, by key, then in the order they began.
    pub(crate) fn uploads(&self, bucket: &BucketName, prefix: &str) -> Result<Vec<UploadRow>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT key, id, initiated, details FROM s3_uploads
                 WHERE bucket = ?1 AND key >= ?2 ORDER BY key, initiated, id",
            )?;
            let mut rows = statement.query(params![bucket.as_str(), prefix])?;
            let mut uploads = Vec::new();
            while let Some(row) = rows.next()? {
                let upload = UploadRow::read(row)?;
                if !upload.key.starts_with(prefix) {
                    break;
                }
                uploads.push(upload);
            }
            Ok(uploads)
        })
    }

    /// Says whether any bucket has an upload with this id.
    pub(crate) fn has_upload(&self, id: &str) -> Result<bool> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached("SELECT 1 FROM s3_uploads WHERE id = ?1")?
                .exists([id])?)
        })
    }

    /// Adds or replaces a part; gives the blob name of the part it replaced.
    ///
    /// # Errors
    /// `NoSuchUpload` if the upload ended meanwhile.
    pub(crate) fn put_part(&self, upload: &UploadId, part: &PartRow) -> Result<Option<String>> {
        let checksum = to_json(part.etag.as_str(), &part.checksum)?;
        self.write(|transaction| {
            let under_way = transaction
                .prepare_cached("SELECT 1 FROM s3_uploads WHERE id = ?1")?
                .exists([upload.as_str()])?;
            if !under_way {
                return Err(Error::NoSuchUpload {
                    upload: upload.to_string(),
                });
            }
            let replaced = transaction
                .prepare_cached("SELECT blob FROM s3_parts WHERE upload = ?1 AND number = ?2")?
                .query_row(params![upload.as_str(), part.number], |row| row.get(0))
                .optional()?;
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO s3_parts
                         (upload, number, size, etag, modified, checksum, crc64nvme, blob)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute(params![
                    upload.as_str(),
                    part.number,
                    part.size.cast_signed(),
                    part.etag.as_str(),
                    part.modified.as_millis(),
                    checksum,
                    part.crc64nvme.cast_signed(),
                    part.blob
                ])?;
            Ok(replaced)
        })
    }

    /// Up to `limit` parts of an upload after a part number, in the order of their numbers.
    pub(crate) fn parts(
        &self,
        upload: &UploadId,
        after: u32,
        limit: usize,
    ) -> Result<Vec<PartRow>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT number, size, etag, modified, checksum, crc64nvme, blob FROM s3_parts
                 WHERE upload = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let mut rows = statement.query(params![upload.as_str(), after, limit])?;
            let mut parts = Vec::new();
            while let Some(row) = rows.next()? {
                parts.push(PartRow::read(row)?);
            }
            Ok(parts)
        })
    }
}

pub(super) fn delete(
    transaction: &Transaction<'_>,
    bucket: &BucketName,
    key: &str,
    id: &UploadId,
) -> Result<bool> {
    let ended = transaction
        .prepare_cached("DELETE FROM s3_uploads WHERE bucket = ?1 AND key = ?2 AND id = ?3")?
        .execute(params![bucket.as_str(), key, id.as_str()])?;
    if ended == 1 {
        transaction
            .prepare_cached("DELETE FROM s3_parts WHERE upload = ?1")?
            .execute([id.as_str()])?;
    }
    Ok(ended == 1)
}
