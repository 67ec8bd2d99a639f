pub(super) mod base;
pub(super) mod big_endian;
pub(super) mod hash;
pub(super) mod hex;
pub(super) mod hmac;
pub(super) mod ieee754;
pub(super) mod spooky_hash;
