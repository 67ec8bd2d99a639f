//! Runs that propose a ruleset for a table.

use lakebed_wire::glue::{
    CreateDataQualityRulesetRequest, DataQualityRuleRecommendationRunDescription,
    DataQualityRuleRecommendationRunFilter, DataQualityTargetTable, Error,
    GetDataQualityRuleRecommendationRunResponse, ListDataQualityRuleRecommendationRunsRequest,
    ListDataQualityRuleRecommendationRunsResponse, StartDataQualityRuleRecommendationRunRequest,
    TaskStatusType,
};

use super::page::page;
use super::records::Runs;
use super::rulesets::within;
use super::runs::existing_table;
use super::spark_sql::JobSql;
use super::tables::same_table;
use super::{Quality, rulesets, tasks};
use crate::error::NodeError;
use crate::jobs::internal;

type RecommendationRun = GetDataQualityRuleRecommendationRunResponse;

pub(super) static RUNS: Runs<RecommendationRun> = Runs::of("glue.quality.recommendation_run");

/// The defaults of the StartDataQualityRuleRecommendationRun API page.
const DEFAULT_WORKERS: i32 = 5;
const DEFAULT_TIMEOUT_MINUTES: i32 = 2_880;

/// Starts a run.
///
/// # Errors
/// `EntityNotFoundException` if the table is not there, `InvalidInputException` if the source names
/// none.
pub(super) fn start(
    quality: &Quality,
    request: StartDataQualityRuleRecommendationRunRequest,
) -> Result<String, Error> {
    let table = existing_table(quality, &request.data_source)?;
    let now = quality.platform().clock.now();
    let run = RecommendationRun {
        run_id: Some(tasks::new_id()),
        data_source: Some(request.data_source),
        role: Some(request.role),
        number_of_workers: request.number_of_workers.or(Some(DEFAULT_WORKERS)),
        timeout: request.timeout.or(Some(DEFAULT_TIMEOUT_MINUTES)),
        status: Some(TaskStatusType::Starting),
        started_on: Some(now),
        last_modified_on: Some(now),
        created_ruleset_name: request.created_ruleset_name,
        data_quality_security_configuration: request.data_quality_security_configuration,
        additional_run_options: request.additional_run_options,
        recommendation_mode: request.recommendation_mode,
        ..RecommendationRun::default()
    };
    let service = quality.clone();
    tasks::begin(
        quality,
        &RUNS,
        run,
        move |mut run: RecommendationRun| async move {
            let (rows, _) = table.read(&service.lake(), now).await?;
            let sql = JobSql { lake: None, now };
            let text = lakebed_quality::recommend(rows, &sql, now.to_datetime()).await?;
            if let Some(name) = run.created_ruleset_name.clone() {
                let request = CreateDataQualityRulesetRequest {
                    name,
                    ruleset: text.clone(),
                    target_table: Some(DataQualityTargetTable {
                        table_name: table.table.clone(),
                        database_name: table.database.clone(),
                        catalog_id: None,
                    }),
                    ..CreateDataQualityRulesetRequest::default()
                };
                rulesets::create(&service, request, run.run_id.clone())
                    .map_err(|error| NodeError::Setting(error.to_string()))?;
            }
            run.recommended_ruleset = Some(text);
            Ok::<_, NodeError>(run)
        },
    )
}

/// Runs that fit the filter, the newest first.
///
/// # Errors
/// `InvalidInputException` if the token is none of ours.
pub(super) fn list(
    quality: &Quality,
    request: &ListDataQualityRuleRecommendationRunsRequest,
) -> Result<ListDataQualityRuleRecommendationRunsResponse, Error> {
    let runs = RUNS.list(&quality.platform().store).map_err(internal)?;
    let fitting = runs
        .into_iter()
        .filter(|run| fits(run, request.filter.as_ref()))
        .map(|run| DataQualityRuleRecommendationRunDescription {
            run_id: run.run_id,
            status: run.status,
            started_on: run.started_on,
            data_source: run.data_source,
            created_ruleset_name: run.created_ruleset_name,
            recommendation_mode: run.recommendation_mode,
        })
        .collect();
    let (runs, next_token) = page(
        fitting,
        |run: &DataQualityRuleRecommendationRunDescription| run.run_id.as_deref(),
        request.next_token.as_deref(),
        request.max_results,
    )?;
    Ok(ListDataQualityRuleRecommendationRunsResponse {
        runs: Some(runs),
        next_token,
    })
}

fn fits(run: &RecommendationRun, filter: Option<&DataQualityRuleRecommendationRunFilter>) -> bool {
    filter.is_none_or(|filter| {
        run.data_source
            .as_ref()
            .is_some_and(|source| same_table(source, &filter.data_source))
            && within(run.started_on, filter.started_after, filter.started_before)
    })
}
