use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::seal::sealed_size;
use crate::{BucketName, ObjectKey};

/// How an object is encrypted, and what is kept of its data key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectEncryption {
    #[serde(flatten)]
    pub kind: EncryptionKind,
    /// The data key.
    pub(super) key: WrappedKey,
    /// The data key of the outer of two layers, under S3's own key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) outer_key: Option<WrappedKey>,
    /// What the file is made of; empty for an upload that is under way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) pieces: Vec<Piece>,
}

/// Whose key wraps the data key of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum EncryptionKind {
    /// SSE-S3.
    S3,
    /// SSE-KMS, and DSSE-KMS if there are two layers.
    Kms {
        /// The ARN of the KMS key.
        key_arn: String,
        dual_layer: bool,
        bucket_key: bool,
        /// What the writer added to the encryption context.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        context: BTreeMap<String, String>,
    },
    /// SSE-C.
    Customer,
}

impl EncryptionKind {
    /// Whether the ETag of an object put in one piece is the MD5 of its bytes. S3 API reference,
    /// "Object".
    pub(crate) fn keeps_md5(&self) -> bool {
        *self == Self::S3
    }
}

/// A sealed file within an object's file: the object put in one piece, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Piece {
    /// What the bytes are bound to.
    pub(crate) id: String,
    /// How many bytes are sealed.
    pub(crate) size: u64,
    /// How many bytes that are on disk.
    pub(crate) file_size: u64,
}

impl ObjectEncryption {
    /// The size on disk of a piece of `size` bytes.
    pub(crate) fn file_size(&self, size: u64) -> u64 {
        match self.outer_key {
            None => sealed_size(size),
            Some(_) => sealed_size(sealed_size(size)),
        }
    }

    /// The encryption of an object that is made of these pieces.
    pub(crate) fn with_pieces(mut self, pieces: Vec<Piece>) -> Self {
        self.pieces = pieces;
        self
    }
}

/// What the wrapping of an object's data key is bound to, as KMS calls it the encryption context:
/// the object, or the bucket where data keys come from a key of the bucket. S3 user guide, "Using
/// server-side encryption with AWS KMS keys (SSE-KMS)".
pub(super) fn encryption_context(
    kind: &EncryptionKind,
    bucket: &BucketName,
    key: &ObjectKey,
) -> BTreeMap<String, String> {
    let object = format!("arn:aws:s3:::{bucket}/{key}");
    let (mut context, arn) = match kind {
        EncryptionKind::Kms {
            bucket_key: true,
            context,
            ..
        } => (context.clone(), format!("arn:aws:s3:::{bucket}")),
        EncryptionKind::Kms { context, .. } => (context.clone(), object),
        EncryptionKind::S3 | EncryptionKind::Customer => (BTreeMap::new(), object),
    };
    context.insert("aws:s3:arn".to_owned(), arn);
    context
}

/// A data key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WrappedKey(pub(super) Vec<u8>);

impl Serialize for WrappedKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for WrappedKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD
            .decode(text)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}
