use std::fmt;
use std::io;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};

/// The size of every key: AES-256.
pub(crate) const KEY_BYTES: usize = 32;

/// The key that seals the bytes of one object or upload.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct DataKey([u8; KEY_BYTES]);

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(…)")
    }
}

impl From<[u8; KEY_BYTES]> for DataKey {
    fn from(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }
}

impl DataKey {
    /// # Errors
    /// If the system has no randomness to give.
    pub(crate) fn random() -> io::Result<Self> {
        random_bytes().map(Self)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// Seals the key under another, for a context that must be named to get it back.
    ///
    /// # Errors
    /// If the system has no randomness to give.
    pub(crate) fn wrap(&self, under: &[u8; KEY_BYTES], context: &str) -> io::Result<Vec<u8>> {
        let nonce: [u8; NONCE_LEN] = random_bytes()?;
        let mut wrapped = self.0.to_vec();
        wrapping_key(under)?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context),
                &mut wrapped,
            )
            .map_err(|_| io::Error::other("a data key could not be sealed"))?;
        wrapped.splice(..0, nonce);
        Ok(wrapped)
    }

    /// Opens a key that was sealed under another; none if it was sealed under a third, or for
    /// another context.
    pub(crate) fn unwrap(wrapped: &[u8], under: &[u8; KEY_BYTES], context: &str) -> Option<Self> {
        let (nonce, sealed) = wrapped.split_first_chunk::<NONCE_LEN>()?;
        let mut sealed = sealed.to_vec();
        let opened = wrapping_key(under)
            .ok()?
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(context),
                &mut sealed,
            )
            .ok()?;
        <[u8; KEY_BYTES]>::try_from(&*opened).ok().map(Self)
    }
}

fn wrapping_key(bytes: &[u8; KEY_BYTES]) -> io::Result<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, bytes)
        .map(LessSafeKey::new)
        .map_err(|_| io::Error::other("a key has the wrong size"))
}

/// # Errors
/// If the system has no randomness to give.
pub(super) fn random_bytes<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| io::Error::other("the system has no randomness to give"))?;
    Ok(bytes)
}
