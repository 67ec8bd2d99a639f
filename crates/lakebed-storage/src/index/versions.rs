//! Versions that are not the current object of their key, and delete markers.

use lakebed_core::rusqlite::{Row, params};
use lakebed_core::{AccountId, Connection, Timestamp, Transaction};

use super::listing::{Entry, Page};
use super::objects::{COLUMNS, ObjectRow, read_owner};
use super::{Index, after_prefix, upper_bound};
use crate::list::roll_up;
use crate::{BucketName, Result, VersionId};

/// A version of a key: an object, or the mark that it was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "most versions are objects")]
pub(crate) enum VersionRow {
    Object(ObjectRow),
    Marker(MarkerRow),
}

/// A delete marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MarkerRow {
    pub(crate) key: String,
    pub(crate) version: VersionId,
    pub(crate) sequence: i64,
    pub(crate) modified: Timestamp,
    pub(crate) owner: Option<AccountId>,
}

impl VersionRow {
    pub(crate) fn key(&self) -> &str {
        match self {
            Self::Object(row) => &row.key,
            Self::Marker(row) => &row.key,
        }
    }

    pub(crate) fn version(&self) -> &VersionId {
        match self {
            Self::Object(row) => &row.object.version,
            Self::Marker(row) => &row.version,
        }
    }

    pub(crate) fn sequence(&self) -> i64 {
        match self {
            Self::Object(row) => row.sequence,
            Self::Marker(row) => row.sequence,
        }
    }

    /// Reads [`COLUMNS`] and, behind them, whether it is a marker.
    fn read(row: &Row<'_>) -> Result<Self> {
        if row.get(16)? {
            return Ok(Self::Marker(MarkerRow {
                key: row.get(0)?,
                version: VersionId::stored(row.get(1)?),
                sequence: row.get(2)?,
                modified: Timestamp::from_millis(row.get(4)?),
                owner: read_owner(row, 5)?,
            }));
        }
        ObjectRow::read(row).map(Self::Object)
    }
}

pub(super) fn put(
    transaction: &Transaction<'_>,
    bucket: &BucketName,
    row: &VersionRow,
) -> Result<()> {
    match row {
        VersionRow::Object(row) => row.put(
            transaction,
            "INSERT OR REPLACE INTO s3_versions (bucket, key, version, sequence, etag, modified,
                 owner, checksum, storage_class, details, size, crc64nvme, blob, plain, sealed,
                 file_size, file_modified, marker)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, 0)",
            bucket,
        ),
        VersionRow::Marker(row) => {
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO s3_versions (bucket, key, version, sequence, etag,
                         modified, owner, details, size, crc64nvme, blob, plain, sealed, file_size,
                         file_modified, marker)
                     VALUES (?1, ?2, ?3, ?4, '', ?5, ?6, '{}', 0, 0, '', 0, 0, 0, 0, 1)",
                )?
                .execute(params![
                    bucket.as_str(),
                    row.key,
                    row.version.as_str(),
                    row.sequence,
                    row.modified.as_millis(),
                    row.owner.as_ref().map(AccountId::as_str),
                ])?;
            Ok(())
        }
    }
}

/// A question for a page of versions.
#[derive(Debug, Clone)]
pub(crate) struct VersionQuery<'a> {
    pub(crate) prefix: &'a str,
    pub(crate) delimiter: Option<&'a str>,
    /// Everything up to and including this key or common prefix is left out.
    pub(crate) after: Option<&'a str>,
    /// Of the key in `after`, versions older than this one are not left out.
    pub(crate) after_version: Option<&'a VersionId>,
    pub(crate) limit: usize,
}

impl Index {
    /// The newest version of a key that is not its current object and is older than a sequence.
    pub(crate) fn newest_version(
        &self,
        bucket: &BucketName,
        key: &str,
        below: i64,
    ) -> Result<Option<VersionRow>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS}, marker FROM s3_versions WHERE bucket = ?1 AND key = ?2 AND sequence < ?3
                 ORDER BY sequence DESC LIMIT 1"
            ))?;
            let mut rows = statement.query(params![bucket.as_str(), key, below])?;
            rows.next()?.map(VersionRow::read).transpose()
        })
    }

    /// A version of a key that is not its current object.
    pub(crate) fn version(
        &self,
        bucket: &BucketName,
        key: &str,
        version: &VersionId,
    ) -> Result<Option<VersionRow>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS}, marker FROM s3_versions
                 WHERE bucket = ?1 AND key = ?2 AND version = ?3"
            ))?;
            let mut rows = statement.query(params![bucket.as_str(), key, version.as_str()])?;
            rows.next()?.map(VersionRow::read).transpose()
        })
    }

    /// The blobs of all versions that are not current objects.
    pub(crate) fn version_blobs(&self) -> Result<Vec<String>> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT blob FROM s3_versions WHERE marker = 0")?;
            let mut rows = statement.query([])?;
            let mut blobs = Vec::new();
            while let Some(row) = rows.next()? {
                blobs.push(row.get(0)?);
            }
            Ok(blobs)
        })
    }

    /// A page of all versions in the order of their keys, of each key the newest first; with
    /// each, whether it is the key's latest.
    pub(crate) fn list_versions(
        &self,
        bucket: &BucketName,
        query: &VersionQuery<'_>,
    ) -> Result<Page<(VersionRow, bool)>> {
        self.read(|connection| {
            let mut page = Page {
                entries: Vec::new(),
                truncated: false,
            };
            let mut from = Some(query.start(connection, bucket)?);
            while let Some(start) = from.take() {
                from = fill(connection, bucket, query, &start, &mut page)?;
            }
            Ok(page)
        })
    }
}

/// Where a search through ordered versions begins: at a key, past those of it with this sequence
/// or a greater one.
#[derive(Debug)]
struct Start {
    key: String,
    below: i64,
    /// A newer version of the key came before: none of what follows is its latest.
    within: bool,
}

impl Start {
    fn at(key: String) -> Self {
        Self {
            key,
            below: i64::MAX,
            within: false,
        }
    }
}

impl VersionQuery<'_> {
    fn start(&self, connection: &Connection, bucket: &BucketName) -> Result<Start> {
        let Some(after) = self.after.filter(|after| *after >= self.prefix) else {
            return Ok(Start::at(self.prefix.to_owned()));
        };
        if roll_up(after, self.prefix, self.delimiter) == Some(after) {
            // The page before ended with this common prefix: its keys are done.
            return Ok(after_prefix(after).map_or_else(
                || Start {
                    key: after.to_owned(),
                    below: 0,
                    within: true,
                },
                Start::at,
            ));
        }
        let below = match self.after_version {
            Some(version) => sequence_of(connection, bucket, after, version)?,
            None => None,
        };
        Ok(Start {
            key: after.to_owned(),
            below: below.unwrap_or(0),
            within: true,
        })
    }
}

fn sequence_of(
    connection: &Connection,
    bucket: &BucketName,
    key: &str,
    version: &VersionId,
) -> Result<Option<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT sequence FROM s3_objects WHERE bucket = ?1 AND key = ?2 AND version = ?3
         UNION ALL
         SELECT sequence FROM s3_versions WHERE bucket = ?1 AND key = ?2 AND version = ?3",
    )?;
    let mut rows = statement.query(params![bucket.as_str(), key, version.as_str()])?;
    Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
}

/// Adds entries until the page is full, the versions end, or a common prefix is to be jumped
/// over: then the answer is where to go on.
fn fill(
    connection: &Connection,
    bucket: &BucketName,
    query: &VersionQuery<'_>,
    start: &Start,
    page: &mut Page<(VersionRow, bool)>,
) -> Result<Option<Start>> {
    let end = after_prefix(query.prefix);
    let bound = upper_bound(end.as_deref(), 4);
    let within = "bucket = ?1 AND key >= ?2 AND (key > ?2 OR sequence < ?3)";
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS}, 0 AS marker FROM s3_objects WHERE {within} {bound}
         UNION ALL
         SELECT {COLUMNS}, marker FROM s3_versions WHERE {within} {bound}
         ORDER BY key, sequence DESC"
    ))?;
    let mut rows = statement.query(params![bucket.as_str(), start.key, start.below, end])?;
    let mut last_key = start.within.then(|| start.key.clone());
    while let Some(row) = rows.next()? {
        let key: String = row.get(0)?;
        let common = roll_up(&key, query.prefix, query.delimiter);
        if let Some(common) = common
            && query.after.is_some_and(|after| common <= after)
        {
            return Ok(after_prefix(common).map(Start::at));
        }
        if page.entries.len() >= query.limit {
            page.truncated = true;
            return Ok(None);
        }
        if let Some(common) = common {
            page.entries.push(Entry::CommonPrefix(common.to_owned()));
            return Ok(after_prefix(common).map(Start::at));
        }
        let latest = last_key.as_deref() != Some(key.as_str());
        page.entries
            .push(Entry::Key((VersionRow::read(row)?, latest)));
        last_key = Some(key);
    }
    Ok(None)
}
