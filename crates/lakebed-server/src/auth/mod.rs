//! Who signed a request, for which service and region, and whether the signature is right.
//!
//! What a request says of itself is read first ([`Signature`]), since it also tells which service
//! is meant; whether it is true is then checked by the rules of that service ([`Rules`]).

mod authenticator;
mod caller;
mod error;
mod form;
mod identities;
mod identity;
mod keys;
mod mode;
mod presigned;
mod service_failure;
mod sessions;
mod sigv4;
mod verify;
mod version_2;

pub(crate) use authenticator::{Authenticator, Resource};
pub(crate) use caller::Caller;
pub(crate) use error::{AuthError, Mismatch};
pub(crate) use form::{FormClaim, FormVersion};
pub use identities::IdentitiesError;
pub(crate) use identities::{Identities, Identity};
pub(crate) use identity::Signature;
pub(crate) use keys::Keys;
pub use mode::AuthMode;
pub(crate) use presigned::{check_presigned, is_of_signature};
pub(crate) use service_failure::service_failure;
pub(crate) use sessions::Sessions;
pub(crate) use sigv4::{
    ALGORITHM, ChunkSignatures, Credential, CredentialFault, Place, SigningTime,
};
pub(crate) use verify::Rules;
