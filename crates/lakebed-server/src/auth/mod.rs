//! Who signed a request, for which service and region, and whether the signature is right.
//!
//! What a request says of itself is read first ([`Signature`]), since it also tells which service
//! is meant; whether it is true is then checked by the rules of that service ([`Rules`]).

mod error;
mod identity;
mod presigned;
mod service_failure;
mod sigv4;
mod verify;

pub(crate) use error::{AuthError, Mismatch};
pub(crate) use identity::Signature;
pub(crate) use presigned::{check_presigned, without_signature};
pub(crate) use service_failure::service_failure;
pub(crate) use sigv4::{ChunkSignatures, CredentialFault, Place};
pub(crate) use verify::Rules;
