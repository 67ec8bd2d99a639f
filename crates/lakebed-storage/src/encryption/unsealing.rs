use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::keyring::DataKeys;
use super::object::{ObjectEncryption, Piece};
use crate::positional::read_exact_at;
use crate::seal::{ReadAt, SealedFile};

/// The bytes of an encrypted object, read through its data key.
pub(crate) struct Unsealing {
    file: Arc<File>,
    keys: DataKeys,
    pieces: Vec<Placed>,
    /// The piece that was read last.
    open: Option<(usize, Box<dyn ReadAt + Send>)>,
}

/// A piece, with where it begins in the object and in the file.
#[derive(Debug)]
struct Placed {
    piece: Piece,
    start: u64,
    file_start: u64,
}

impl fmt::Debug for Unsealing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unsealing")
            .field("file", &self.file)
            .field("pieces", &self.pieces)
            .finish_non_exhaustive()
    }
}

impl Unsealing {
    /// # Errors
    /// `InvalidData` if the file has not the size of its pieces, or they not that of the object.
    pub(super) fn open(
        file: File,
        encryption: &ObjectEncryption,
        keys: DataKeys,
        size: u64,
    ) -> io::Result<Self> {
        let mut pieces = Vec::with_capacity(encryption.pieces.len());
        let (mut start, mut file_start) = (0, 0);
        for piece in &encryption.pieces {
            pieces.push(Placed {
                piece: piece.clone(),
                start,
                file_start,
            });
            start += piece.size;
            file_start += piece.file_size;
        }
        let found = file.metadata()?.len();
        if found != file_start || size != start {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("the file has {found} bytes, and {file_start} were sealed in it"),
            ));
        }
        Ok(Self {
            file: Arc::new(file),
            keys,
            pieces,
            open: None,
        })
    }

    /// The bytes of a range that is within the object.
    ///
    /// # Errors
    /// `InvalidData` if they are not what was sealed.
    pub(super) fn read(&mut self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let first = self
            .pieces
            .partition_point(|placed| placed.start + placed.piece.size <= range.start);
        // An object without bytes has a piece too, which is to be looked at like any other.
        let first = first.min(self.pieces.len().saturating_sub(1));
        for number in first..self.pieces.len() {
            let Placed { piece, start, .. } = &self.pieces[number];
            if number > first && *start >= range.end {
                break;
            }
            let from = range.start.max(*start) - start;
            let to = range.end.min(start + piece.size) - start;
            let read = self.piece(number)?.read_at(from..to)?;
            if bytes.is_empty() {
                bytes = read;
            } else {
                bytes.extend_from_slice(&read);
            }
        }
        Ok(bytes)
    }

    fn piece(&mut self, number: usize) -> io::Result<&dyn ReadAt> {
        let piece = match self.open.take() {
            Some((open, piece)) if open == number => piece,
            _ => self.open_piece(&self.pieces[number])?,
        };
        let (_, piece) = self.open.insert((number, piece));
        Ok(&**piece)
    }

    fn open_piece(&self, placed: &Placed) -> io::Result<Box<dyn ReadAt + Send>> {
        let Placed {
            piece, file_start, ..
        } = placed;
        let slice = FileSlice {
            file: Arc::clone(&self.file),
            start: *file_start,
            size: piece.file_size,
        };
        let opened: Box<dyn ReadAt + Send> = match &self.keys.outer {
            None => Box::new(SealedFile::open(slice, &self.keys.inner, &piece.id)?),
            Some(outer) => {
                let outer = SealedFile::open(slice, outer, &piece.id)?;
                Box::new(SealedFile::open(outer, &self.keys.inner, &piece.id)?)
            }
        };
        if opened.size() == piece.size {
            return Ok(opened);
        }
        Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "a sealed file does not hold as much as was sealed in it",
        ))
    }
}

/// A piece of a file.
#[derive(Debug)]
struct FileSlice {
    file: Arc<File>,
    start: u64,
    size: u64,
}

impl ReadAt for FileSlice {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let size = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
        let mut bytes = vec![0; size];
        read_exact_at(&self.file, self.start + range.start, &mut bytes)?;
        Ok(bytes)
    }
}
