use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// How objects are encrypted whose writer asks for nothing else.
///
/// S3 user guide, "Setting default server-side encryption behavior for S3 buckets".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketEncryption {
    pub algorithm: SseAlgorithm,
    /// The KMS key: an id, an alias or an ARN of either. None stands for the account's own key
    /// for S3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
    /// Whether data keys come from a key of the bucket, which spares calls to KMS.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub bucket_key: bool,
}

/// Whose keys encrypt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SseAlgorithm {
    /// S3's own: SSE-S3.
    #[serde(rename = "AES256")]
    Aes256,
    /// SSE-KMS.
    #[serde(rename = "aws:kms")]
    Kms,
    /// DSSE-KMS: two layers of encryption.
    #[serde(rename = "aws:kms:dsse")]
    KmsDsse,
}

impl SseAlgorithm {
    /// Reads the name S3 gives it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "AES256" => Some(Self::Aes256),
            "aws:kms" => Some(Self::Kms),
            "aws:kms:dsse" => Some(Self::KmsDsse),
            _ => None,
        }
    }

    /// The name S3 gives it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aes256 => "AES256",
            Self::Kms => "aws:kms",
            Self::KmsDsse => "aws:kms:dsse",
        }
    }
}

impl BucketEncryption {
    /// Checks the rule as S3 does.
    ///
    /// # Errors
    /// `InvalidArgument` for a KMS key without KMS.
    pub fn accept(self) -> Result<Self> {
        match &self.kms_key {
            Some(key) if self.algorithm == SseAlgorithm::Aes256 => Err(Error::InvalidArgument {
                name: "KMSMasterKeyID",
                value: key.clone(),
                message: "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse".to_owned(),
            }),
            _ => Ok(self),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn keys_are_for_kms_alone() {
        let rule = |algorithm| BucketEncryption {
            algorithm,
            kms_key: Some("alias/lake".to_owned()),
            bucket_key: false,
        };
        assert!(rule(SseAlgorithm::Kms).accept().is_ok());
        assert!(rule(SseAlgorithm::KmsDsse).accept().is_ok());
        assert_eq!(
            rule(SseAlgorithm::Aes256).accept().unwrap_err().code(),
            "InvalidArgument"
        );
    }
}
