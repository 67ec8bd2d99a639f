//! How objects are encrypted whose writer asks for nothing else.

use lakebed_storage::settings::{BucketEncryption, Configuration, SseAlgorithm};
use s3s::dto::*;
use s3s::{S3Response, S3Result};

use super::{change, missing, settings_of};
use crate::s3::adapter::S3Adapter;
use crate::s3::convert::{malformed_xml, refusal};

pub(in crate::s3) async fn put(
    s3: &S3Adapter,
    input: PutBucketEncryptionInput,
) -> S3Result<S3Response<PutBucketEncryptionOutput>> {
    let rules = input.server_side_encryption_configuration.rules;
    let [rule]: [ServerSideEncryptionRule; 1] = rules.try_into().map_err(|_| malformed_xml())?;
    let default = rule
        .apply_server_side_encryption_by_default
        .ok_or_else(malformed_xml)?;
    let encryption = BucketEncryption {
        algorithm: SseAlgorithm::parse(default.sse_algorithm.as_str()).ok_or_else(malformed_xml)?,
        kms_key: default.kms_master_key_id.filter(|key| !key.is_empty()),
        bucket_key: rule.bucket_key_enabled.unwrap_or_default(),
    };
    let encryption = encryption.accept().map_err(refusal)?;
    change(s3, &input.bucket, |settings| {
        settings.encryption = Some(encryption);
        Ok(())
    })
    .await?;
    Ok(S3Response::new(PutBucketEncryptionOutput::default()))
}

/// Answers the rule that was put. Without one objects are plain files, and none is answered: AWS
/// has answered SSE-S3 since January 2023, when it began to encrypt every object.
pub(in crate::s3) fn get(
    s3: &S3Adapter,
    input: &GetBucketEncryptionInput,
) -> S3Result<S3Response<GetBucketEncryptionOutput>> {
    let settings = settings_of(s3, &input.bucket)?;
    let encryption = settings
        .encryption
        .as_ref()
        .ok_or_else(|| missing(Configuration::Encryption))?;
    let default = ServerSideEncryptionByDefault {
        sse_algorithm: ServerSideEncryption::from_static(encryption.algorithm.as_str()),
        kms_master_key_id: encryption.kms_key.clone(),
    };
    let rule = ServerSideEncryptionRule {
        apply_server_side_encryption_by_default: Some(default),
        bucket_key_enabled: Some(encryption.bucket_key),
    };
    Ok(S3Response::new(GetBucketEncryptionOutput {
        server_side_encryption_configuration: Some(ServerSideEncryptionConfiguration {
            rules: vec![rule],
        }),
    }))
}

pub(in crate::s3) async fn delete(
    s3: &S3Adapter,
    input: DeleteBucketEncryptionInput,
) -> S3Result<S3Response<DeleteBucketEncryptionOutput>> {
    change(s3, &input.bucket, |settings| {
        settings.encryption = None;
        Ok(())
    })
    .await?;
    Ok(S3Response::new(DeleteBucketEncryptionOutput::default()))
}
