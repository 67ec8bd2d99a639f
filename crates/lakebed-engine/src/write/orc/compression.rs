//! Streams in blocks, each compressed by itself.

use std::io::{self, Write as _};

use flate2::write::DeflateEncoder;
use orc_rust::proto::CompressionKind;

use crate::EngineError;
use crate::write::format::OrcCompression;

/// The most bytes that one block holds.
pub(super) const BLOCK: usize = 256 << 10;

/// How streams become blocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blocks {
    compression: OrcCompression,
    zstd_level: i32,
}

impl Blocks {
    pub(super) fn new(compression: OrcCompression, zstd_level: i32) -> Self {
        Self {
            compression,
            zstd_level,
        }
    }

    pub(super) fn kind(self) -> CompressionKind {
        match self.compression {
            OrcCompression::None => CompressionKind::None,
            OrcCompression::Zlib => CompressionKind::Zlib,
            OrcCompression::Snappy => CompressionKind::Snappy,
            OrcCompression::Zstd => CompressionKind::Zstd,
            OrcCompression::Lz4 => CompressionKind::Lz4,
        }
    }

    /// The blocks of a stream. A block that does not get smaller stays as it is.
    pub(super) fn pack(self, stream: &[u8]) -> Result<Vec<u8>, EngineError> {
        if self.compression == OrcCompression::None {
            return Ok(stream.to_vec());
        }
        let mut packed = Vec::with_capacity(stream.len() / 2);
        for block in stream.chunks(BLOCK) {
            let compressed = self.compress(block).map_err(|error| {
                EngineError::Cursor(format!("ORC cannot be compressed: {error}"))
            })?;
            let is_original = compressed.len() >= block.len();
            let kept = if is_original { block } else { &compressed };
            // Three bytes: the length, and whether the block is as it was.
            let header = (kept.len() << 1) | usize::from(is_original);
            packed.extend_from_slice(&header.to_le_bytes()[..3]);
            packed.extend_from_slice(kept);
        }
        Ok(packed)
    }

    fn compress(self, block: &[u8]) -> io::Result<Vec<u8>> {
        match self.compression {
            OrcCompression::None => Ok(block.to_vec()),
            OrcCompression::Zlib => {
                let mut encoder = DeflateEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(block)?;
                encoder.finish()
            }
            OrcCompression::Snappy => snap::raw::Encoder::new()
                .compress_vec(block)
                .map_err(io::Error::other),
            OrcCompression::Zstd => zstd::encode_all(block, self.zstd_level),
            OrcCompression::Lz4 => Ok(lz4_flex::block::compress(block)),
        }
    }
}
