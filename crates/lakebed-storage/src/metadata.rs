use std::collections::BTreeMap;

use lakebed_core::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Checksum, ETag, EncryptionKind, Error, ObjectChecksum, ObjectEncryption, ObjectProperties,
    Result, VersionId,
};

/// What S3 answers for an object stored without a content type.
pub(crate) const DEFAULT_CONTENT_TYPE: &str = "binary/octet-stream";

/// The most user metadata S3 keeps: names and values, in bytes of UTF-8.
const MAX_USER_METADATA_BYTES: usize = 2048;

/// The storage classes S3 offers in general purpose buckets.
const STORAGE_CLASSES: [&str; 8] = [
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "GLACIER_IR",
];

/// What is stored with an object's bytes and handed back with them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ObjectMetadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_disposition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website_redirect_location: Option<String>,
    /// None is `STANDARD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
    /// User metadata; names without `x-amz-meta-`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub user: BTreeMap<String, String>,
}

impl ObjectMetadata {
    /// The storage class by its name.
    #[must_use]
    pub fn storage_class(&self) -> &str {
        self.storage_class.as_deref().unwrap_or("STANDARD")
    }

    /// Checks the limits S3 sets, and fills in the content type.
    ///
    /// # Errors
    /// `MetadataTooLarge` or `InvalidStorageClass`.
    pub(crate) fn accept(mut self) -> Result<Self> {
        let size_bytes = self
            .user
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        if size_bytes > MAX_USER_METADATA_BYTES {
            return Err(Error::MetadataTooLarge { size_bytes });
        }
        if let Some(storage_class) = &self.storage_class
            && !STORAGE_CLASSES.contains(&storage_class.as_str())
        {
            return Err(Error::InvalidStorageClass {
                storage_class: storage_class.clone(),
            });
        }
        self.storage_class.take_if(|class| class == "STANDARD");
        self.content_type
            .get_or_insert_with(|| DEFAULT_CONTENT_TYPE.to_owned());
        Ok(self)
    }
}

/// What is known of an object without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInfo {
    /// In bytes.
    pub size: u64,
    pub etag: ETag,
    pub modified: Timestamp,
    pub version: VersionId,
    /// The account that wrote it; none is the bucket's owner.
    pub owner: Option<AccountId>,
    /// The content type is always there.
    pub metadata: ObjectMetadata,
    pub properties: ObjectProperties,
    pub checksum: Option<ObjectChecksum>,
    /// None is a plain file.
    pub encryption: Option<ObjectEncryption>,
    /// The parts it was uploaded in; empty for an object put in one piece.
    pub parts: Vec<ObjectPart>,
}

impl ObjectInfo {
    /// Whose key the object is encrypted with, if it is.
    #[must_use]
    pub fn encryption_kind(&self) -> Option<&EncryptionKind> {
        self.encryption.as_ref().map(|encryption| &encryption.kind)
    }
}

/// A part an object was uploaded in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectPart {
    pub number: u32,
    /// In bytes.
    pub size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
}

/// The content type of a file nobody named one for, by its extension.
pub(crate) fn guess_content_type(key: &str) -> Option<&'static str> {
    let name = key.rsplit('/').next()?;
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "avro" => "application/avro",
        "css" => "text/css",
        "csv" => "text/csv",
        "gif" => "image/gif",
        "gz" => "application/gzip",
        "htm" | "html" => "text/html",
        "jpeg" | "jpg" => "image/jpeg",
        "js" => "text/javascript",
        "json" => "application/json",
        "jsonl" | "ndjson" => "application/x-ndjson",
        "log" | "txt" => "text/plain",
        "md" => "text/markdown",
        "parquet" => "application/vnd.apache.parquet",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "py" => "text/x-python",
        "svg" => "image/svg+xml",
        "tar" => "application/x-tar",
        "tsv" => "text/tab-separated-values",
        "xml" => "application/xml",
        "yaml" | "yml" => "application/yaml",
        "zip" => "application/zip",
        _ => return None,
    })
}
