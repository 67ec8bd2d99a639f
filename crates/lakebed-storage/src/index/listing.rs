use lakebed_core::rusqlite::params;
use lakebed_core::{Connection, Timestamp};

use super::objects::{read_checksum, read_owner};
use super::{Index, after_prefix, upper_bound};
use crate::list::roll_up;
use crate::{BucketName, ETag, ObjectSummary, Result};

/// A question for a page of keys.
#[derive(Debug, Clone)]
pub(crate) struct Query<'a> {
    pub(crate) prefix: &'a str,
    pub(crate) delimiter: Option<&'a str>,
    /// Everything up to and including this key or common prefix is left out.
    pub(crate) after: Option<&'a str>,
    pub(crate) limit: usize,
}

/// One line of a listing: a key, or the keys that share a prefix up to a delimiter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry<T> {
    Key(T),
    CommonPrefix(String),
}

/// A page of a listing.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) entries: Vec<Entry<T>>,
    /// More entries follow.
    pub(crate) truncated: bool,
}

/// Where a search through ordered keys begins.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Start {
    At(String),
    After(String),
}

impl Query<'_> {
    fn start(&self) -> Option<Start> {
        let Some(after) = self.after.filter(|after| *after >= self.prefix) else {
            return Some(Start::At(self.prefix.to_owned()));
        };
        match self.common_prefix(after) {
            // The page before ended with this common prefix: its keys are done.
            Some(common) if common == after => after_prefix(common).map(Start::At),
            _ => Some(Start::After(after.to_owned())),
        }
    }

    /// The common prefix a key is rolled up into.
    fn common_prefix<'k>(&self, key: &'k str) -> Option<&'k str> {
        roll_up(key, self.prefix, self.delimiter)
    }
}

impl Index {
    /// A page of a bucket's objects in the order of their keys.
    ///
    /// Costs a search per entry of the answer, however many keys a common prefix hides.
    pub(crate) fn list_objects(
        &self,
        bucket: &BucketName,
        query: &Query<'_>,
    ) -> Result<Page<ObjectSummary>> {
        self.read(|connection| {
            let end = after_prefix(query.prefix);
            let mut page = Page {
                entries: Vec::new(),
                truncated: false,
            };
            let mut start = query.start();
            while let Some(from) = start.take() {
                start = fill(connection, bucket, query, &from, end.as_deref(), &mut page)?;
            }
            Ok(page)
        })
    }
}

/// Adds entries until the page is full, the keys end, or a common prefix is to be jumped over:
/// then the answer is where to go on.
fn fill(
    connection: &Connection,
    bucket: &BucketName,
    query: &Query<'_>,
    from: &Start,
    end: Option<&str>,
    page: &mut Page<ObjectSummary>,
) -> Result<Option<Start>> {
    let (comparison, from) = match from {
        Start::At(key) => (">=", key),
        Start::After(key) => (">", key),
    };
    let bound = upper_bound(end, 3);
    let mut statement = connection.prepare_cached(&format!(
        "SELECT key, size, etag, modified, checksum, storage_class, owner FROM s3_objects
         WHERE bucket = ?1 AND key {comparison} ?2 {bound} ORDER BY key"
    ))?;
    let mut rows = statement.query(params![bucket.as_str(), from, end])?;
    while let Some(row) = rows.next()? {
        let key: String = row.get(0)?;
        let common = query.common_prefix(&key);
        if let Some(common) = common
            && query.after.is_some_and(|after| common <= after)
        {
            return Ok(after_prefix(common).map(Start::At));
        }
        if page.entries.len() >= query.limit {
            page.truncated = true;
            return Ok(None);
        }
        if let Some(common) = common {
            page.entries.push(Entry::CommonPrefix(common.to_owned()));
            return Ok(after_prefix(common).map(Start::At));
        }
        let checksum: Option<String> = row.get(4)?;
        let checksum = read_checksum(&key, checksum.as_deref())?;
        page.entries.push(Entry::Key(ObjectSummary {
            size: row.get::<_, i64>(1)?.cast_unsigned(),
            etag: ETag::stored(row.get(2)?),
            modified: Timestamp::from_millis(row.get(3)?),
            storage_class: row.get(5)?,
            owner: read_owner(row, 6)?,
            checksum: checksum.map(|checksum| (checksum.checksum.algorithm(), checksum.kind)),
            key,
        }));
    }
    Ok(None)
}
