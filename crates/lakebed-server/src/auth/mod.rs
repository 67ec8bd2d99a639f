//! Who signed a request, for which service and region, and whether a presigned URL still holds.
//!
//! Any credentials are accepted: signatures are read, not verified.

mod identity;
mod presigned;

pub(crate) use identity::Signature;
pub(crate) use presigned::{PresignError, check_presigned, without_signature};
