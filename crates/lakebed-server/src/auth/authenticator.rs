use std::sync::Arc;

use http::request::Parts;
use lakebed_core::Timestamp;
use sha2::{Digest, Sha256};

use super::identities::{Identity, Key};
use super::sigv4::{ChunkSignatures, Claim, Place};
use super::verify::s3_payload_hash;
use super::version_2::{Version2Claim, takes_version_2};
use super::{
    AuthError, AuthMode, Caller, FormClaim, FormVersion, Keys, Rules, Signature, check_presigned,
};

/// What of S3 a request is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resource<'request> {
    /// `/bucket/key`, encoded as it was sent.
    pub(crate) path: &'request str,
    /// The region of the bucket, if it is there.
    pub(crate) region: Option<&'request str>,
    /// The region of the server.
    pub(crate) own_region: &'request str,
}

impl Resource<'_> {
    fn region_or_own(&self) -> &str {
        self.region.unwrap_or(self.own_region)
    }
}

/// Finds out who calls and, where it is asked for, whether it is true. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Authenticator {
    mode: AuthMode,
    keys: Arc<Keys>,
}

impl Authenticator {
    pub(crate) fn new(mode: AuthMode, keys: Keys) -> Self {
        Self {
            mode,
            keys: Arc::new(keys),
        }
    }

    pub(crate) fn mode(&self) -> AuthMode {
        self.mode
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The roots of the accounts that are known.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = &Identity> {
        self.keys.identities.accounts()
    }

    /// Who a request says it is from. Where nothing is asked of callers, those that are not known
    /// are the root of the one account.
    pub(crate) fn caller(&self, signature: Option<&Signature>, now: Timestamp) -> Caller {
        let access_key = signature.map(|signature| signature.access_key.as_str());
        let token = signature.and_then(|signature| signature.token.as_deref());
        self.claimed(access_key, token, now)
    }

    /// Who a form says it is from.
    pub(crate) fn form_caller(&self, claim: Option<&FormClaim>, now: Timestamp) -> Caller {
        let access_key = claim.map(FormClaim::access_key);
        let token = claim.and_then(|claim| claim.token.as_deref());
        self.claimed(access_key, token, now)
    }

    fn claimed(&self, access_key: Option<&str>, token: Option<&str>, now: Timestamp) -> Caller {
        let known = access_key.and_then(|access_key| self.keys.find(access_key, token, now).ok());
        match known {
            Some(key) => Caller::new(access_key.map(str::to_owned), key.identity),
            None if self.mode == AuthMode::None => {
                Caller::new(access_key.map(str::to_owned), self.keys.root())
            }
            None => Caller::anonymous(),
        }
    }

    /// Verifies a request to S3 for `resource`, whose body is still to be read: its chunks are to
    /// be verified by what is given back, if anything is.
    ///
    /// # Errors
    /// [`AuthError`].
    pub(crate) fn verify_s3(
        &self,
        parts: &Parts,
        resource: &Resource<'_>,
        now: Timestamp,
    ) -> Result<Option<ChunkSignatures>, AuthError> {
        if self.mode == AuthMode::None {
            return Ok(None);
        }
        match Claim::of(parts) {
            Err(AuthError::Version2) if takes_version_2(resource.region_or_own()) => {
                self.verify_version_2(parts, resource, now)?;
                Ok(None)
            }
            Err(error) => Err(error),
            Ok(None) if self.mode == AuthMode::Signed => Err(AuthError::Unsigned),
            // What anybody may do is for the policies to say.
            Ok(None) => Ok(None),
            Ok(Some(claim)) => {
                let payload = s3_payload_hash(parts, &claim)?;
                let key = self.key_for(&claim, Rules::S3, resource.region, now)?;
                Rules::S3.verify(parts, &claim, &key.secret, &payload)
            }
        }
    }

    fn verify_version_2(
        &self,
        parts: &Parts,
        resource: &Resource<'_>,
        now: Timestamp,
    ) -> Result<(), AuthError> {
        let claim = Version2Claim::of(parts, resource.path)?.ok_or(AuthError::Unsigned)?;
        claim.check_time(now)?;
        let key = self
            .keys
            .find(&claim.access_key, claim.token.as_deref(), now)?;
        claim.verify(&key.secret)
    }

    /// Verifies a request to another service.
    ///
    /// # Errors
    /// [`AuthError`].
    pub(crate) fn verify_service(
        &self,
        service: &'static str,
        parts: &Parts,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), AuthError> {
        if self.mode == AuthMode::None {
            return Ok(());
        }
        let claim = Claim::of(parts)?.ok_or(AuthError::Unsigned)?;
        if claim.place == Place::Query {
            check_presigned(parts.uri.query().unwrap_or_default(), now)?;
        }
        let rules = Rules::of(service);
        let key = self.key_for(&claim, rules, None, now)?;
        let payload = hex::encode(Sha256::digest(body));
        rules.verify(parts, &claim, &key.secret, &payload)?;
        Ok(())
    }

    /// Verifies an upload form.
    ///
    /// # Errors
    /// [`AuthError`].
    pub(crate) fn verify_form(
        &self,
        claim: Option<&FormClaim>,
        region: Option<&str>,
        now: Timestamp,
    ) -> Result<(), AuthError> {
        match (self.mode, claim) {
            (AuthMode::None, _) | (AuthMode::Enforce, None) => Ok(()),
            (AuthMode::Signed, None) => Err(AuthError::Unsigned),
            (_, Some(claim)) => {
                if let FormVersion::Four { credential, time } = &claim.version {
                    Rules::S3.check_scope(Place::Query, credential, *time, region)?;
                }
                let key = self
                    .keys
                    .find(claim.access_key(), claim.token.as_deref(), now)?;
                claim.verify(&key.secret)
            }
        }
    }

    /// The key a request is signed with, if the claim is good for the service and of now.
    fn key_for(
        &self,
        claim: &Claim,
        rules: Rules,
        region: Option<&str>,
        now: Timestamp,
    ) -> Result<Key, AuthError> {
        rules.check_scope(claim.place, &claim.credential, claim.time, region)?;
        rules.check_time(claim, now)?;
        let access_key = &claim.credential.access_key;
        self.keys.find(access_key, claim.token.as_deref(), now)
    }
}
