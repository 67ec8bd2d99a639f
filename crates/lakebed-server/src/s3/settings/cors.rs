//! What pages of other origins may do.

use lakebed_storage::settings::{Configuration, Cors, CorsRule};
use s3s::dto::*;
use s3s::{S3Response, S3Result};

use super::{change, missing, settings_of};
use crate::s3::adapter::S3Adapter;
use crate::s3::convert::refusal;

pub(in crate::s3) async fn put(
    s3: &S3Adapter,
    input: PutBucketCorsInput,
) -> S3Result<S3Response<PutBucketCorsOutput>> {
    let rules = input.cors_configuration.cors_rules;
    let cors = Cors {
        rules: rules.into_iter().map(rule).collect(),
    };
    let cors = cors.accept().map_err(refusal)?;
    change(s3, &input.bucket, |settings| {
        settings.cors = Some(cors);
        Ok(())
    })
    .await?;
    Ok(S3Response::new(PutBucketCorsOutput::default()))
}

pub(in crate::s3) fn get(
    s3: &S3Adapter,
    input: &GetBucketCorsInput,
) -> S3Result<S3Response<GetBucketCorsOutput>> {
    let settings = settings_of(s3, &input.bucket)?;
    let cors = settings
        .cors
        .as_ref()
        .ok_or_else(|| missing(Configuration::Cors))?;
    Ok(S3Response::new(GetBucketCorsOutput {
        cors_rules: Some(cors.rules.iter().map(rule_document).collect()),
    }))
}

pub(in crate::s3) async fn delete(
    s3: &S3Adapter,
    input: DeleteBucketCorsInput,
) -> S3Result<S3Response<DeleteBucketCorsOutput>> {
    change(s3, &input.bucket, |settings| {
        settings.cors = None;
        Ok(())
    })
    .await?;
    Ok(S3Response::new(DeleteBucketCorsOutput::default()))
}

fn rule(document: CORSRule) -> CorsRule {
    CorsRule {
        id: document.id,
        allowed_origins: document.allowed_origins,
        allowed_methods: document.allowed_methods,
        allowed_headers: document.allowed_headers.unwrap_or_default(),
        expose_headers: document.expose_headers.unwrap_or_default(),
        max_age_seconds: document.max_age_seconds,
    }
}

fn rule_document(rule: &CorsRule) -> CORSRule {
    let unless_empty = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
    CORSRule {
        id: rule.id.clone(),
        allowed_origins: rule.allowed_origins.clone(),
        allowed_methods: rule.allowed_methods.clone(),
        allowed_headers: unless_empty(&rule.allowed_headers),
        expose_headers: unless_empty(&rule.expose_headers),
        max_age_seconds: rule.max_age_seconds,
    }
}
