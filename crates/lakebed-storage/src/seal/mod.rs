//! Sealed files: bytes at rest that only their key makes readable again, in segments that are
//! sealed one by one, so that a range is read without reading the rest.
//!
//! ```text
//! header    "LakeSeal", format (1 byte), log2 of the segment size (1 byte), salt (32 bytes)
//! segment   AES-256-GCM of up to 64 KiB, and its tag (16 bytes)
//! …         all segments but the last are full; a file of nothing has one empty segment
//! ```
//!
//! Every file is sealed with a key of its own, which HKDF-SHA256 derives from the data key, the
//! salt, the rest of the header and a context that the caller names (RFC 5869). So segments are
//! told apart by their number alone, which is their nonce together with a mark of the last one.
//! This is the construction STREAM: a byte that was changed, a segment that was dropped, added or
//! moved, and a file under another file's name are all errors, never other bytes. (Hoang,
//! Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and its Nonce-Reuse
//! Misuse-Resistance".)
//!
//! Pure but for where the bytes come from and go to.

mod data_key;
mod reader;
mod segments;
mod size;
mod writer;

pub(crate) use data_key::{DataKey, KEY_BYTES};
pub(crate) use reader::{ReadAt, SealedFile};
pub(crate) use size::sealed_size;
pub(crate) use writer::SealingWriter;

#[cfg(test)]
mod tests;
