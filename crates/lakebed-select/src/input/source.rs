use std::io::{self, BufReader, Read};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use super::Compression;

/// How much is read at a time.
const READ_BYTES: u64 = 1024 * 1024;

/// An object's bytes. Calls may block.
pub trait Source: Send + Sync + 'static {
    /// How many bytes there are.
    fn size(&self) -> u64;

    /// The bytes of a range that lies within the size.
    ///
    /// # Errors
    /// If they cannot be read.
    fn read(&self, range: Range<u64>) -> io::Result<Bytes>;
}

/// Bytes of an object, as a request names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanRange {
    /// None with an end: the last bytes, as many as the end says.
    pub start: Option<u64>,
    /// The first byte that is not meant.
    pub end: Option<u64>,
}

impl ScanRange {
    fn resolve(self, size: u64) -> Range<u64> {
        match (self.start, self.end) {
            (None, Some(last)) => size.saturating_sub(last)..size,
            (start, end) => start.unwrap_or(0).min(size)..end.unwrap_or(size).min(size),
        }
    }
}

/// Counts bytes as they go by. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counter(Arc<AtomicU64>);

impl Counter {
    pub(crate) fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Reads an object from a byte on, uncompressed. `scanned` counts what is read, `processed` what
/// it is when it is uncompressed.
pub(crate) fn open(
    source: Arc<dyn Source>,
    from: u64,
    compression: Compression,
    scanned: &Counter,
    processed: &Counter,
) -> BufReader<Box<dyn Read + Send>> {
    let raw = Sequential {
        next: from,
        chunk: Bytes::new(),
        source,
        scanned: scanned.clone(),
    };
    let plain: Box<dyn Read + Send> = match compression {
        Compression::None => Box::new(raw),
        Compression::Gzip => Box::new(flate2::read::MultiGzDecoder::new(raw)),
        Compression::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(raw)),
    };
    let counted = Counted {
        inner: plain,
        counter: processed.clone(),
    };
    BufReader::with_capacity(128 * 1024, Box::new(counted))
}

/// Where to read records that begin in a range: the byte to begin at, whether what is left of the
/// record before must be skipped, and the byte from which no record counts.
pub(crate) fn record_bounds(range: Option<ScanRange>, size: u64) -> (u64, bool, u64) {
    let Some(range) = range else {
        return (0, false, u64::MAX);
    };
    let Range { start, end } = range.resolve(size);
    match start {
        0 => (0, false, end),
        // A record begins here only if the byte before ends one.
        start => (start - 1, true, end),
    }
}

struct Sequential {
    source: Arc<dyn Source>,
    next: u64,
    chunk: Bytes,
    scanned: Counter,
}

impl Read for Sequential {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.chunk.is_empty() {
            let end = self.source.size().min(self.next + READ_BYTES);
            if self.next >= end {
                return Ok(0);
            }
            self.chunk = self.source.read(self.next..end)?;
            self.next = end;
            self.scanned.add(self.chunk.len() as u64);
        }
        let taken = self.chunk.split_to(self.chunk.len().min(buffer.len()));
        buffer[..taken.len()].copy_from_slice(&taken);
        Ok(taken.len())
    }
}

struct Counted {
    inner: Box<dyn Read + Send>,
    counter: Counter,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.counter.add(read as u64);
        Ok(read)
    }
}
