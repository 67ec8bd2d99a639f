//! Hadoop's framing of Snappy and LZ4: blocks of a length, then chunks of a packed length and
//! their bytes until the block's length is reached; all lengths big-endian.

use std::io::{Error, ErrorKind, Result};

/// Blocks as Hadoop writes them are far smaller; what claims more is no block.
const MOST_BLOCK_BYTES: usize = 64 << 20;

/// Whether the bytes can be the start of a block.
pub(super) fn starts_block(bytes: &[u8]) -> bool {
    let lengths = length(bytes).zip(bytes.get(4..).and_then(length));
    lengths.is_some_and(|(block, chunk)| {
        (1..=MOST_BLOCK_BYTES).contains(&block) && (1..=MOST_BLOCK_BYTES).contains(&chunk)
    })
}

/// Unpacks blocks until `text` has `limit` bytes; answers how many there are.
pub(super) fn unpack(
    mut bytes: &[u8],
    limit: usize,
    text: &mut Vec<u8>,
    unpack_chunk: fn(&[u8], usize) -> Result<Vec<u8>>,
) -> Result<usize> {
    while !bytes.is_empty() && text.len() < limit {
        let mut missing = take_length(&mut bytes)?;
        while missing > 0 {
            let packed = take_length(&mut bytes)?;
            let chunk = bytes.get(..packed).ok_or(ErrorKind::UnexpectedEof)?;
            bytes = &bytes[packed..];
            let chunk = unpack_chunk(chunk, missing)?;
            if chunk.is_empty() || chunk.len() > missing {
                return Err(Error::new(
                    ErrorKind::InvalidData,
                    "a chunk is empty or longer than its block",
                ));
            }
            missing -= chunk.len();
            text.extend_from_slice(&chunk);
        }
    }
    text.truncate(limit);
    Ok(text.len())
}

/// A chunk of Snappy's raw format.
pub(super) fn snappy(chunk: &[u8], most: usize) -> Result<Vec<u8>> {
    let length = snap::raw::decompress_len(chunk)?;
    if length > most {
        return Err(Error::new(
            ErrorKind::InvalidData,
            "a chunk is longer than its block",
        ));
    }
    Ok(snap::raw::Decoder::new().decompress_vec(chunk)?)
}

/// A chunk of LZ4's block format.
pub(super) fn lz4(chunk: &[u8], most: usize) -> Result<Vec<u8>> {
    lz4_flex::block::decompress(chunk, most)
        .map_err(|error| Error::new(ErrorKind::InvalidData, error))
}

fn take_length(bytes: &mut &[u8]) -> Result<usize> {
    let taken = length(bytes).ok_or(ErrorKind::UnexpectedEof)?;
    *bytes = &bytes[4..];
    if taken > MOST_BLOCK_BYTES {
        return Err(Error::new(
            ErrorKind::InvalidData,
            format!("a block of {taken} bytes"),
        ));
    }
    Ok(taken)
}

fn length(bytes: &[u8]) -> Option<usize> {
    let four: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
    usize::try_from(u32::from_be_bytes(four)).ok()
}
