//! The one file of a ZIP archive: "ZIP (supported for archives containing only a single file)",
//! "Adding classifiers to a crawler", AWS Glue Developer Guide.

use std::io::{Error, ErrorKind, Read, Result};

const FILE: &[u8] = b"PK\x03\x04";
const HEADER_BYTES: usize = 30;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// The sizes stand behind the file instead of before it.
const SIZES_FOLLOW: u16 = 1 << 3;
const ENCRYPTED: u16 = 1;

/// Unpacks the first `limit` bytes of the archive's file; answers how many there are.
pub(super) fn unpack(bytes: &[u8], limit: usize, text: &mut Vec<u8>) -> Result<usize> {
    let header = bytes.get(..HEADER_BYTES).ok_or(ErrorKind::UnexpectedEof)?;
    let number = |place: usize| u16::from_le_bytes([header[place], header[place + 1]]);
    let (flags, method) = (number(6), number(8));
    let packed = usize::from(number(18)) | usize::from(number(20)) << 16;
    let start = HEADER_BYTES + usize::from(number(26)) + usize::from(number(28));
    let body = bytes.get(start..).ok_or(ErrorKind::UnexpectedEof)?;
    if flags & ENCRYPTED != 0 {
        return Err(invalid("the archive is encrypted"));
    }
    let read = match method {
        STORED if flags & SIZES_FOLLOW == 0 => {
            let file = body.get(..packed.min(limit)).unwrap_or(body);
            text.extend_from_slice(file);
            if file.len() < packed.min(limit) {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            packed
        }
        DEFLATED => {
            let mut decoder = flate2::read::DeflateDecoder::new(body);
            (&mut decoder).take(limit as u64).read_to_end(text)?;
            usize::try_from(decoder.total_in()).unwrap_or(body.len())
        }
        _ => {
            return Err(invalid(
                "its compression method is neither stored nor deflated",
            ));
        }
    };
    // A descriptor of 12 to 24 bytes may stand between two files.
    let behind = body.get(read..).unwrap_or_default();
    let behind = &behind[..behind.len().min(24 + FILE.len())];
    if text.len() < limit && behind.windows(FILE.len()).any(|bytes| bytes == FILE) {
        return Err(invalid("the archive holds more than one file"));
    }
    Ok(text.len())
}

fn invalid(reason: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, reason)
}
