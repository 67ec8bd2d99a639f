use std::fs::File;
use std::io::{self, Write};

use ring::hmac;

use super::keyring::DataKeys;
use super::object::{ObjectEncryption, Piece};
use crate::ETag;
use crate::seal::SealingWriter;

/// What bytes are to be sealed with.
#[derive(Debug)]
pub(crate) struct Sealing {
    pub(super) keys: DataKeys,
    pub(super) encryption: ObjectEncryption,
}

impl Sealing {
    /// The encryption of an upload whose parts are still to come.
    pub(crate) fn into_encryption(self) -> ObjectEncryption {
        self.encryption
    }

    /// The encryption of an object that is one piece.
    pub(crate) fn of_one_piece(&self, piece: Piece) -> ObjectEncryption {
        self.encryption.clone().with_pieces(vec![piece])
    }

    /// The tag of bytes with this MD5. Where it must not tell the MD5 it is keyed: the same bytes
    /// under the same data key have the same tag, so that a part may be sent again.
    pub(crate) fn etag(&self, md5: &[u8; 16]) -> ETag {
        if self.encryption.kind.keeps_md5() {
            return ETag::of_bytes(md5);
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.keys.inner.as_bytes());
        let tag = hmac::sign(&key, md5);
        let mut shortened = *md5;
        shortened.copy_from_slice(&tag.as_ref()[..md5.len()]);
        ETag::of_bytes(&shortened)
    }
}

/// Where bytes go on their way to a file.
#[derive(Debug)]
pub(crate) enum Sink {
    Plain(File),
    Sealed(Box<SealingWriter<File>>),
    SealedTwice(Box<SealingWriter<SealingWriter<File>>>),
}

impl Sink {
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn begin(file: File, sealing: Option<&Sealing>, id: &str) -> io::Result<Self> {
        let Some(Sealing { keys, .. }) = sealing else {
            return Ok(Self::Plain(file));
        };
        match &keys.outer {
            None => {
                let writer = SealingWriter::begin(file, &keys.inner, id)?;
                Ok(Self::Sealed(Box::new(writer)))
            }
            Some(outer) => {
                let outer = SealingWriter::begin(file, outer, id)?;
                let writer = SealingWriter::begin(outer, &keys.inner, id)?;
                Ok(Self::SealedTwice(Box::new(writer)))
            }
        }
    }

    /// # Errors
    /// If the end cannot be written.
    pub(crate) fn finish(self) -> io::Result<File> {
        match self {
            Self::Plain(file) => Ok(file),
            Self::Sealed(writer) => writer.finish(),
            Self::SealedTwice(writer) => writer.finish()?.finish(),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Sealed(writer) => writer.write(bytes),
            Self::SealedTwice(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Sealed(writer) => writer.flush(),
            Self::SealedTwice(writer) => writer.flush(),
        }
    }
}
