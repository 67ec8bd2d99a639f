//! What every S3 operation passes before it runs: its name is noted, and headers that ask for
//! what Lakebed does not do, or expect another owner, are refused rather than ignored.

use std::sync::{Arc, OnceLock};

use http::HeaderMap;
use lakebed_core::AccountId;
use lakebed_storage::{BucketName, Storage};
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::dto::PutObjectTaggingInput;
use s3s::{S3Request, S3Result, s3_error};

use super::access::{Access, Request};
use super::convert::text;
use super::object_tags::read_tags;

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
    pub(super) access: Access,
}

#[async_trait::async_trait]
impl S3Access for Gate {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let operation = context.s3_op().name().to_owned();
        if let Some(name) = context.extensions_mut().get::<OperationName>() {
            name.set(&operation);
        }
        check_owners(&self.access.storage, context).await?;
        refuse_unimplemented(context.headers())?;
        // It is decided by its tags too, which are still to be read.
        if !self.access.is_enforced() || operation == "PutObjectTagging" {
            return Ok(());
        }
        let path = context.s3_path();
        let bucket = path.get_bucket_name().map(str::to_owned);
        let key = path.get_object_key().map(str::to_owned);
        let (uri, headers) = (context.uri().clone(), context.headers().clone());
        let request = Request::new(&uri, &headers, context.extensions_mut())?;
        self.access
            .check(request, &operation, bucket.as_deref(), key.as_deref())
            .await
    }

    async fn put_object_tagging(
        &self,
        request: &mut S3Request<PutObjectTaggingInput>,
    ) -> S3Result<()> {
        if !self.access.is_enforced() {
            return Ok(());
        }
        let input = &request.input;
        let tags = read_tags(&input.tagging.tag_set)?;
        let asked = Request::new(&request.uri, &request.headers, &request.extensions)?;
        self.access
            .check_tagging(asked, &input.bucket, &input.key, &tags)
            .await
    }
}

/// Headers that change how an object is kept, in ways Lakebed does not have.
const UNIMPLEMENTED: [&str; 1] = ["x-amz-write-offset-bytes"];

fn refuse_unimplemented(headers: &HeaderMap) -> S3Result<()> {
    for name in headers.keys() {
        let name = name.as_str();
        let unimplemented = UNIMPLEMENTED.iter().any(|prefix| name.starts_with(prefix));
        if unimplemented {
            return Err(s3_error!(
                NotImplemented,
                "A header you provided implies functionality that is not implemented: {name}"
            ));
        }
    }
    Ok(())
}

/// Decides whether buckets belong to whom the request says.
///
/// # Errors
/// `AccessDenied` for buckets of other accounts. S3 user guide, "Verifying bucket ownership with
/// bucket owner condition".
async fn check_owners(storage: &Storage, context: &S3AccessContext<'_>) -> S3Result<()> {
    let headers = context.headers();
    let bucket = context.s3_path().get_bucket_name();
    check_owner(
        storage,
        bucket,
        text(headers, "x-amz-expected-bucket-owner"),
    )
    .await?;
    let source = text(headers, "x-amz-copy-source");
    let source = source.map(|source| source.trim_start_matches('/'));
    check_owner(
        storage,
        source.and_then(|source| source.split('/').next()),
        text(headers, "x-amz-source-expected-bucket-owner"),
    )
    .await
}

/// A bucket that is not there is for the operation to miss.
async fn check_owner(
    storage: &Storage,
    bucket: Option<&str>,
    expected: Option<&str>,
) -> S3Result<()> {
    let (Some(bucket), Some(expected)) = (bucket, expected) else {
        return Ok(());
    };
    if expected.parse::<AccountId>().is_err() {
        return Err(s3_error!(
            InvalidBucketOwnerAWSAccountID,
            "The value of the expected bucket owner parameter must be an AWS Account ID... [{expected}]"
        ));
    }
    let Ok(bucket) = BucketName::parse(bucket) else {
        return Ok(());
    };
    match storage.head_bucket(&bucket).await {
        Ok(bucket) if bucket.owner.as_str() != expected => {
            Err(s3_error!(AccessDenied, "Access Denied"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http::{HeaderName, HeaderValue};
    use s3s::S3ErrorCode;

    use super::*;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )])
    }

    #[test]
    fn what_cannot_be_done_is_refused() {
        let name = "x-amz-write-offset-bytes";
        let error = refuse_unimplemented(&headers(name, "0")).unwrap_err();
        assert_eq!(error.code(), &S3ErrorCode::NotImplemented);
        assert!(error.message().unwrap().ends_with(name));
    }
}
