use crate::index::UploadRow;
use crate::list::{MAX_KEYS, roll_up};
use crate::{BucketName, Result, Storage, Upload};

/// Which uploads of a bucket are to be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListUploads {
    pub prefix: String,
    pub delimiter: Option<String>,
    /// Only keys after it.
    pub key_marker: Option<String>,
    /// With a key marker: uploads of that very key after this upload, too.
    pub upload_id_marker: Option<String>,
    /// At most 1,000 are answered, whatever is asked for.
    pub max_uploads: usize,
}

impl Default for ListUploads {
    fn default() -> Self {
        Self {
            prefix: String::new(),
            delimiter: None,
            key_marker: None,
            upload_id_marker: None,
            max_uploads: MAX_KEYS,
        }
    }
}

/// A page of a bucket's uploads, by key, then in the order they began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UploadListing {
    pub uploads: Vec<Upload>,
    pub common_prefixes: Vec<String>,
    /// The key and upload id the next page begins after; the id is empty after a common prefix.
    pub next: Option<(String, String)>,
}

impl Storage {
    /// A page of the uploads that are under way.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub async fn list_multipart_uploads(
        &self,
        bucket: &BucketName,
        list: ListUploads,
    ) -> Result<UploadListing> {
        let bucket = bucket.clone();
        self.blocking(move |inner| {
            inner.bucket(&bucket)?;
            page(inner.index.uploads(&bucket, &list.prefix)?, &list)
        })
        .await
    }
}

fn page(rows: Vec<UploadRow>, list: &ListUploads) -> Result<UploadListing> {
    let limit = list.max_uploads.min(MAX_KEYS);
    let delimiter = list.delimiter.as_deref().filter(|text| !text.is_empty());
    let marker = list.key_marker.as_deref().unwrap_or_default();
    let mut listing = UploadListing::default();
    let mut last = None;
    for row in after_markers(rows, list) {
        let common = roll_up(&row.key, &list.prefix, delimiter).map(str::to_owned);
        if let Some(common) = &common
            && (common.as_str() <= marker || listing.common_prefixes.last() == Some(common))
        {
            continue;
        }
        if listing.uploads.len() + listing.common_prefixes.len() >= limit {
            listing.next = last;
            break;
        }
        match common {
            Some(common) => {
                last = Some((common.clone(), String::new()));
                listing.common_prefixes.push(common);
            }
            None => {
                last = Some((row.key.clone(), row.id.to_string()));
                listing.uploads.push(Upload::of(row)?);
            }
        }
    }
    Ok(listing)
}

fn after_markers(rows: Vec<UploadRow>, list: &ListUploads) -> Vec<UploadRow> {
    let Some(key_marker) = list.key_marker.as_deref().filter(|key| !key.is_empty()) else {
        return rows;
    };
    let begins = match list.upload_id_marker.as_deref() {
        Some(id) if !id.is_empty() => rows
            .iter()
            .position(|row| row.key == key_marker && row.id.as_str() == id)
            .map(|at| at + 1),
        _ => None,
    };
    let begins =
        begins.unwrap_or_else(|| rows.partition_point(|row| row.key.as_str() <= key_marker));
    rows.into_iter().skip(begins).collect()
}
