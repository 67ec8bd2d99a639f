//! Evaluating one ruleset over one dataset, and keeping what came of it.

use std::collections::BTreeMap;

use datafusion::prelude::DataFrame;
use lakebed_core::{EventKind, FailureClass, Platform, QualitySubject, StoreError};
use lakebed_quality::{Evaluated, Evaluation, EvaluationError, Ruleset, Verdict};
use lakebed_wire::glue::{
    DataQualityAggregatedMetrics, DataQualityAnalyzerResult, DataQualityMetricValues,
    DataQualityObservation, DataQualityResult, DataQualityRuleResult, DataQualityRuleResultStatus,
    DataSource, MetricBasedObservation,
};
use uuid::Uuid;

use super::profiles::{self, Profile};
use super::results;
use super::spark_sql::JobSql;
use crate::error::NodeError;
use crate::lake::Lake;

/// What is evaluated, and for whom.
pub(super) struct Assessment<'a> {
    pub(super) ruleset: &'a Ruleset,
    pub(super) ruleset_name: Option<String>,
    pub(super) primary: DataFrame,
    pub(super) references: BTreeMap<String, DataFrame>,
    /// Where the primary dataset's files lie.
    pub(super) sources: Vec<String>,
    pub(super) with_rows: bool,
    /// Where `CustomSql` finds tables it names with their databases.
    pub(super) lake: Option<&'a Lake>,
    pub(super) asker: Asker,
    /// Whether the result is kept for `GetDataQualityResult`.
    pub(super) publish: bool,
}

/// Who asks for an evaluation.
#[derive(Debug, Clone)]
pub(super) enum Asker {
    Run {
        id: String,
        source: Box<DataSource>,
        database: String,
        table: String,
    },
    Job {
        name: String,
        run_id: String,
        context: String,
    },
}

impl Asker {
    /// Evaluations of the same subject share one history.
    fn subject(&self) -> String {
        match self {
            Self::Run {
                database, table, ..
            } => format!("table {database}.{table}"),
            Self::Job { name, context, .. } => format!("job {name} {context}"),
        }
    }
}

/// What came of an evaluation.
pub(super) struct Assessed {
    pub(super) result: DataQualityResult,
    pub(super) evaluated: Evaluated,
    pub(super) rows: Option<DataFrame>,
}

/// Evaluates, records the statistics, publishes the result and tells the bus.
pub(super) async fn assess(
    platform: &Platform,
    assessment: Assessment<'_>,
) -> Result<Assessed, NodeError> {
    let started = platform.clock.now();
    let asker = assessment.asker;
    let subject = asker.subject();
    let history = profiles::history(&platform.store, &subject).map_err(lost)?;
    let sql = JobSql {
        lake: assessment.lake,
        now: started,
    };
    let evaluation = Evaluation {
        ruleset: assessment.ruleset,
        primary: assessment.primary,
        references: assessment.references,
        sources: assessment.sources,
        sql: &sql,
        history: &history,
        now: started.to_datetime(),
    };
    let (evaluated, rows) = if assessment.with_rows {
        let (evaluated, rows) = evaluation.run_with_rows().await?;
        (evaluated, Some(rows))
    } else {
        (evaluation.run().await?, None)
    };
    let now = platform.clock.now();
    let (run_id, job_run_id) = match &asker {
        Asker::Run { id, .. } => (Some(id.clone()), None),
        Asker::Job { run_id, .. } => (None, Some(run_id.clone())),
    };
    let profile = Profile::record(
        &platform.store,
        &subject,
        &evaluated.statistics,
        run_id,
        job_run_id,
        now,
    )
    .map_err(lost)?;
    let mut result = describe(&evaluated, &profile);
    result.started_on = Some(started);
    result.completed_on = Some(now);
    result.ruleset_name.clone_from(&assessment.ruleset_name);
    match &asker {
        Asker::Run { id, source, .. } => {
            result.ruleset_evaluation_run_id = Some(id.clone());
            result.data_source = Some(DataSource::clone(source));
        }
        Asker::Job {
            name,
            run_id,
            context,
        } => {
            result.job_name = Some(name.clone());
            result.job_run_id = Some(run_id.clone());
            result.evaluation_context = Some(context.clone());
        }
    }
    if assessment.publish {
        results::save(&platform.store, &result).map_err(lost)?;
        announce(
            platform,
            asker,
            assessment.ruleset_name,
            &result,
            &evaluated,
        );
    }
    Ok(Assessed {
        result,
        evaluated,
        rows,
    })
}

/// The result as the API tells it.
fn describe(evaluated: &Evaluated, profile: &Profile) -> DataQualityResult {
    let rules = evaluated
        .rules
        .iter()
        .enumerate()
        .map(|(index, rule)| DataQualityRuleResult {
            name: Some(format!("Rule_{}", index + 1)),
            description: Some(rule.rule.clone()),
            evaluation_message: rule.message.clone(),
            result: Some(match rule.verdict {
                Verdict::Passed => DataQualityRuleResultStatus::Pass,
                Verdict::Failed => DataQualityRuleResultStatus::Fail,
                Verdict::Error => DataQualityRuleResultStatus::Error,
            }),
            evaluated_metrics: Some(rule.metrics.clone()),
            evaluated_rule: Some(rule.evaluated_rule.clone()),
            labels: (!rule.labels.is_empty()).then(|| rule.labels.clone()),
            ..DataQualityRuleResult::default()
        })
        .collect();
    let analyzers = evaluated
        .analyzers
        .iter()
        .enumerate()
        .map(|(index, analyzer)| DataQualityAnalyzerResult {
            name: Some(format!("Analyzer_{}", index + 1)),
            description: Some(analyzer.analyzer.clone()),
            evaluation_message: analyzer.message.clone(),
            evaluated_metrics: Some(analyzer.metrics.clone()),
            ..DataQualityAnalyzerResult::default()
        })
        .collect();
    let observations = evaluated
        .observations
        .iter()
        .map(|observation| DataQualityObservation {
            description: Some(observation.description.clone()),
            metric_based_observation: Some(MetricBasedObservation {
                metric_name: Some(observation.metric.clone()),
                statistic_id: profile.statistic_id(&observation.metric).map(str::to_owned),
                metric_values: Some(DataQualityMetricValues {
                    actual_value: Some(observation.actual),
                    expected_value: Some(observation.expected),
                    lower_limit: Some(observation.lower),
                    upper_limit: Some(observation.upper),
                }),
                new_rules: Some(observation.new_rules.clone()),
            }),
        })
        .collect();
    DataQualityResult {
        result_id: Some(format!("dqresult-{}", Uuid::new_v4().simple())),
        profile_id: Some(profile.id().to_owned()),
        score: Some(evaluated.score()),
        rule_results: Some(rules),
        analyzer_results: Some(analyzers),
        observations: Some(observations),
        aggregated_metrics: Some(DataQualityAggregatedMetrics {
            total_rules_processed: Some(evaluated.rules.len() as f64),
            total_rules_passed: Some(evaluated.count(Verdict::Passed) as f64),
            total_rules_failed: Some(evaluated.count(Verdict::Failed) as f64),
            ..DataQualityAggregatedMetrics::default()
        }),
        ..DataQualityResult::default()
    }
}

fn announce(
    platform: &Platform,
    asker: Asker,
    ruleset: Option<String>,
    result: &DataQualityResult,
    evaluated: &Evaluated,
) {
    let subject = match asker {
        Asker::Run {
            id,
            database,
            table,
            ..
        } => QualitySubject::Table {
            database,
            table,
            run_id: id,
        },
        Asker::Job {
            name,
            run_id,
            context,
        } => QualitySubject::Job {
            job: name,
            run_id,
            context,
        },
    };
    let count = |verdict| u64::try_from(evaluated.count(verdict)).unwrap_or(u64::MAX);
    platform.events.publish(EventKind::QualityResultAvailable {
        subject,
        result_id: result.result_id.clone().unwrap_or_default(),
        rulesets: ruleset.into_iter().collect(),
        score: evaluated.score(),
        rules_succeeded: count(Verdict::Passed),
        rules_failed: count(Verdict::Failed),
        rules_skipped: count(Verdict::Error),
    });
}

#[expect(clippy::needless_pass_by_value, reason = "shaped for map_err")]
fn lost(error: StoreError) -> NodeError {
    NodeError::Service {
        class: FailureClass::Resource,
        message: error.to_string(),
    }
}

impl From<EvaluationError> for NodeError {
    fn from(error: EvaluationError) -> Self {
        match error {
            EvaluationError::Query(error) => Self::Query(error),
            EvaluationError::Rows(message) => Self::Setting(message),
        }
    }
}
