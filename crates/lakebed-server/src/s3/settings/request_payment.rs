//! Who pays for requests and downloads.

use lakebed_storage::settings::RequestPayer;
use s3s::dto::{
    GetBucketRequestPaymentInput, GetBucketRequestPaymentOutput, Payer,
    PutBucketRequestPaymentInput, PutBucketRequestPaymentOutput,
};
use s3s::{S3Response, S3Result};

use super::{change, settings_of};
use crate::s3::adapter::S3Adapter;
use crate::s3::convert::malformed_xml;

pub(in crate::s3) async fn put(
    s3: &S3Adapter,
    input: PutBucketRequestPaymentInput,
) -> S3Result<S3Response<PutBucketRequestPaymentOutput>> {
    let payer = match input.request_payment_configuration.payer.as_str() {
        Payer::BUCKET_OWNER => RequestPayer::BucketOwner,
        Payer::REQUESTER => RequestPayer::Requester,
        _ => return Err(malformed_xml()),
    };
    change(s3, &input.bucket, move |settings| {
        settings.request_payer = payer;
        Ok(())
    })
    .await?;
    Ok(S3Response::new(PutBucketRequestPaymentOutput::default()))
}

pub(in crate::s3) fn get(
    s3: &S3Adapter,
    input: &GetBucketRequestPaymentInput,
) -> S3Result<S3Response<GetBucketRequestPaymentOutput>> {
    let payer = match settings_of(s3, &input.bucket)?.request_payer {
        RequestPayer::BucketOwner => Payer::BUCKET_OWNER,
        RequestPayer::Requester => Payer::REQUESTER,
    };
    Ok(S3Response::new(GetBucketRequestPaymentOutput {
        payer: Some(Payer::from_static(payer)),
    }))
}
