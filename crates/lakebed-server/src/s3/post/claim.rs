use super::error::PostError;
use super::form::UploadForm;
use crate::auth::{AuthError, Credential, FormClaim, FormVersion, Place, SigningTime};
use crate::s3::failure::S3Failure;

/// What belongs to the signature and not to what is signed, and so needs no condition.
const SIGNATURES: [&str; 4] = ["policy", "x-amz-signature", "signature", "awsaccesskeyid"];

/// Reads what a form says of its signature; none if it has no policy.
///
/// # Errors
/// `InvalidArgument` for a field that is missing, `AuthorizationQueryParametersError` for a
/// malformed credential.
pub(super) fn claim_of(form: &UploadForm) -> Result<Option<FormClaim>, S3Failure> {
    let Some(policy) = form.get("policy") else {
        return Ok(None);
    };
    let field = |name: &'static str, spelt: &'static str| {
        form.get(name)
            .filter(|value| !value.is_empty())
            .ok_or(PostError::NoField(spelt))
    };
    let is_version_4 = ["x-amz-algorithm", "x-amz-credential", "x-amz-signature"]
        .iter()
        .any(|name| form.get(name).is_some());
    let (version, signature) = if is_version_4 {
        let algorithm = field("x-amz-algorithm", "X-Amz-Algorithm")?;
        if algorithm != crate::auth::ALGORITHM {
            return Err(AuthError::Algorithm.into());
        }
        let credential = field("x-amz-credential", "X-Amz-Credential")?;
        let credential = Credential::parse(credential).map_err(|fault| AuthError::Credential {
            place: Place::Query,
            fault,
        })?;
        let date = field("x-amz-date", "X-Amz-Date")?;
        let time = SigningTime::parse_basic(date).ok_or(AuthError::NoDate)?;
        (
            FormVersion::Four { credential, time },
            field("x-amz-signature", "X-Amz-Signature")?,
        )
    } else {
        let access_key = field("awsaccesskeyid", "AWSAccessKeyId")?.to_owned();
        (
            FormVersion::Two { access_key },
            field("signature", "Signature")?,
        )
    };
    Ok(Some(FormClaim {
        version,
        signature: signature.to_owned(),
        token: form.get("x-amz-security-token").map(str::to_owned),
        policy: policy.to_owned(),
    }))
}

/// The fields that a policy must have conditions for.
pub(super) fn signed_fields(form: &UploadForm) -> impl Iterator<Item = (&str, &str)> + Clone {
    form.fields()
        .filter(|(name, _)| !SIGNATURES.contains(name) && !name.starts_with("x-ignore-"))
}
