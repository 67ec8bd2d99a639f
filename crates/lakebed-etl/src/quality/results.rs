//! Results of evaluations, as they are read back.

use datafusion::execution::object_store::ObjectStoreUrl;
use lakebed_core::{Documents, FailureClass, MetadataStore, StoreError};
use lakebed_engine::Location;
use lakebed_wire::glue::{
    BatchGetDataQualityResultRequest, BatchGetDataQualityResultResponse, DataQualityResult,
    DataQualityResultDescription, DataQualityResultFilterCriteria, Error,
    GetDataQualityResultResponse, ListDataQualityResultsRequest, ListDataQualityResultsResponse,
};

use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::Quality;
use super::page::page;
use super::rulesets::within;
use super::tables::same_table;
use crate::error::NodeError;
use crate::jobs::internal;
use crate::lake::Lake;

const RESULTS: Documents<DataQualityResult> = Documents::of("glue.quality.result");

pub(super) fn save(store: &MetadataStore, result: &DataQualityResult) -> Result<(), StoreError> {
    let id = result.result_id.as_deref().unwrap_or_default();
    store.write(|transaction| RESULTS.put(transaction, "", id, result))
}

fn find(quality: &Quality, id: &str) -> Result<Option<DataQualityResult>, Error> {
    quality
        .platform()
        .store
        .read(|connection| RESULTS.get(connection, "", id))
        .map_err(internal)
}

/// # Errors
/// `EntityNotFoundException` if there is none of that id.
pub(super) fn get(quality: &Quality, id: &str) -> Result<GetDataQualityResultResponse, Error> {
    let result = find(quality, id)?
        .ok_or_else(|| Error::entity_not_found(format!("DataQualityResult {id} not found.")))?;
    // The answer has the members of a result, under the same names.
    serde_json::to_value(result)
        .and_then(serde_json::from_value)
        .map_err(|error| Error::Internal(format!("data quality result: {error}")))
}

pub(super) fn batch_get(
    quality: &Quality,
    request: BatchGetDataQualityResultRequest,
) -> Result<BatchGetDataQualityResultResponse, Error> {
    let (mut results, mut missing) = (Vec::new(), Vec::new());
    for id in request.result_ids {
        match find(quality, &id)? {
            Some(result) => results.push(result),
            None => missing.push(id),
        }
    }
    Ok(BatchGetDataQualityResultResponse {
        results,
        results_not_found: Some(missing),
    })
}

/// Results that fit the filter, the newest first.
///
/// # Errors
/// `InvalidInputException` if the token is none of ours.
pub(super) fn list(
    quality: &Quality,
    request: &ListDataQualityResultsRequest,
) -> Result<ListDataQualityResultsResponse, Error> {
    let mut found = quality
        .platform()
        .store
        .read(|connection| RESULTS.list(connection, ""))
        .map_err(internal)?;
    found.retain(|result| fits(result, request.filter.as_ref()));
    found.sort_by(|one, other| {
        (other.started_on, &other.result_id).cmp(&(one.started_on, &one.result_id))
    });
    let descriptions = found
        .into_iter()
        .map(|result| DataQualityResultDescription {
            result_id: result.result_id,
            data_source: result.data_source,
            job_name: result.job_name,
            job_run_id: result.job_run_id,
            started_on: result.started_on,
            ..DataQualityResultDescription::default()
        })
        .collect();
    let (results, next_token) = page(
        descriptions,
        |result| result.result_id.as_deref(),
        request.next_token.as_deref(),
        request.max_results,
    )?;
    Ok(ListDataQualityResultsResponse {
        results,
        next_token,
    })
}

fn fits(result: &DataQualityResult, filter: Option<&DataQualityResultFilterCriteria>) -> bool {
    let Some(filter) = filter else {
        return true;
    };
    let equal =
        |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
    equal(&filter.job_name, &result.job_name)
        && equal(&filter.job_run_id, &result.job_run_id)
        && within(
            result.started_on,
            filter.started_after,
            filter.started_before,
        )
        && filter.data_source.as_ref().is_none_or(|wanted| {
            result
                .data_source
                .as_ref()
                .is_some_and(|found| same_table(wanted, found))
        })
}

/// Writes a result as a file under a prefix: `<prefix>/<result id>.json`.
pub(super) async fn write(
    lake: &Lake,
    prefix: &str,
    result: &DataQualityResult,
) -> Result<(), NodeError> {
    let failed = |reason: String| NodeError::Service {
        class: FailureClass::Resource,
        message: format!("the result cannot be written to '{prefix}': {reason}"),
    };
    let location = Location::parse(prefix).map_err(|error| failed(error.to_string()))?;
    let body = serde_json::to_vec(result).map_err(|error| failed(error.to_string()))?;
    let url = ObjectStoreUrl::parse(format!("s3://{}", location.bucket()))?;
    let store = lake
        .session
        .context()
        .runtime_env()
        .object_store(&url)
        .map_err(NodeError::Query)?;
    let name = format!(
        "{}/{}.json",
        location.prefix().trim_matches('/'),
        result.result_id.as_deref().unwrap_or_default()
    );
    let path =
        Path::parse(name.trim_start_matches('/')).map_err(|error| failed(error.to_string()))?;
    store
        .put(&path, body.into())
        .await
        .map_err(|error| failed(error.to_string()))?;
    Ok(())
}
