use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use bytes::Bytes;

use super::ObjectEncryption;
use super::keyring::DataKeys;
use super::unsealing::Unsealing;

/// How much is read at a time.
const CHUNK_BYTES: u64 = 512 * 1024;

/// The bytes of an object.
#[derive(Debug)]
pub(crate) enum Content {
    Plain(File),
    Sealed(Unsealing),
}

impl Content {
    /// Opens the file of an encrypted object of `size` bytes.
    ///
    /// # Errors
    /// `InvalidData` if the file has not the size that was sealed.
    pub(crate) fn unseal(
        file: File,
        encryption: &ObjectEncryption,
        keys: DataKeys,
        size: u64,
    ) -> io::Result<Self> {
        Unsealing::open(file, encryption, keys, size).map(Self::Sealed)
    }

    /// The bytes of a range that is within the object.
    ///
    /// # Errors
    /// `UnexpectedEof` if they are not all there any more; `InvalidData` if they are encrypted
    /// and not what was written.
    pub(crate) fn read(&mut self, range: Range<u64>) -> io::Result<Bytes> {
        match self {
            Self::Plain(file) => {
                file.seek(SeekFrom::Start(range.start))?;
                read_exactly(file, range.end - range.start)
            }
            Self::Sealed(unsealing) => unsealing.read(range).map(Bytes::from),
        }
    }

    /// As many bytes from the beginning of a range as are read at a time.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(crate) fn read_chunk(&mut self, range: &Range<u64>) -> io::Result<Bytes> {
        let end = match self {
            Self::Plain(_) => range.start + CHUNK_BYTES,
            // No segment is opened for two chunks.
            Self::Sealed(_) => (range.start / CHUNK_BYTES + 1) * CHUNK_BYTES,
        };
        self.read(range.start..end.min(range.end))
    }
}

fn read_exactly(file: &mut File, size: u64) -> io::Result<Bytes> {
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    file.take(size).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != size {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the file was cut while it was read",
        ));
    }
    Ok(bytes.into())
}
