//! Text through a compression; what [`crate::text::compression`] reads.

use std::io::{self, Write as _};

use bzip2::write::BzEncoder;
use flate2::write::GzEncoder;
use zstd::stream::write::Encoder as ZstdEncoder;

use super::encoder::USUAL_ZSTD_LEVEL;
use super::format::TextCompression;

/// Text that one block of Hadoop's codecs holds.
const BLOCK: usize = 256 << 10;

/// Takes text and gives compressed bytes as they are complete.
pub(super) enum Compressor {
    Plain,
    Gzip(Box<GzEncoder<Vec<u8>>>),
    Bzip2(Box<BzEncoder<Vec<u8>>>),
    Zstd(Box<ZstdEncoder<'static, Vec<u8>>>),
    Snappy,
    Lz4,
}

impl Compressor {
    pub(super) fn new(compression: TextCompression, zstd_level: Option<i32>) -> io::Result<Self> {
        Ok(match compression {
            TextCompression::None => Self::Plain,
            TextCompression::Gzip => {
                let level = flate2::Compression::default();
                Self::Gzip(Box::new(GzEncoder::new(Vec::new(), level)))
            }
            TextCompression::Bzip2 => {
                let level = bzip2::Compression::default();
                Self::Bzip2(Box::new(BzEncoder::new(Vec::new(), level)))
            }
            TextCompression::Zstd => {
                let level = zstd_level.unwrap_or(USUAL_ZSTD_LEVEL);
                Self::Zstd(Box::new(ZstdEncoder::new(Vec::new(), level)?))
            }
            TextCompression::Snappy => Self::Snappy,
            TextCompression::Lz4 => Self::Lz4,
        })
    }

    pub(super) fn push(&mut self, text: Vec<u8>) -> io::Result<Vec<u8>> {
        match self {
            Self::Plain => Ok(text),
            Self::Gzip(encoder) => {
                encoder.write_all(&text)?;
                Ok(std::mem::take(encoder.get_mut()))
            }
            Self::Bzip2(encoder) => {
                encoder.write_all(&text)?;
                Ok(std::mem::take(encoder.get_mut()))
            }
            Self::Zstd(encoder) => {
                encoder.write_all(&text)?;
                Ok(std::mem::take(encoder.get_mut()))
            }
            Self::Snappy => blocks(&text, |block| {
                snap::raw::Encoder::new()
                    .compress_vec(block)
                    .map_err(io::Error::other)
            }),
            Self::Lz4 => blocks(&text, |block| Ok(lz4_flex::block::compress(block))),
        }
    }

    pub(super) fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Plain | Self::Snappy | Self::Lz4 => Ok(Vec::new()),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Bzip2(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
        }
    }
}

/// Blocks in Hadoop's framing: the length of the text, the length of the block, the block.
fn blocks(text: &[u8], compress: impl Fn(&[u8]) -> io::Result<Vec<u8>>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for part in text.chunks(BLOCK) {
        let block = compress(part)?;
        bytes.extend((part.len() as u32).to_be_bytes());
        bytes.extend((block.len() as u32).to_be_bytes());
        bytes.extend(block);
    }
    Ok(bytes)
}
