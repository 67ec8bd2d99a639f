//! What every S3 operation passes before it runs: its name is noted, and headers that ask for
//! what Lakebed does not do are refused rather than ignored.

use std::sync::{Arc, OnceLock};

use http::{HeaderMap, StatusCode};
use lakebed_core::AccountId;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

/// The name of the operation a request turned out to be.
#[derive(Debug, Clone, Default)]
pub(super) struct OperationName(Arc<OnceLock<String>>);

impl OperationName {
    pub(super) fn get(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }

    /// Notes the name; the first time counts.
    pub(super) fn set(&self, name: &str) {
        let _ = self.0.set(name.to_owned());
    }
}

/// Lets requests in. With it installed s3s asks [`Gate`] about every request; no signature
/// reaches s3s, so that no secret is ever looked up.
#[derive(Debug)]
pub(super) struct NoSecrets;

#[async_trait::async_trait]
impl S3Auth for NoSecrets {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        Err(s3_error!(
            InvalidAccessKeyId,
            "no secret is known for the access key '{access_key}'"
        ))
    }
}

/// Notes the operation and refuses what is not implemented.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) account: AccountId,
}

#[async_trait::async_trait]
impl S3Access for Gate {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let operation = context.s3_op().name().to_owned();
        if let Some(name) = context.extensions_mut().get::<OperationName>() {
            name.set(&operation);
        }
        check_owner(&self.account, context.headers())?;
        refuse_unimplemented(context.headers())?;
        check_acl(&operation, context.headers())?;
        Ok(())
    }
}

/// Headers that change how an object is kept, in ways Lakebed does not have.
const UNIMPLEMENTED: [&str; 3] = [
    "x-amz-server-side-encryption",
    "x-amz-copy-source-server-side-encryption",
    "x-amz-write-offset-bytes",
];

/// Values of those headers that ask for nothing.
const HARMLESS: [(&str, &str); 1] = [("x-amz-server-side-encryption-bucket-key-enabled", "false")];

fn refuse_unimplemented(headers: &HeaderMap) -> S3Result<()> {
    for (name, value) in headers {
        let name = name.as_str();
        let unimplemented = UNIMPLEMENTED.iter().any(|prefix| name.starts_with(prefix));
        let harmless = HARMLESS
            .iter()
            .any(|harmless| *harmless == (name, value.to_str().unwrap_or_default()));
        if unimplemented && !harmless {
            return Err(s3_error!(
                NotImplemented,
                "A header you provided implies functionality that is not implemented: {name}"
            ));
        }
    }
    Ok(())
}

/// Buckets have the default ownership setting, with which ACLs can only say what holds anyway.
/// S3 user guide, "Controlling ownership of objects and disabling ACLs for your bucket".
fn check_acl(operation: &str, headers: &HeaderMap) -> S3Result<()> {
    let acl = headers
        .get("x-amz-acl")
        .and_then(|value| value.to_str().ok());
    let granted = headers
        .keys()
        .any(|name| name.as_str().starts_with("x-amz-grant-"));
    let holds_anyway = matches!(acl, None | Some("private" | "bucket-owner-full-control"));
    if holds_anyway && !granted {
        return Ok(());
    }
    if operation == "CreateBucket" {
        let mut error = S3Error::with_message(
            S3ErrorCode::Custom("InvalidBucketAclWithObjectOwnership".into()),
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        );
        error.set_status_code(StatusCode::BAD_REQUEST);
        return Err(error);
    }
    Err(s3_error!(
        AccessControlListNotSupported,
        "The bucket does not allow ACLs"
    ))
}

/// Everything belongs to the one account.
fn check_owner(account: &AccountId, headers: &HeaderMap) -> S3Result<()> {
    for name in [
        "x-amz-expected-bucket-owner",
        "x-amz-source-expected-bucket-owner",
    ] {
        if headers
            .get(name)
            .is_some_and(|owner| owner.as_bytes() != account.as_str().as_bytes())
        {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http::{HeaderName, HeaderValue};
    use rstest::rstest;

    use super::*;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )])
    }

    #[rstest]
    #[case("x-amz-server-side-encryption", "aws:kms")]
    #[case("x-amz-server-side-encryption-customer-key", "a2V5")]
    #[case("x-amz-tagging", "a=b")]
    #[case("x-amz-object-lock-mode", "GOVERNANCE")]
    fn what_cannot_be_done_is_refused(#[case] name: &'static str, #[case] value: &'static str) {
        let error = refuse_unimplemented(&headers(name, value)).unwrap_err();
        assert_eq!(error.code(), &S3ErrorCode::NotImplemented);
        assert!(error.message().unwrap().ends_with(name));
    }

    #[test]
    fn acls_cannot_open_a_bucket_or_an_object() {
        let public = headers("x-amz-acl", "public-read");
        let bucket = check_acl("CreateBucket", &public).unwrap_err();
        assert_eq!(
            bucket.code().as_str(),
            "InvalidBucketAclWithObjectOwnership"
        );
        let object = check_acl("PutObject", &public).unwrap_err();
        assert_eq!(object.code().as_str(), "AccessControlListNotSupported");
        assert!(
            check_acl(
                "PutObject",
                &headers("x-amz-acl", "bucket-owner-full-control")
            )
            .is_ok()
        );
    }

    #[test]
    fn other_accounts_own_nothing_here() {
        let account = AccountId::default();
        let owner = "x-amz-expected-bucket-owner";
        assert!(check_owner(&account, &headers(owner, "000000000000")).is_ok());
        assert!(check_owner(&account, &headers(owner, "123456789012")).is_err());
    }
}
