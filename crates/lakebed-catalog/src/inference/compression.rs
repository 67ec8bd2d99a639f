//! Compressed text, told by its first bytes.

use std::io::Read;

/// How the bytes of a text file are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
}

impl Compression {
    /// Looks at the first bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        if bytes.starts_with(&[0x1f, 0x8b]) {
            Self::Gzip
        } else {
            Self::None
        }
    }

    /// The word of the table parameter `compressionType`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
        }
    }

    /// What the bytes say, up to `limit`: all there is of it if the packed file was cut or is
    /// damaged further on.
    pub(crate) fn unpack(self, bytes: &[u8], limit: usize) -> Vec<u8> {
        let mut text = Vec::new();
        match self {
            Self::None => text.extend_from_slice(&bytes[..bytes.len().min(limit)]),
            Self::Gzip => {
                let decoder = flate2::read::MultiGzDecoder::new(bytes);
                let read = decoder.take(limit as u64).read_to_end(&mut text);
                if let Err(error) = read {
                    tracing::debug!(%error, unpacked = text.len(), "gzip sample ends early");
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::Write;

    #[test]
    fn a_cut_gzip_file_gives_what_it_holds() {
        let text: String = (0..10_000).map(|n| format!("{n}\n")).collect();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        let packed = encoder.finish().unwrap();
        assert_eq!(Compression::of(&packed), Compression::Gzip);
        let whole = Compression::Gzip.unpack(&packed, usize::MAX);
        assert_eq!(whole, text.as_bytes());
        let part = Compression::Gzip.unpack(&packed[..packed.len() / 2], usize::MAX);
        assert!(!part.is_empty() && text.as_bytes().starts_with(&part));
    }
}
