//! Runs that evaluate rulesets over a table.

use std::collections::BTreeMap;

use lakebed_wire::glue::{
    DataQualityRulesetEvaluationRunDescription, DataQualityRulesetEvaluationRunFilter, Error,
    GetDataQualityRulesetEvaluationRunResponse, ListDataQualityRulesetEvaluationRunsRequest,
    ListDataQualityRulesetEvaluationRunsResponse, StartDataQualityRulesetEvaluationRunRequest,
    TaskStatusType,
};

use super::assess::{Asker, Assessment, assess};
use super::page::page;
use super::records::Runs;
use super::rulesets::within;
use super::tables::{TableSource, same_table};
use super::{Quality, results, rulesets, tasks};
use crate::error::NodeError;
use crate::jobs::internal;

type EvaluationRun = GetDataQualityRulesetEvaluationRunResponse;

pub(super) static RUNS: Runs<EvaluationRun> = Runs::of("glue.quality.evaluation_run");

/// "The default is 5", StartDataQualityRulesetEvaluationRun API page.
const DEFAULT_WORKERS: i32 = 5;
/// "The default is 2,880 minutes (48 hours)", the same page.
const DEFAULT_TIMEOUT_MINUTES: i32 = 2_880;

/// Starts a run.
///
/// # Errors
/// `EntityNotFoundException` if a ruleset or a table is not there, `InvalidInputException` if a
/// source names no table.
pub(super) fn start(
    quality: &Quality,
    request: StartDataQualityRulesetEvaluationRunRequest,
) -> Result<String, Error> {
    let mut texts = Vec::with_capacity(request.ruleset_names.len());
    for name in &request.ruleset_names {
        let text = rulesets::find(quality, name)?.ruleset.unwrap_or_default();
        texts.push((name.clone(), rulesets::parse(&text)?));
    }
    let primary = existing_table(quality, &request.data_source)?;
    let mut references = BTreeMap::new();
    for (alias, source) in request.additional_data_sources.iter().flatten() {
        references.insert(alias.clone(), existing_table(quality, source)?);
    }
    let options = request.additional_run_options.clone();
    let prefix = options.and_then(|options| options.results_s3_prefix);
    let now = quality.platform().clock.now();
    let run = EvaluationRun {
        run_id: Some(tasks::new_id()),
        data_source: Some(request.data_source.clone()),
        role: Some(request.role),
        number_of_workers: request.number_of_workers.or(Some(DEFAULT_WORKERS)),
        timeout: request.timeout.or(Some(DEFAULT_TIMEOUT_MINUTES)),
        additional_run_options: request.additional_run_options,
        status: Some(TaskStatusType::Starting),
        started_on: Some(now),
        last_modified_on: Some(now),
        ruleset_names: Some(request.ruleset_names),
        additional_data_sources: request.additional_data_sources,
        ..EvaluationRun::default()
    };
    let source = request.data_source;
    let service = quality.clone();
    tasks::begin(
        quality,
        &RUNS,
        run,
        move |mut run: EvaluationRun| async move {
            let (platform, lake) = (service.platform(), service.lake());
            let id = run.run_id.clone().unwrap_or_default();
            let mut ids = Vec::with_capacity(texts.len());
            for (name, ruleset) in &texts {
                let (rows, sources) = primary.read(&lake, now).await?;
                let mut frames = BTreeMap::new();
                for (alias, reference) in &references {
                    frames.insert(alias.clone(), reference.read(&lake, now).await?.0);
                }
                let assessed = assess(
                    platform,
                    Assessment {
                        ruleset,
                        ruleset_name: Some(name.clone()),
                        primary: rows,
                        references: frames,
                        sources,
                        with_rows: false,
                        lake: Some(&lake),
                        asker: Asker::Run {
                            id: id.clone(),
                            source: Box::new(source.clone()),
                            database: primary.database.clone(),
                            table: primary.table.clone(),
                        },
                        publish: true,
                    },
                )
                .await?;
                if let Some(prefix) = &prefix {
                    results::write(&lake, prefix, &assessed.result).await?;
                }
                ids.extend(assessed.result.result_id);
            }
            run.result_ids = Some(ids);
            Ok::<_, NodeError>(run)
        },
    )
}

/// The table a source names, if the catalog has it.
pub(super) fn existing_table(
    quality: &Quality,
    source: &lakebed_wire::glue::DataSource,
) -> Result<TableSource, Error> {
    let table = TableSource::of(source)?;
    quality.catalog().table(&table.database, &table.table)?;
    Ok(table)
}

/// Runs that fit the filter, the newest first.
///
/// # Errors
/// `InvalidInputException` if the token is none of ours.
pub(super) fn list(
    quality: &Quality,
    request: &ListDataQualityRulesetEvaluationRunsRequest,
) -> Result<ListDataQualityRulesetEvaluationRunsResponse, Error> {
    let runs = RUNS.list(&quality.platform().store).map_err(internal)?;
    let fitting = runs
        .into_iter()
        .filter(|run| fits(run, request.filter.as_ref()))
        .map(|run| DataQualityRulesetEvaluationRunDescription {
            run_id: run.run_id,
            status: run.status,
            started_on: run.started_on,
            data_source: run.data_source,
        })
        .collect();
    let (runs, next_token) = page(
        fitting,
        |run: &DataQualityRulesetEvaluationRunDescription| run.run_id.as_deref(),
        request.next_token.as_deref(),
        request.max_results,
    )?;
    Ok(ListDataQualityRulesetEvaluationRunsResponse {
        runs: Some(runs),
        next_token,
    })
}

fn fits(run: &EvaluationRun, filter: Option<&DataQualityRulesetEvaluationRunFilter>) -> bool {
    let Some(filter) = filter else {
        return true;
    };
    run.data_source
        .as_ref()
        .is_some_and(|source| same_table(source, &filter.data_source))
        && within(run.started_on, filter.started_after, filter.started_before)
        && filter.ruleset_name.as_ref().is_none_or(|name| {
            run.ruleset_names
                .as_ref()
                .is_some_and(|names| names.contains(name))
        })
}
