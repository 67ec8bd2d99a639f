use std::fmt;

use md5::{Digest, Md5};

use crate::checksum::ChecksumHasher;
use crate::{Checksum, ChecksumAlgorithm, ContentMd5, Error, Result};

/// Gives the checksum that followed a body, once the body has ended.
pub type TrailingChecksum = Box<dyn FnOnce() -> Result<Option<Checksum>> + Send>;

/// What a caller says about a body, to be held against what arrives.
#[derive(Default)]
pub struct BodyChecks {
    /// The number of bytes announced.
    pub content_length: Option<u64>,
    /// The MD5 announced.
    pub content_md5: Option<ContentMd5>,
    /// The checksum to compute and store; CRC64NVME if none is asked for.
    pub algorithm: Option<ChecksumAlgorithm>,
    /// The checksum announced before the body.
    pub checksum: Option<Checksum>,
    /// The checksum announced after it.
    pub trailer: Option<TrailingChecksum>,
}

impl BodyChecks {
    /// The checksum to compute while the body arrives.
    pub(crate) fn wanted_algorithm(&self) -> ChecksumAlgorithm {
        self.checksum
            .as_ref()
            .map(Checksum::algorithm)
            .or(self.algorithm)
            .unwrap_or(ChecksumAlgorithm::Crc64Nvme)
    }

    /// Holds the announcements against a body that is there whole.
    ///
    /// # Errors
    /// As for an object: `IncompleteBody`, `BadDigest`, `InvalidRequest`.
    pub fn check(self, body: &[u8]) -> Result<()> {
        let mut hasher = BodyHasher::new(self.wanted_algorithm());
        hasher.update(body);
        self.verify(&hasher.finish())
    }

    /// Whether a digest of the body was announced.
    #[must_use]
    pub fn has_digest(&self) -> bool {
        self.content_md5.is_some() || self.checksum.is_some() || self.trailer.is_some()
    }

    /// Holds the announcements against what arrived.
    ///
    /// # Errors
    /// `IncompleteBody` or `BadDigest`; `InvalidRequest` if the trailer is of another algorithm
    /// than was announced.
    pub(crate) fn verify(self, digest: &BodyDigest) -> Result<()> {
        if let Some(expected) = self.content_length
            && expected != digest.size
        {
            return Err(Error::IncompleteBody {
                expected,
                received: digest.size,
            });
        }
        if self.content_md5.is_some_and(|md5| md5.0 != digest.md5) {
            return Err(Error::BadContentMd5);
        }
        let trailing = self.trailer.map_or(Ok(None), |trailer| trailer())?;
        for expected in [self.checksum, trailing].into_iter().flatten() {
            if expected.algorithm() != digest.checksum.algorithm() {
                return Err(Error::InvalidRequest(format!(
                    "The value specified in the x-amz-trailer header does not match {}",
                    expected.algorithm().header()
                )));
            }
            if expected != digest.checksum {
                return Err(Error::BadChecksum {
                    algorithm: expected.algorithm().as_str(),
                });
            }
        }
        Ok(())
    }
}

impl fmt::Debug for BodyChecks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyChecks")
            .field("content_length", &self.content_length)
            .field("content_md5", &self.content_md5)
            .field("algorithm", &self.algorithm)
            .field("checksum", &self.checksum)
            .field("trailer", &self.trailer.is_some())
            .finish()
    }
}

/// What was learnt of bytes while they passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BodyDigest {
    pub(crate) size: u64,
    pub(crate) md5: [u8; 16],
    /// Of every object, whatever its own checksum: tells a touched file from a changed one.
    pub(crate) crc64nvme: u64,
    pub(crate) checksum: Checksum,
}

/// A [`BodyDigest`] in the making.
#[derive(Debug)]
pub(crate) struct BodyHasher {
    size: u64,
    md5: Md5,
    crc64nvme: crc_fast::Digest,
    /// None if the wanted checksum is CRC64NVME, which is computed anyway.
    wanted: Option<ChecksumHasher>,
}

impl BodyHasher {
    pub(crate) fn new(algorithm: ChecksumAlgorithm) -> Self {
        Self {
            size: 0,
            md5: Md5::new(),
            crc64nvme: crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc64Nvme),
            wanted: (algorithm != ChecksumAlgorithm::Crc64Nvme)
                .then(|| ChecksumHasher::new(algorithm)),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.md5.update(bytes);
        self.crc64nvme.update(bytes);
        if let Some(wanted) = &mut self.wanted {
            wanted.update(bytes);
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn finish(self) -> BodyDigest {
        let crc64nvme = self.crc64nvme.finalize();
        BodyDigest {
            size: self.size,
            md5: self.md5.finalize().into(),
            crc64nvme,
            checksum: match self.wanted {
                Some(wanted) => wanted.finish(),
                None => Checksum::of_crc64nvme(crc64nvme),
            },
        }
    }
}
