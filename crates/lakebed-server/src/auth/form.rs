//! Signatures of upload forms, which are over the form's policy. S3 API reference,
//! "Authenticating Requests: Browser-Based Uploads Using POST".

use super::sigv4::{Credential, SigningKey, SigningTime};
use super::{AuthError, Mismatch, version_2};

/// What a form says of its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormClaim {
    pub(crate) version: FormVersion,
    pub(crate) signature: String,
    /// The session token of temporary credentials.
    pub(crate) token: Option<String>,
    /// The policy as it stands in the form: in base64.
    pub(crate) policy: String,
}

/// How a form is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FormVersion {
    /// With version 4.
    Four {
        credential: Credential,
        time: SigningTime,
    },
    /// With version 2, which forms of old may still be.
    Two { access_key: String },
}

impl FormClaim {
    pub(crate) fn access_key(&self) -> &str {
        match &self.version {
            FormVersion::Four { credential, .. } => &credential.access_key,
            FormVersion::Two { access_key } => access_key,
        }
    }

    /// Checks the signature by the access key's secret.
    ///
    /// # Errors
    /// [`AuthError::Mismatch`].
    pub(crate) fn verify(&self, secret: &str) -> Result<(), AuthError> {
        let verified = match &self.version {
            FormVersion::Four { credential, .. } => SigningKey::derive(secret, &credential.scope)
                .verifies(self.policy.as_bytes(), &self.signature),
            FormVersion::Two { .. } => version_2::verifies(secret, &self.policy, &self.signature),
        };
        if verified {
            return Ok(());
        }
        Err(AuthError::Mismatch(Box::new(Mismatch {
            access_key: self.access_key().to_owned(),
            signature: self.signature.clone(),
            string_to_sign: self.policy.clone(),
            canonical_request: None,
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The signature was made by another implementation of HMAC-SHA1, Python's.
    #[test]
    fn forms_of_old_are_signed_with_hmac_sha1() {
        let claim = |signature: &str| FormClaim {
            version: FormVersion::Two {
                access_key: "AKIDEXAMPLE".to_owned(),
            },
            signature: signature.to_owned(),
            token: None,
            policy: "eyJjb25kaXRpb25zIjpbXX0=".to_owned(),
        };
        let right = claim("d7xIumHgFDizIA/CfwpX+RLo0WA=");
        assert_eq!(right.verify("secret"), Ok(()));
        assert!(matches!(right.verify("other"), Err(AuthError::Mismatch(_))));
        assert!(claim("nonsense").verify("secret").is_err());
    }
}
