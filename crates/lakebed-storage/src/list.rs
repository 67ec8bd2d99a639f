use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as TOKEN;
use lakebed_core::{AccountId, Timestamp};

use crate::index::{Entry, Query};
use crate::{BucketName, ChecksumAlgorithm, ChecksumType, ETag, Error, Result, Storage};

/// The most keys S3 lists in one answer.
pub(crate) const MAX_KEYS: usize = 1000;

/// Which keys of a bucket are to be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListObjects {
    /// Only keys that begin with it.
    pub prefix: String,
    /// Rolls up keys that share a prefix up to the first delimiter after [`Self::prefix`].
    pub delimiter: Option<String>,
    /// Only what comes after this key or common prefix.
    pub after: Option<String>,
    /// At most 1,000 keys and common prefixes are answered, whatever is asked for.
    pub max_keys: usize,
}

impl Default for ListObjects {
    fn default() -> Self {
        Self {
            prefix: String::new(),
            delimiter: None,
            after: None,
            max_keys: MAX_KEYS,
        }
    }
}

/// An object as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectSummary {
    pub key: String,
    /// In bytes.
    pub size: u64,
    pub etag: ETag,
    pub modified: Timestamp,
    /// None is `STANDARD`.
    pub storage_class: Option<String>,
    /// None is the bucket's owner.
    pub owner: Option<AccountId>,
    pub checksum: Option<(ChecksumAlgorithm, ChecksumType)>,
}

/// A page of a listing, in the order of the keys' bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectListing {
    pub objects: Vec<ObjectSummary>,
    pub common_prefixes: Vec<String>,
    /// What the next page begins after; none if this was the last.
    pub next: Option<String>,
}

impl Storage {
    /// A page of a bucket's keys.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub async fn list_objects(
        &self,
        bucket: &BucketName,
        list: ListObjects,
    ) -> Result<ObjectListing> {
        let bucket = bucket.clone();
        self.blocking(move |inner| {
            inner.bucket(&bucket)?;
            let limit = list.max_keys.min(MAX_KEYS);
            if limit == 0 {
                return Ok(ObjectListing::default());
            }
            let page = inner.index.list_objects(
                &bucket,
                &Query {
                    prefix: &list.prefix,
                    delimiter: list.delimiter.as_deref().filter(|text| !text.is_empty()),
                    after: list.after.as_deref().filter(|text| !text.is_empty()),
                    limit,
                },
            )?;
            let mut listing = ObjectListing::default();
            if page.truncated {
                listing.next = page.entries.last().map(|last| match last {
                    Entry::Key(object) => object.key.clone(),
                    Entry::CommonPrefix(prefix) => prefix.clone(),
                });
            }
            for entry in page.entries {
                match entry {
                    Entry::Key(object) => listing.objects.push(object),
                    Entry::CommonPrefix(prefix) => listing.common_prefixes.push(prefix),
                }
            }
            Ok(listing)
        })
        .await
    }
}

/// The common prefix a key goes into: up to the first delimiter after the prefix asked for.
pub(crate) fn roll_up<'k>(key: &'k str, prefix: &str, delimiter: Option<&str>) -> Option<&'k str> {
    let delimiter = delimiter?;
    let rest = key.strip_prefix(prefix)?;
    let end = prefix.len() + rest.find(delimiter)? + delimiter.len();
    key.get(..end)
}

/// Wraps where a listing stopped into a continuation token.
#[must_use]
pub fn encode_token(position: &str) -> String {
    TOKEN.encode(position)
}

/// Unwraps a continuation token.
///
/// # Errors
/// `InvalidArgument` for text that is no token.
pub fn decode_token(token: &str) -> Result<String> {
    TOKEN
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| Error::InvalidArgument {
            name: "continuation-token",
            value: token.to_owned(),
            message: "The continuation token provided is incorrect".to_owned(),
        })
}
