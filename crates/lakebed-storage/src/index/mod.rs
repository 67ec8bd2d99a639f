//! The index: what is true of buckets, objects and uploads, in tables of the metadata database.

mod buckets;
mod listing;
mod objects;
mod schema;
mod uploads;
mod versions;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use lakebed_core::{AccountId, Connection, MetadataStore, Transaction};

pub(crate) use listing::{Entry, Query};
pub(crate) use objects::{BlobRow, Change, FileRow, ObjectRow};
pub(crate) use uploads::{PartRow, UploadDetails, UploadRow};
pub(crate) use versions::{MarkerRow, VersionQuery, VersionRow};

use crate::Result;

/// The index tables of the metadata database.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    store: MetadataStore,
    last_sequence: Arc<AtomicI64>,
}

impl Index {
    /// Opens the tables; buckets of a format that knew no owners become the account's.
    pub(crate) fn open(store: MetadataStore, account: &AccountId) -> Result<Self> {
        schema::prepare(&store, account)?;
        let last: i64 = store.read(|connection| -> Result<i64> {
            Ok(connection.query_row(
                "SELECT max(coalesce((SELECT max(sequence) FROM s3_objects), 0),
                            coalesce((SELECT max(sequence) FROM s3_versions), 0))",
                [],
                |row| row.get(0),
            )?)
        })?;
        Ok(Self {
            store,
            last_sequence: Arc::new(AtomicI64::new(last)),
        })
    }

    /// A number greater than all before: versions of a key are ordered by it, not by time, which
    /// may stand still or go back.
    pub(crate) fn next_sequence(&self) -> i64 {
        self.last_sequence.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Empties the tables of this crate.
    pub(crate) fn clear(&self) -> Result<()> {
        self.write(|transaction| {
            for table in schema::CONTENTS {
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

/// The condition that keeps keys below a parameter, in a form SQLite can search with.
fn upper_bound(end: Option<&str>, parameter: u8) -> String {
    match end {
        Some(_) => format!("AND key < ?{parameter}"),
        None => format!("AND ?{parameter} IS NULL"),
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
