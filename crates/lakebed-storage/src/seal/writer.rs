use std::io::{self, Write};

use super::DataKey;
use super::segments::{Header, Segments};
use super::size::{SegmentSize, TAG_BYTES};

/// Seals what is written to it. What was not finished cannot be opened.
#[derive(Debug)]
pub(crate) struct SealingWriter<W> {
    inner: W,
    segments: Segments,
    segment_size: SegmentSize,
    number: u64,
    /// The segment that is being filled. A full one waits until it is known whether it is the
    /// last.
    segment: Vec<u8>,
}

impl<W: Write> SealingWriter<W> {
    /// Begins a sealed file that only the key opens, and only under the same context.
    ///
    /// # Errors
    /// If the header cannot be written.
    pub(crate) fn begin(inner: W, key: &DataKey, context: &str) -> io::Result<Self> {
        Self::with_segments(SegmentSize::DEFAULT, inner, key, context)
    }

    pub(super) fn with_segments(
        segment_size: SegmentSize,
        mut inner: W,
        key: &DataKey,
        context: &str,
    ) -> io::Result<Self> {
        let header = Header::random(segment_size)?;
        inner.write_all(header.as_bytes())?;
        let capacity = segment_size.plain() + TAG_BYTES;
        Ok(Self {
            inner,
            segments: Segments::new(key, &header, context)?,
            segment_size,
            number: 0,
            segment: Vec::with_capacity(usize::try_from(capacity).unwrap_or_default()),
        })
    }

    /// Seals the end.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.seal_segment(true)?;
        Ok(self.inner)
    }

    fn room(&self) -> usize {
        usize::try_from(self.segment_size.plain())
            .unwrap_or_default()
            .saturating_sub(self.segment.len())
    }

    fn seal_segment(&mut self, last: bool) -> io::Result<()> {
        self.segments.seal(self.number, last, &mut self.segment)?;
        self.inner.write_all(&self.segment)?;
        self.segment.clear();
        self.number += 1;
        Ok(())
    }
}

impl<W: Write> Write for SealingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        if self.room() == 0 {
            self.seal_segment(false)?;
        }
        let taken = bytes.len().min(self.room());
        self.segment.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    /// Does not reach the segment that is being filled, which is sealed whole.
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
