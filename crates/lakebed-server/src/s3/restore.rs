//! Restoring archived objects.

use http::StatusCode;
use lakebed_core::Timestamp;
use lakebed_storage::{Error, ObjectInfo, RestoreOutcome, RestoreState, RestoreTier};
use s3s::dto::*;
use s3s::{S3Response, S3Result, s3_error};

use super::adapter::{S3Adapter, address};
use super::answer_status::AnswerStatus;
use super::convert::{http_date, malformed_xml, refusal, version_of};

pub(super) async fn restore(
    s3: &S3Adapter,
    input: RestoreObjectInput,
) -> S3Result<S3Response<RestoreObjectOutput>> {
    let (bucket, key) = address(&input.bucket, input.key)?;
    let version = version_of(input.version_id.as_deref())?;
    let restore = asked(input.restore_request.ok_or_else(malformed_xml)?)?;
    let outcome = s3
        .storage
        .restore_object(&bucket, &key, version.as_ref(), restore)
        .await
        .map_err(refusal)?;
    let mut response = S3Response::new(RestoreObjectOutput::default());
    if outcome == RestoreOutcome::Accepted {
        response
            .extensions
            .insert(AnswerStatus(StatusCode::ACCEPTED));
    }
    Ok(response)
}

fn asked(request: RestoreRequest) -> S3Result<lakebed_storage::RestoreObject> {
    if request.type_.is_some()
        || request.select_parameters.is_some()
        || request.output_location.is_some()
    {
        return Err(s3_error!(
            NotImplemented,
            "restoring the result of a SELECT is not implemented"
        ));
    }
    let days = request.days.ok_or_else(malformed_xml)?;
    let tier = request
        .glacier_job_parameters
        .map(|parameters| parameters.tier)
        .or(request.tier);
    Ok(lakebed_storage::RestoreObject {
        // Less than no days are as wrong as none.
        days: u32::try_from(days).unwrap_or(0),
        tier: tier.map_or(Ok(RestoreTier::default()), |tier| tier_named(tier.as_str()))?,
    })
}

fn tier_named(name: &str) -> S3Result<RestoreTier> {
    match name {
        Tier::EXPEDITED => Ok(RestoreTier::Expedited),
        Tier::STANDARD => Ok(RestoreTier::Standard),
        Tier::BULK => Ok(RestoreTier::Bulk),
        _ => Err(refusal(Error::MalformedXml)),
    }
}

/// What `x-amz-restore` says of an object.
pub(super) fn restore_header(object: &ObjectInfo, now: Timestamp) -> Option<String> {
    Some(match object.properties.restore?.state(now)? {
        RestoreState::Ongoing => "ongoing-request=\"true\"".to_owned(),
        RestoreState::Readable { until } => format!(
            "ongoing-request=\"false\", expiry-date=\"{}\"",
            http_date(until)
        ),
    })
}
