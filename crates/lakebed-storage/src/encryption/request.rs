use std::collections::BTreeMap;

use crate::CustomerKey;
use crate::settings::{BucketEncryption, SseAlgorithm};

/// How a writer asks for an object to be encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    /// With S3's own keys: SSE-S3.
    S3,
    /// With keys of KMS: SSE-KMS and DSSE-KMS.
    Kms(KmsEncryption),
    /// With a key that comes with every request: SSE-C.
    Customer(CustomerKey),
}

/// What a writer says of encryption with KMS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KmsEncryption {
    /// A key's id, alias or ARN. None is the account's own key for S3, `aws/s3`.
    pub key: Option<String>,
    /// Whether the bytes are sealed twice: DSSE-KMS.
    pub dual_layer: bool,
    /// None is as the bucket is set.
    pub bucket_key: Option<bool>,
    /// What must be named to KMS, besides the object, to get the data key back.
    pub context: BTreeMap<String, String>,
}

impl Encryption {
    /// What a bucket does for writers who ask for nothing.
    pub(super) fn of_bucket(default: &BucketEncryption) -> Self {
        let dual_layer = match default.algorithm {
            SseAlgorithm::Aes256 => return Self::S3,
            SseAlgorithm::Kms => false,
            SseAlgorithm::KmsDsse => true,
        };
        Self::Kms(KmsEncryption {
            key: default.kms_key.clone(),
            dual_layer,
            bucket_key: Some(default.bucket_key),
            context: BTreeMap::new(),
        })
    }
}
