use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use crc_fast::CrcAlgorithm;
use serde::{Deserialize, Serialize};
use sha1::Digest;

use crate::{Error, Result};

/// A checksum algorithm S3 offers ("Checking object integrity" in the S3 guide).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ChecksumAlgorithm {
    #[serde(rename = "CRC32")]
    Crc32,
    #[serde(rename = "CRC32C")]
    Crc32C,
    #[serde(rename = "CRC64NVME")]
    Crc64Nvme,
    #[serde(rename = "SHA1")]
    Sha1,
    #[serde(rename = "SHA256")]
    Sha256,
}

impl ChecksumAlgorithm {
    /// S3's name of it, such as `CRC64NVME`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32C => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The header that carries its values.
    #[must_use]
    pub fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32C => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// How S3 makes the checksum of an object in parts unless told otherwise.
    pub(crate) fn default_type(self) -> ChecksumType {
        match self {
            Self::Crc64Nvme => ChecksumType::FullObject,
            Self::Crc32 | Self::Crc32C | Self::Sha1 | Self::Sha256 => ChecksumType::Composite,
        }
    }

    /// Says whether S3 offers the algorithm with this type for objects in parts.
    pub(crate) fn supports(self, kind: ChecksumType) -> bool {
        match self {
            Self::Crc32 | Self::Crc32C => true,
            Self::Crc64Nvme | Self::Sha1 | Self::Sha256 => kind == self.default_type(),
        }
    }

    fn size_bytes(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32C => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Crc32C => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
            Self::Sha1 | Self::Sha256 => None,
        }
    }
}

impl FromStr for ChecksumAlgorithm {
    type Err = Error;

    /// # Errors
    /// `InvalidRequest` for a name S3 does not know.
    fn from_str(name: &str) -> Result<Self> {
        [
            Self::Crc32,
            Self::Crc32C,
            Self::Crc64Nvme,
            Self::Sha1,
            Self::Sha256,
        ]
        .into_iter()
        .find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(name))
        .ok_or_else(|| {
            Error::InvalidRequest(
                "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
                    .to_owned(),
            )
        })
    }
}

/// What the checksum of an object in parts is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ChecksumType {
    /// Of the checksums of the parts.
    #[serde(rename = "COMPOSITE")]
    Composite,
    /// Of the bytes.
    #[serde(rename = "FULL_OBJECT")]
    FullObject,
}

/// The text is not a checksum type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("checksum type must be COMPOSITE or FULL_OBJECT, got '{0}'")]
pub struct UnknownChecksumType(String);

impl ChecksumType {
    /// S3's name of it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Composite => "COMPOSITE",
            Self::FullObject => "FULL_OBJECT",
        }
    }
}

impl FromStr for ChecksumType {
    type Err = UnknownChecksumType;

    fn from_str(name: &str) -> std::result::Result<Self, UnknownChecksumType> {
        match name {
            "COMPOSITE" => Ok(Self::Composite),
            "FULL_OBJECT" => Ok(Self::FullObject),
            other => Err(UnknownChecksumType(other.to_owned())),
        }
    }
}

/// The value of a checksum.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Checksum {
    algorithm: ChecksumAlgorithm,
    #[serde(with = "base64_bytes")]
    bytes: Vec<u8>,
}

impl Checksum {
    /// Parses the value a header carries.
    ///
    /// # Errors
    /// `InvalidRequest` if it is not Base64 of the algorithm's length.
    pub fn parse(algorithm: ChecksumAlgorithm, base64: &str) -> Result<Self> {
        match BASE64.decode(base64) {
            Ok(bytes) if bytes.len() == algorithm.size_bytes() => Ok(Self { algorithm, bytes }),
            _ => Err(Error::InvalidRequest(format!(
                "Value for {} header is invalid.",
                algorithm.header()
            ))),
        }
    }

    /// The algorithm it was made with.
    #[must_use]
    pub fn algorithm(&self) -> ChecksumAlgorithm {
        self.algorithm
    }

    /// The value as headers carry it.
    #[must_use]
    pub fn to_base64(&self) -> String {
        BASE64.encode(&self.bytes)
    }

    pub(crate) fn of_crc64nvme(value: u64) -> Self {
        Self {
            algorithm: ChecksumAlgorithm::Crc64Nvme,
            bytes: value.to_be_bytes().to_vec(),
        }
    }

    /// The checksum of the parts' checksums.
    pub(crate) fn composite(algorithm: ChecksumAlgorithm, parts: &[&Checksum]) -> Self {
        let mut hasher = ChecksumHasher::new(algorithm);
        for part in parts {
            hasher.update(&part.bytes);
        }
        hasher.finish()
    }

    /// The checksum of all bytes, from those of the parts and their sizes; none for algorithms
    /// that cannot be combined.
    pub(crate) fn full_object(
        algorithm: ChecksumAlgorithm,
        parts: &[(&Checksum, u64)],
    ) -> Option<Self> {
        let crc = algorithm.crc()?;
        let parts = parts.iter().map(|(part, size)| (part.as_number(), *size));
        Some(Self::of_crc(algorithm, combine_crcs(crc, parts)))
    }

    fn of_crc(algorithm: ChecksumAlgorithm, value: u64) -> Self {
        let bytes = value.to_be_bytes();
        Self {
            algorithm,
            bytes: bytes[bytes.len() - algorithm.size_bytes().min(8)..].to_vec(),
        }
    }

    /// The value of a CRC.
    fn as_number(&self) -> u64 {
        self.bytes
            .iter()
            .take(8)
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

/// The CRC64NVME of bytes in parts, from the CRC and the size of each.
pub(crate) fn combine_crc64nvme(parts: impl IntoIterator<Item = (u64, u64)>) -> u64 {
    combine_crcs(CrcAlgorithm::Crc64Nvme, parts)
}

fn combine_crcs(crc: CrcAlgorithm, parts: impl IntoIterator<Item = (u64, u64)>) -> u64 {
    let mut whole = crc_fast::checksum(crc, b"");
    for (part, size) in parts {
        whole = crc_fast::checksum_combine(crc, whole, part, size);
    }
    whole
}

mod base64_bytes {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD as BASE64;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64.decode(text).map_err(de::Error::custom)
    }
}

/// The checksum that is stored with an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectChecksum {
    pub checksum: Checksum,
    pub kind: ChecksumType,
    /// How many parts a composite checksum is made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<u32>,
}

impl ObjectChecksum {
    pub(crate) fn full_object(checksum: Checksum) -> Self {
        Self {
            checksum,
            kind: ChecksumType::FullObject,
            parts: None,
        }
    }

    /// The value as headers carry it; a composite one ends in `-` and the number of parts.
    #[must_use]
    pub fn value(&self) -> String {
        match (self.kind, self.parts) {
            (ChecksumType::Composite, Some(parts)) => {
                format!("{}-{parts}", self.checksum.to_base64())
            }
            _ => self.checksum.to_base64(),
        }
    }
}

/// The MD5 a caller sent in `Content-MD5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentMd5(pub(crate) [u8; 16]);

impl ContentMd5 {
    /// Parses the header's value.
    ///
    /// # Errors
    /// `InvalidDigest` if it is not Base64 of 16 bytes.
    pub fn parse(header: &str) -> Result<Self> {
        BASE64
            .decode(header)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or_else(|| Error::InvalidDigest {
                value: header.to_owned(),
            })
    }
}

impl fmt::Display for ContentMd5 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(self.0))
    }
}

/// A checksum in the making.
pub(crate) enum ChecksumHasher {
    Crc(ChecksumAlgorithm, Box<crc_fast::Digest>),
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
}

impl ChecksumHasher {
    pub(crate) fn new(algorithm: ChecksumAlgorithm) -> Self {
        match (algorithm, algorithm.crc()) {
            (algorithm, Some(crc)) => Self::Crc(algorithm, Box::new(crc_fast::Digest::new(crc))),
            (ChecksumAlgorithm::Sha1, None) => Self::Sha1(sha1::Sha1::new()),
            (_, None) => Self::Sha256(sha2::Sha256::new()),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc(_, crc) => crc.update(bytes),
            Self::Sha1(hash) => hash.update(bytes),
            Self::Sha256(hash) => hash.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> Checksum {
        match self {
            Self::Crc(algorithm, crc) => Checksum::of_crc(algorithm, crc.finalize()),
            Self::Sha1(hash) => Checksum {
                algorithm: ChecksumAlgorithm::Sha1,
                bytes: hash.finalize().to_vec(),
            },
            Self::Sha256(hash) => Checksum {
                algorithm: ChecksumAlgorithm::Sha256,
                bytes: hash.finalize().to_vec(),
            },
        }
    }
}

impl fmt::Debug for ChecksumHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Crc(algorithm, _) => algorithm.as_str(),
            Self::Sha1(_) => "SHA1",
            Self::Sha256(_) => "SHA256",
        };
        f.debug_tuple("ChecksumHasher").field(&name).finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rstest::rstest;

    // Check values of "123456789" as the catalogue of parametrised CRC algorithms and the
    // hash standards give them.
    #[rstest]
    #[case(ChecksumAlgorithm::Crc32, "cbf43926")]
    #[case(ChecksumAlgorithm::Crc32C, "e3069283")]
    #[case(ChecksumAlgorithm::Crc64Nvme, "ae8b14860a799888")]
    #[case(ChecksumAlgorithm::Sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441")]
    #[case(
        ChecksumAlgorithm::Sha256,
        "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"
    )]
    fn algorithms_give_their_published_check_values(
        #[case] algorithm: ChecksumAlgorithm,
        #[case] expected: &str,
    ) {
        let mut hasher = ChecksumHasher::new(algorithm);
        hasher.update(b"1234");
        hasher.update(b"56789");
        let checksum = hasher.finish();
        assert_eq!(hex::encode(&checksum.bytes), expected);
        assert_eq!(
            Checksum::parse(algorithm, &checksum.to_base64()).unwrap(),
            checksum
        );
    }

    #[rstest]
    #[case(ChecksumAlgorithm::Crc32)]
    #[case(ChecksumAlgorithm::Crc32C)]
    #[case(ChecksumAlgorithm::Crc64Nvme)]
    fn crcs_of_parts_combine_to_the_crc_of_the_whole(#[case] algorithm: ChecksumAlgorithm) {
        let of = |bytes: &[u8]| {
            let mut hasher = ChecksumHasher::new(algorithm);
            hasher.update(bytes);
            hasher.finish()
        };
        let (first, second, third) = (of(b"lake"), of(b"bed"), of(b""));
        let combined =
            Checksum::full_object(algorithm, &[(&first, 4), (&second, 3), (&third, 0)]).unwrap();
        assert_eq!(combined, of(b"lakebed"));
    }

    #[test]
    fn a_value_of_the_wrong_length_is_refused() {
        let error = Checksum::parse(ChecksumAlgorithm::Crc32, "AAAA").unwrap_err();
        assert_eq!(
            error.to_string(),
            "Value for x-amz-checksum-crc32 header is invalid."
        );
        assert_eq!(
            ContentMd5::parse("short").unwrap_err().code(),
            "InvalidDigest"
        );
    }
}
