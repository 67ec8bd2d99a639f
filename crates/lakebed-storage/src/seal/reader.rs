use std::io;
use std::ops::Range;

use super::DataKey;
use super::segments::{HEADER_BYTES, Header, Segments};
use super::size::SegmentSize;

/// Bytes that can be read at any place.
pub(crate) trait ReadAt {
    /// How many there are.
    fn size(&self) -> u64;

    /// The bytes of a range that is within the size.
    ///
    /// # Errors
    /// `UnexpectedEof` if they are not all there any more; `InvalidData` if they are not what was
    /// sealed.
    fn read_at(&self, range: Range<u64>) -> io::Result<Vec<u8>>;
}

/// A sealed file, read through its key.
#[derive(Debug)]
pub(crate) struct SealedFile<S> {
    source: S,
    segments: Segments,
    segment_size: SegmentSize,
    size: u64,
}

impl<S: ReadAt> SealedFile<S> {
    /// Opens a file. Whether the key and the context are those it was sealed with shows when bytes
    /// are read.
    ///
    /// # Errors
    /// `InvalidData` if the file is none that was sealed and finished.
    pub(crate) fn open(source: S, key: &DataKey, context: &str) -> io::Result<Self> {
        let cut = || {
            io::Error::new(
                io::ErrorKind::InvalidData,
                "a sealed file has not the size it was sealed with",
            )
        };
        if source.size() < HEADER_BYTES as u64 {
            return Err(cut());
        }
        let header = Header::read(&source.read_at(0..HEADER_BYTES as u64)?)?;
        let segment_size = header.segment_size();
        let size = segment_size.content_of(source.size()).ok_or_else(cut)?;
        Ok(Self {
            segments: Segments::new(key, &header, context)?,
            source,
            segment_size,
            size,
        })
    }
}

impl<S: ReadAt> ReadAt for SealedFile<S> {
    /// The size of what is sealed.
    fn size(&self) -> u64 {
        self.size
    }

    /// Reads and opens the segments that hold the range, and no others.
    fn read_at(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        if range.is_empty() && self.size > 0 {
            return Ok(Vec::new());
        }
        let (plain, sealed) = (self.segment_size.plain(), self.segment_size.sealed());
        let first = range.start / plain;
        let last = range.end.saturating_sub(1) / plain;
        let end_of_file = self.size.saturating_sub(1) / plain;
        let place = |segment: u64| HEADER_BYTES as u64 + segment * sealed;
        let mut bytes = self
            .source
            .read_at(place(first)..place(last + 1).min(self.source.size()))?;

        let sealed = usize::try_from(sealed).map_err(io::Error::other)?;
        let mut opened = 0;
        let mut from = 0;
        for segment in first..=last {
            let to = bytes.len().min(from + sealed);
            opened += self.segments.open(
                segment,
                segment == end_of_file,
                &mut bytes[opened..to],
                from - opened..,
            )?;
            from = to;
        }
        bytes.truncate(opened);
        let skipped = usize::try_from(range.start - first * plain).map_err(io::Error::other)?;
        let wanted = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
        bytes.drain(..skipped);
        bytes.truncate(wanted);
        Ok(bytes)
    }
}
