//! The tables of the index, and how those of older data folders become today's.

use lakebed_core::rusqlite::{OptionalExtension, params};
use lakebed_core::{AccountId, MetadataStore, Transaction};

use crate::{Error, Result};

/// The format of the tables below. Raise it with every change to them, and add the step that
/// leads there to [`migrate`].
const FORMAT: i64 = 2;

/// Keys compare as bytes of UTF-8, the order S3 lists in.
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS s3_format (
    format INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS s3_buckets (
    name TEXT PRIMARY KEY,
    region TEXT NOT NULL,
    created INTEGER NOT NULL,
    owner TEXT NOT NULL,
    settings TEXT NOT NULL
) WITHOUT ROWID;
-- The current version of every key that has an object: what a listing shows.
CREATE TABLE IF NOT EXISTS s3_objects (
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    version TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    owner TEXT,
    checksum TEXT,
    storage_class TEXT,
    details TEXT NOT NULL,
    size INTEGER NOT NULL,
    crc64nvme INTEGER NOT NULL,
    blob TEXT NOT NULL,
    plain INTEGER NOT NULL,
    sealed INTEGER NOT NULL,
    file_size INTEGER NOT NULL,
    file_modified INTEGER NOT NULL,
    PRIMARY KEY (bucket, key)
) WITHOUT ROWID;
-- All other versions, and all delete markers, the newest first. A key without a current object
-- begins with a marker here.
CREATE TABLE IF NOT EXISTS s3_versions (
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    version TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    owner TEXT,
    checksum TEXT,
    storage_class TEXT,
    details TEXT NOT NULL,
    size INTEGER NOT NULL,
    crc64nvme INTEGER NOT NULL,
    blob TEXT NOT NULL,
    plain INTEGER NOT NULL,
    sealed INTEGER NOT NULL,
    file_size INTEGER NOT NULL,
    file_modified INTEGER NOT NULL,
    marker INTEGER NOT NULL,
    PRIMARY KEY (bucket, key, sequence DESC)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS s3_versions_by_id ON s3_versions (bucket, key, version);
CREATE TABLE IF NOT EXISTS s3_uploads (
    id TEXT PRIMARY KEY,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    initiated INTEGER NOT NULL,
    details TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS s3_uploads_by_key ON s3_uploads (bucket, key, initiated, id);
CREATE TABLE IF NOT EXISTS s3_parts (
    upload TEXT NOT NULL,
    number INTEGER NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    checksum TEXT NOT NULL,
    crc64nvme INTEGER NOT NULL,
    blob TEXT NOT NULL,
    PRIMARY KEY (upload, number)
) WITHOUT ROWID;
";

/// Every table whose rows are buckets or what is in them.
pub(super) const CONTENTS: [&str; 5] = [
    "s3_buckets",
    "s3_objects",
    "s3_versions",
    "s3_uploads",
    "s3_parts",
];

/// Makes the tables, or those of an older format today's, all in one transaction.
///
/// # Errors
/// [`Error::NewerFormat`] for tables that this Lakebed does not know; they stay as they are.
pub(super) fn prepare(store: &MetadataStore, account: &AccountId) -> Result<()> {
    store.write(|transaction| {
        match format(transaction)? {
            Some(FORMAT) => return Ok(()),
            Some(found) if found > FORMAT => {
                return Err(Error::NewerFormat {
                    found,
                    known: FORMAT,
                });
            }
            Some(found) => migrate(transaction, found, account)?,
            None => transaction.execute_batch(TABLES)?,
        }
        transaction.execute("DELETE FROM s3_format", [])?;
        transaction.execute("INSERT INTO s3_format (format) VALUES (?1)", [FORMAT])?;
        Ok(())
    })
}

/// The format of the tables that are there; none if there are none. The first format did not say.
fn format(transaction: &Transaction<'_>) -> Result<Option<i64>> {
    let has = |table: &str| -> Result<bool> {
        Ok(transaction
            .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1")?
            .exists([table])?)
    };
    if has("s3_format")? {
        let format = transaction
            .query_row("SELECT format FROM s3_format", [], |row| row.get(0))
            .optional()?;
        return Ok(format);
    }
    Ok(has("s3_objects")?.then_some(1))
}

/// Format 2 keeps versions, owners and settings.
fn migrate(transaction: &Transaction<'_>, from: i64, account: &AccountId) -> Result<()> {
    tracing::info!(
        from,
        to = FORMAT,
        "bringing the object index to today's format"
    );
    transaction.execute_batch(
        "ALTER TABLE s3_objects RENAME TO s3_objects_1; ALTER TABLE s3_buckets RENAME TO s3_buckets_1",
    )?;
    transaction.execute_batch(TABLES)?;
    transaction.execute(
        "INSERT INTO s3_buckets (name, region, created, owner, settings)
         SELECT name, region, created, ?1, '{}' FROM s3_buckets_1",
        params![account.as_str()],
    )?;
    transaction.execute_batch(
        "INSERT INTO s3_objects (bucket, key, version, sequence, etag, modified, owner, checksum,
             storage_class, details, size, crc64nvme, blob, plain, sealed, file_size, file_modified)
         SELECT bucket, key, version, row_number() OVER (ORDER BY modified), etag, modified, NULL,
             checksum, storage_class, details, size, crc64nvme, blob, plain, 0, size, file_modified
         FROM s3_objects_1;
         DROP TABLE s3_objects_1;
         DROP TABLE s3_buckets_1;",
    )?;
    Ok(())
}
