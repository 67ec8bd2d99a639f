//! The index: what is true of buckets, objects and uploads, in tables of the metadata database.

mod buckets;
mod listing;
mod objects;
mod uploads;

use lakebed_core::{Connection, MetadataStore, Transaction};

pub(crate) use listing::{Entry, Query};
pub(crate) use objects::{FileRow, ObjectRow};
pub(crate) use uploads::{PartRow, UploadDetails, UploadRow};

use crate::Result;

/// The tables of this crate. Keys compare as bytes of UTF-8, the order S3 lists in.
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS s3_buckets (
    name TEXT PRIMARY KEY,
    region TEXT NOT NULL,
    created INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS s3_objects (
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    version TEXT NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    checksum TEXT,
    storage_class TEXT,
    crc64nvme INTEGER NOT NULL,
    blob TEXT NOT NULL,
    plain INTEGER NOT NULL,
    file_modified INTEGER NOT NULL,
    details TEXT NOT NULL,
    PRIMARY KEY (bucket, key, version)
) WITHOUT ROWID;
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

/// The only version id there is while buckets are not versioned.
const NULL_VERSION: &str = "null";

/// The index tables of the metadata database.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    store: MetadataStore,
}

impl Index {
    pub(crate) fn open(store: MetadataStore) -> Result<Self> {
        store.define(SCHEMA)?;
        Ok(Self { store })
    }

    /// Empties the tables of this crate.
    pub(crate) fn clear(&self) -> Result<()> {
        self.write(|transaction| {
            for table in ["s3_buckets", "s3_objects", "s3_uploads", "s3_parts"] {
                transaction.execute(&format!("DELETE FROM {table}"), [])?;
            }
            Ok(())
        })
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.store.read(read)
    }

    fn write<T>(&self, write: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        self.store.write(write)
    }
}

/// The least text that is greater than every text beginning with `prefix`; none if there is none.
pub(crate) fn after_prefix(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // UTF-8 orders as code points do; surrogates are no characters.
        let next = match last {
            '\u{D7FF}' => Some('\u{E000}'),
            last => char::from_u32(u32::from(last) + 1),
        };
        if let Some(next) = next {
            end.push(next);
            return Some(end);
        }
    }
    None
}

/// The condition that keeps keys below parameter 4, in a form SQLite can search with.
fn upper_bound(end: Option<&str>) -> &'static str {
    match end {
        Some(_) => "AND key < ?4",
        None => "AND ?4 IS NULL",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn after_prefix_bounds_exactly_the_texts_with_the_prefix(
            prefix in "[a\u{7f}\u{7ff}\u{d7ff}\u{e000}\u{ffff}\u{10fffe}\u{10ffff}]{0,4}",
            text in "[a\u{7f}\u{7ff}\u{d7ff}\u{e000}\u{ffff}\u{10fffe}\u{10ffff}]{0,6}",
        ) {
            let end = after_prefix(&prefix);
            let within = text >= prefix && end.as_ref().is_none_or(|end| text < *end);
            prop_assert_eq!(within, text.starts_with(&prefix));
        }
    }
}
