//! Compressed files, told by their first bytes; Hadoop's own block formats, which have no mark,
//! by their names.

use std::io::Read;

use super::{hadoop_blocks, zip};

/// How the bytes of a text file are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Bzip2,
    Zstd,
    /// The framing of Google's description.
    Snappy,
    HadoopSnappy,
    /// LZ4 frames.
    Lz4,
    HadoopLz4,
    Zip,
}

impl Compression {
    /// Looks at the first bytes of the file of this name.
    pub(crate) fn of(bytes: &[u8], key: &str) -> Self {
        const BZIP2_BLOCK: &[u8] = b"\x31\x41\x59\x26\x53\x59";
        const BZIP2_END: &[u8] = b"\x17\x72\x45\x38\x50\x90";
        if bytes.starts_with(b"\x1f\x8b") {
            Self::Gzip
        } else if bytes.starts_with(b"BZh")
            && bytes
                .get(4..10)
                .is_some_and(|mark| mark == BZIP2_BLOCK || mark == BZIP2_END)
        {
            Self::Bzip2
        } else if bytes.starts_with(b"\x28\xb5\x2f\xfd") {
            Self::Zstd
        } else if bytes.starts_with(b"\xff\x06\x00\x00sNaPpY") {
            Self::Snappy
        } else if bytes.starts_with(b"\x04\x22\x4d\x18") {
            Self::Lz4
        } else if bytes.starts_with(b"PK\x03\x04") {
            Self::Zip
        } else if key.ends_with(".snappy") && hadoop_blocks::starts_block(bytes) {
            Self::HadoopSnappy
        } else if key.ends_with(".lz4") && hadoop_blocks::starts_block(bytes) {
            Self::HadoopLz4
        } else {
            Self::None
        }
    }

    /// The word of the table parameter `compressionType`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Zstd => "zstd",
            Self::Snappy | Self::HadoopSnappy => "snappy",
            Self::Lz4 | Self::HadoopLz4 => "lz4",
            Self::Zip => "zip",
        }
    }

    /// The first `limit` bytes of what is packed, or fewer if the sample ends before them.
    ///
    /// # Errors
    /// The bytes are damaged, or `complete` and end too early.
    pub(crate) fn unpack(
        self,
        bytes: &[u8],
        complete: bool,
        limit: usize,
    ) -> Result<Vec<u8>, String> {
        let mut text = Vec::new();
        let limit_bytes = limit as u64;
        let read = match self {
            Self::None => {
                text.extend_from_slice(&bytes[..bytes.len().min(limit)]);
                Ok(0)
            }
            Self::Gzip => flate2::read::MultiGzDecoder::new(bytes)
                .take(limit_bytes)
                .read_to_end(&mut text),
            Self::Bzip2 => bzip2::read::MultiBzDecoder::new(bytes)
                .take(limit_bytes)
                .read_to_end(&mut text),
            Self::Zstd => zstd::stream::read::Decoder::new(bytes)
                .and_then(|decoder| decoder.take(limit_bytes).read_to_end(&mut text)),
            Self::Snappy => snap::read::FrameDecoder::new(bytes)
                .take(limit_bytes)
                .read_to_end(&mut text),
            Self::Lz4 => lz4_flex::frame::FrameDecoder::new(bytes)
                .take(limit_bytes)
                .read_to_end(&mut text),
            Self::HadoopSnappy => {
                hadoop_blocks::unpack(bytes, limit, &mut text, hadoop_blocks::snappy)
            }
            Self::HadoopLz4 => hadoop_blocks::unpack(bytes, limit, &mut text, hadoop_blocks::lz4),
            Self::Zip => zip::unpack(bytes, limit, &mut text),
        };
        match read {
            Ok(_) => Ok(text),
            // The sample ends, not the file.
            Err(error) if !complete && error.kind() == std::io::ErrorKind::UnexpectedEof => {
                Ok(text)
            }
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(format!(
                "the {} file is cut off: it ends after {} bytes of text",
                self.as_str(),
                text.len()
            )),
            Err(error) => Err(format!(
                "the {} file is damaged after {} bytes of text: {error}",
                self.as_str(),
                text.len()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rstest::rstest;
    use std::io::Write;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn bzip2(text: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn snappy(text: &[u8]) -> Vec<u8> {
        let mut encoder = snap::write::FrameEncoder::new(Vec::new());
        encoder.write_all(text).unwrap();
        encoder.into_inner().unwrap()
    }

    fn lz4(text: &[u8]) -> Vec<u8> {
        let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// Two blocks of one chunk each.
    fn hadoop(text: &[u8], pack: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let (one, other) = text.split_at(text.len() / 2);
        let mut file = Vec::new();
        for block in [one, other] {
            let packed = pack(block);
            file.extend((block.len() as u32).to_be_bytes());
            file.extend((packed.len() as u32).to_be_bytes());
            file.extend(packed);
        }
        file
    }

    #[rstest]
    #[case(Compression::Gzip, "a.gz", gzip)]
    #[case(Compression::Bzip2, "a.bz2", bzip2)]
    #[case(Compression::Zstd, "a.zst", |text: &[u8]| zstd::encode_all(text, 1).unwrap())]
    #[case(Compression::Snappy, "a.snappy", snappy)]
    #[case(Compression::Lz4, "a.lz4", lz4)]
    #[case(Compression::HadoopSnappy, "a.snappy", |text: &[u8]| hadoop(text, |block| snap::raw::Encoder::new().compress_vec(block).unwrap()))]
    #[case(Compression::HadoopLz4, "a.lz4", |text: &[u8]| hadoop(text, lz4_flex::block::compress))]
    fn packed_text_is_read(
        #[case] compression: Compression,
        #[case] key: &str,
        #[case] pack: fn(&[u8]) -> Vec<u8>,
    ) {
        let text: String = (0..200_000).map(|n| format!("{n}\n")).collect();
        let packed = pack(text.as_bytes());
        assert_eq!(Compression::of(&packed, key), compression);
        let whole = compression.unpack(&packed, true, usize::MAX).unwrap();
        assert!(whole == text.as_bytes());
        assert_eq!(
            compression.unpack(&packed, true, 10).unwrap(),
            b"0\n1\n2\n3\n4\n"
        );

        let half = &packed[..packed.len() / 2];
        let part = compression.unpack(half, false, usize::MAX).unwrap();
        assert!(text.as_bytes().starts_with(&part));
        let cut = compression.unpack(half, true, usize::MAX).unwrap_err();
        assert!(cut.contains("cut off"), "{cut}");
    }

    #[test]
    fn gzip_members_follow_each_other() {
        let packed = [gzip(b"a,b\n"), gzip(b"1,2\n")].concat();
        let text = Compression::Gzip.unpack(&packed, true, usize::MAX).unwrap();
        assert_eq!(text, b"a,b\n1,2\n");
    }

    #[test]
    fn a_damaged_file_is_named() {
        let mut packed = gzip("1,2\n".repeat(10_000).as_bytes());
        let middle = packed.len() / 2;
        packed[middle] ^= 0xff;
        let error = Compression::Gzip
            .unpack(&packed, true, usize::MAX)
            .unwrap_err();
        assert!(
            error.starts_with("the gzip file is damaged after"),
            "{error}"
        );
    }
}
