//! Statistics and their annotations, as they are read and written through the API.

use lakebed_core::Timestamp;
use lakebed_wire::glue::{
    AnnotationError, BatchPutDataQualityStatisticAnnotationRequest, Error,
    ListDataQualityStatisticAnnotationsRequest, ListDataQualityStatisticAnnotationsResponse,
    ListDataQualityStatisticsRequest, ListDataQualityStatisticsResponse,
    PutDataQualityProfileAnnotationRequest, StatisticAnnotation, StatisticSummary, TimestampFilter,
};

use super::page::page;
use super::rulesets::within;
use super::{Quality, profiles};
use crate::jobs::internal;

/// Statistics, the newest first.
///
/// # Errors
/// `InvalidInputException` if the token is none of ours.
pub(super) fn list(
    quality: &Quality,
    request: &ListDataQualityStatisticsRequest,
) -> Result<ListDataQualityStatisticsResponse, Error> {
    let found = find(
        quality,
        request.profile_id.as_deref(),
        request.statistic_id.as_deref(),
        request.timestamp_filter.as_ref(),
    )?;
    let (statistics, next_token) =
        keyed_page(found, request.next_token.as_deref(), request.max_results)?;
    Ok(ListDataQualityStatisticsResponse {
        statistics: Some(statistics),
        next_token,
    })
}

/// What people said of statistics, the newest first.
///
/// # Errors
/// `InvalidInputException` if the token is none of ours.
pub(super) fn list_annotations(
    quality: &Quality,
    request: &ListDataQualityStatisticAnnotationsRequest,
) -> Result<ListDataQualityStatisticAnnotationsResponse, Error> {
    let mut found = find(
        quality,
        request.profile_id.as_deref(),
        request.statistic_id.as_deref(),
        request.timestamp_filter.as_ref(),
    )?;
    found.retain(|statistic| statistic.inclusion_annotation.is_some());
    let (statistics, next_token) =
        keyed_page(found, request.next_token.as_deref(), request.max_results)?;
    let annotations = statistics
        .into_iter()
        .map(|statistic| StatisticAnnotation {
            profile_id: statistic.profile_id,
            statistic_id: statistic.statistic_id,
            statistic_recorded_on: statistic.recorded_on,
            inclusion_annotation: statistic.inclusion_annotation,
        })
        .collect();
    Ok(ListDataQualityStatisticAnnotationsResponse {
        annotations: Some(annotations),
        next_token,
    })
}

fn find(
    quality: &Quality,
    profile_id: Option<&str>,
    statistic_id: Option<&str>,
    recorded: Option<&TimestampFilter>,
) -> Result<Vec<StatisticSummary>, Error> {
    let profiles = profiles::list(&quality.platform().store, profile_id).map_err(internal)?;
    let in_time = |at: Option<Timestamp>| {
        recorded.is_none_or(|filter| within(at, filter.recorded_after, filter.recorded_before))
    };
    Ok(profiles
        .into_iter()
        .flat_map(profiles::Profile::summaries)
        .filter(|statistic| {
            let id = statistic.statistic_id.as_deref();
            statistic_id.is_none_or(|wanted| id == Some(wanted)) && in_time(statistic.recorded_on)
        })
        .collect())
}

/// A statistic stands in many profiles: both ids tell one place from the next.
fn keyed_page(
    found: Vec<StatisticSummary>,
    token: Option<&str>,
    asked: Option<i32>,
) -> Result<(Vec<StatisticSummary>, Option<String>), Error> {
    let keyed: Vec<(String, StatisticSummary)> = found
        .into_iter()
        .map(|statistic| {
            let profile = statistic.profile_id.as_deref().unwrap_or_default();
            let id = statistic.statistic_id.as_deref().unwrap_or_default();
            (format!("{profile}/{id}"), statistic)
        })
        .collect();
    let (keyed, next) = page(keyed, |(key, _)| Some(key.as_str()), token, asked)?;
    let statistics = keyed.into_iter().map(|(_, statistic)| statistic).collect();
    Ok((statistics, next))
}

/// Includes or excludes statistics; those that are not there are answered one by one.
pub(super) fn annotate(
    quality: &Quality,
    request: BatchPutDataQualityStatisticAnnotationRequest,
) -> Result<Vec<AnnotationError>, Error> {
    let platform = quality.platform();
    let now = platform.clock.now();
    let mut failed = Vec::new();
    for annotation in request.inclusion_annotations {
        let (Some(profile), Some(statistic), Some(value)) = (
            annotation.profile_id.as_deref(),
            annotation.statistic_id.as_deref(),
            annotation.inclusion_annotation,
        ) else {
            failed.push(AnnotationError {
                profile_id: annotation.profile_id,
                statistic_id: annotation.statistic_id,
                failure_reason: Some(
                    "ProfileId, StatisticId and InclusionAnnotation are required.".to_owned(),
                ),
            });
            continue;
        };
        let store = &platform.store;
        if !profiles::annotate(store, profile, Some(statistic), value, now).map_err(internal)? {
            failed.push(AnnotationError {
                failure_reason: Some(format!(
                    "Statistic {statistic} of profile {profile} not found."
                )),
                profile_id: annotation.profile_id,
                statistic_id: annotation.statistic_id,
            });
        }
    }
    Ok(failed)
}

/// Includes or excludes all statistics of a profile.
///
/// # Errors
/// `EntityNotFoundException` if there is none of that id.
pub(super) fn annotate_profile(
    quality: &Quality,
    request: &PutDataQualityProfileAnnotationRequest,
) -> Result<(), Error> {
    let platform = quality.platform();
    let (id, value) = (&request.profile_id, request.inclusion_annotation);
    let found = profiles::annotate(&platform.store, id, None, value, platform.clock.now());
    if found.map_err(internal)? {
        return Ok(());
    }
    Err(Error::entity_not_found(format!("Profile {id} not found.")))
}
