use std::io;
use std::ops::RangeFrom;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};

use super::DataKey;
use super::data_key::random_bytes;
use super::size::SegmentSize;

const MAGIC: [u8; 8] = *b"LakeSeal";
const FORMAT: u8 = 1;
const SALT_BYTES: usize = 32;

/// Where the salt begins.
const PREAMBLE_BYTES: usize = MAGIC.len() + 2;

pub(super) const HEADER_BYTES: usize = PREAMBLE_BYTES + SALT_BYTES;

/// The beginning of a sealed file.
#[derive(Debug, Clone)]
pub(super) struct Header {
    bytes: [u8; HEADER_BYTES],
    segment_size: SegmentSize,
}

impl Header {
    /// A header with a fresh salt.
    pub(super) fn random(segment_size: SegmentSize) -> io::Result<Self> {
        let mut bytes = random_bytes::<HEADER_BYTES>()?;
        bytes[..MAGIC.len()].copy_from_slice(&MAGIC);
        bytes[MAGIC.len()] = FORMAT;
        bytes[MAGIC.len() + 1] = segment_size.exponent();
        Ok(Self {
            bytes,
            segment_size,
        })
    }

    /// # Errors
    /// `InvalidData` if this is no header of this format.
    pub(super) fn read(bytes: &[u8]) -> io::Result<Self> {
        let not_sealed = || io::Error::new(io::ErrorKind::InvalidData, "not a sealed file");
        let bytes = <[u8; HEADER_BYTES]>::try_from(bytes).map_err(|_| not_sealed())?;
        let [format, exponent] = [bytes[MAGIC.len()], bytes[MAGIC.len() + 1]];
        if bytes[..MAGIC.len()] != MAGIC || format != FORMAT {
            return Err(not_sealed());
        }
        let segment_size = SegmentSize::of_exponent(exponent).ok_or_else(not_sealed)?;
        Ok(Self {
            bytes,
            segment_size,
        })
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn segment_size(&self) -> SegmentSize {
        self.segment_size
    }
}

/// Seals and opens the segments of one file.
#[derive(Debug)]
pub(super) struct Segments(LessSafeKey);

impl Segments {
    pub(super) fn new(key: &DataKey, header: &Header, context: &str) -> io::Result<Self> {
        let (preamble, salt) = header.bytes.split_at(PREAMBLE_BYTES);
        let derived = Salt::new(HKDF_SHA256, salt).extract(key.as_bytes());
        let info = [preamble, context.as_bytes()];
        let okm = derived
            .expand(&info, &AES_256_GCM)
            .map_err(|_| io::Error::other("the key of a file could not be derived"))?;
        Ok(Self(LessSafeKey::new(UnboundKey::from(okm))))
    }

    /// Seals a segment in place, and appends its tag.
    pub(super) fn seal(&self, number: u64, last: bool, segment: &mut Vec<u8>) -> io::Result<()> {
        self.0
            .seal_in_place_append_tag(nonce(number, last), Aad::empty(), segment)
            .map_err(|_| io::Error::other("a segment could not be sealed"))
    }

    /// Opens the segment that begins at `sealed` and ends with `bytes`; what was in it goes to the
    /// front of `bytes`. Gives its length.
    ///
    /// # Errors
    /// `InvalidData` if this is not what was sealed there.
    pub(super) fn open(
        &self,
        number: u64,
        last: bool,
        bytes: &mut [u8],
        sealed: RangeFrom<usize>,
    ) -> io::Result<usize> {
        self.0
            .open_within(nonce(number, last), Aad::empty(), bytes, sealed)
            .map(|opened| opened.len())
            .map_err(|_| {
                io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!(
                        "segment {number} is not what was sealed, or was sealed with another key"
                    ),
                )
            })
    }
}

/// No two segments of a file share one, and no two files share a key.
fn nonce(number: u64, last: bool) -> Nonce {
    let mut nonce = [0; NONCE_LEN];
    nonce[0] = u8::from(last);
    nonce[NONCE_LEN - 8..].copy_from_slice(&number.to_be_bytes());
    Nonce::assume_unique_for_key(nonce)
}
