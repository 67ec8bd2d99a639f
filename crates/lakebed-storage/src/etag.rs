use std::fmt;

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

/// The entity tag of an object: the MD5 of its bytes in hex or, for an object uploaded in parts,
/// the MD5 of the parts' MD5s followed by `-` and the number of parts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ETag(String);

impl ETag {
    /// The tag of bytes with this MD5.
    pub(crate) fn of_bytes(md5: &[u8; 16]) -> Self {
        Self(hex::encode(md5))
    }

    /// The tag of an object made of parts with these MD5s.
    pub(crate) fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8; 16]>) -> Self {
        let mut hash = Md5::new();
        let mut count = 0_usize;
        for md5 in parts {
            hash.update(md5);
            count += 1;
        }
        Self(format!("{}-{count}", hex::encode(hash.finalize())))
    }

    /// A tag read back from the index.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// The MD5 this tag spells; none for a tag of parts.
    pub(crate) fn md5(&self) -> Option<[u8; 16]> {
        let mut md5 = [0; 16];
        hex::decode_to_slice(&self.0, &mut md5).ok()?;
        Some(md5)
    }

    /// The tag without quotes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tag as the `ETag` header carries it, in double quotes.
    #[must_use]
    pub fn quoted(&self) -> String {
        format!("\"{}\"", self.0)
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
