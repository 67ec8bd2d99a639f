use lakebed_core::{AccountId, Timestamp};

use crate::index::{Change, Entry, ObjectRow, VersionQuery, VersionRow};
use crate::list::MAX_KEYS;
use crate::storage::Inner;
use crate::{BucketName, Error, ObjectInfo, ObjectKey, Result, Storage, VersionId};

/// Which versions of a bucket are to be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListVersions {
    pub prefix: String,
    pub delimiter: Option<String>,
    /// Only what comes after this key or common prefix.
    pub key_marker: Option<String>,
    /// With a key marker: versions of that very key older than this one, too.
    pub version_marker: Option<VersionId>,
    /// At most 1,000 are answered, whatever is asked for.
    pub max_keys: usize,
}

impl Default for ListVersions {
    fn default() -> Self {
        Self {
            prefix: String::new(),
            delimiter: None,
            key_marker: None,
            version_marker: None,
            max_keys: MAX_KEYS,
        }
    }
}

/// A version as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub key: String,
    /// No version of the key is newer.
    pub latest: bool,
    pub kind: VersionKind,
}

/// What a version is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionKind {
    Object(Box<ObjectInfo>),
    DeleteMarker {
        version: VersionId,
        modified: Timestamp,
        /// None is the bucket's owner.
        owner: Option<AccountId>,
    },
}

/// A page of versions, in the order of the keys' bytes, of each key the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VersionListing {
    pub versions: Vec<Version>,
    pub common_prefixes: Vec<String>,
    /// The key, or common prefix, and version the next page begins after.
    pub next: Option<(String, Option<VersionId>)>,
}

impl Storage {
    /// A page of a bucket's versions and delete markers.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub async fn list_object_versions(
        &self,
        bucket: &BucketName,
        list: ListVersions,
    ) -> Result<VersionListing> {
        let bucket = bucket.clone();
        self.blocking(move |inner| {
            inner.bucket(&bucket)?;
            let limit = list.max_keys.min(MAX_KEYS);
            if limit == 0 {
                return Ok(VersionListing::default());
            }
            let page = inner.index.list_versions(
                &bucket,
                &VersionQuery {
                    prefix: &list.prefix,
                    delimiter: list.delimiter.as_deref().filter(|text| !text.is_empty()),
                    after: list.key_marker.as_deref().filter(|text| !text.is_empty()),
                    after_version: list.version_marker.as_ref(),
                    limit,
                },
            )?;
            let mut listing = VersionListing::default();
            if page.truncated {
                listing.next = page.entries.last().map(|last| match last {
                    Entry::Key((row, _)) => (row.key().to_owned(), Some(row.version().clone())),
                    Entry::CommonPrefix(prefix) => (prefix.clone(), None),
                });
            }
            for entry in page.entries {
                match entry {
                    Entry::Key((row, latest)) => listing.versions.push(Version {
                        key: row.key().to_owned(),
                        latest,
                        kind: VersionKind::from(row),
                    }),
                    Entry::CommonPrefix(prefix) => listing.common_prefixes.push(prefix),
                }
            }
            Ok(listing)
        })
        .await
    }

    /// Changes what is known of a version of an object, but not its bytes; nothing changes if
    /// `change` fails.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`, `MethodNotAllowed` for a delete marker, and
    /// what `change` answers.
    pub async fn change_object<T: Send + 'static>(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        version: Option<&VersionId>,
        change: impl FnOnce(&mut ObjectInfo) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (bucket, key, version) = (bucket.clone(), key.clone(), version.cloned());
        self.blocking(move |inner| {
            let open = inner.bucket(&bucket)?;
            let _namespace = open.enter()?;
            let (mut row, current) = inner.find_version(&bucket, &key, version.as_ref())?;
            let before = row.object.properties.clone();
            let answer = change(&mut row.object)?;
            inner.put_row(&bucket, row.clone(), current)?;
            for change in row.object.properties.changes_since(&before) {
                inner.publish(&bucket, &row.key, &row.object, change);
            }
            Ok(answer)
        })
        .await
    }
}

impl Inner {
    /// Puts a row that was changed back where it was found.
    pub(crate) fn put_row(&self, bucket: &BucketName, row: ObjectRow, current: bool) -> Result<()> {
        let change = if current {
            Change::PutCurrent(row)
        } else {
            Change::PutVersion(VersionRow::Object(row))
        };
        self.index.apply(bucket, [&change])
    }

    /// The row of an object, or of a version of it, and whether it is the current one.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`, `MethodNotAllowed` for a delete marker.
    pub(crate) fn find_version(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        version: Option<&VersionId>,
    ) -> Result<(ObjectRow, bool)> {
        let current = self.index.object(bucket, key.as_str())?;
        let wanted = |row: &ObjectRow| version.is_none_or(|version| *version == row.object.version);
        if let Some(row) = current.filter(wanted) {
            return Ok((row, true));
        }
        self.bucket(bucket)?;
        let Some(version) = version else {
            return match self.index.newest_version(bucket, key.as_str(), i64::MAX)? {
                Some(VersionRow::Marker(marker)) => Err(Error::Deleted {
                    key: key.to_string(),
                    marker: marker.version,
                }),
                _ => Err(Error::NoSuchKey {
                    key: key.to_string(),
                }),
            };
        };
        match self.index.version(bucket, key.as_str(), version)? {
            Some(VersionRow::Object(row)) => Ok((row, false)),
            Some(VersionRow::Marker(marker)) => Err(Error::IsDeleteMarker {
                marker: marker.version,
                modified: marker.modified,
            }),
            None => Err(Error::NoSuchVersion {
                key: key.to_string(),
                version: version.clone(),
            }),
        }
    }
}

impl From<VersionRow> for VersionKind {
    fn from(row: VersionRow) -> Self {
        match row {
            VersionRow::Object(row) => Self::Object(Box::new(row.object)),
            VersionRow::Marker(marker) => Self::DeleteMarker {
                version: marker.version,
                modified: marker.modified,
                owner: marker.owner,
            },
        }
    }
}
