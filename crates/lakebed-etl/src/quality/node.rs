//! The nodes of visual jobs that evaluate a ruleset over what they read.

use std::collections::BTreeMap;

use datafusion::prelude::{DataFrame, SessionContext};
use lakebed_core::Platform;
use lakebed_quality::{Evaluated, Verdict, outcomes_frame};
use lakebed_wire::glue::{
    DQResultsPublishingOptions, DQStopJobOnFailureOptions, DQStopJobOnFailureTiming,
    DQTransformOutput, EvaluateDataQuality, EvaluateDataQualityMultiFrame,
};

use super::assess::{Asker, Assessed, Assessment, assess};
use super::results;
use crate::error::NodeError;
use crate::graph::NodeKind;
use crate::lake::Lake;
use crate::nodes::{Input, NodeLog};

/// The run that a node belongs to.
pub(crate) struct Surroundings<'a> {
    pub(crate) platform: &'a Platform,
    pub(crate) lake: &'a Lake,
    pub(crate) job: &'a str,
    pub(crate) run_id: &'a str,
}

/// What a node gives to those that read it.
pub(crate) struct Checked {
    pub(crate) frame: DataFrame,
    /// Frames to select from, by name.
    pub(crate) collection: Vec<(String, DataFrame)>,
    /// Why the run must fail once its targets are written.
    pub(crate) fails_after_load: Option<String>,
}

/// Used where the publishing options name no context, "EvaluateDataQuality class".
const DEFAULT_CONTEXT: &str = "default_context";

/// Evaluates what a node reads.
///
/// # Errors
/// If the data cannot be evaluated, or the rules fail and the node then stops the job.
pub(crate) async fn evaluate(
    kind: &NodeKind,
    inputs: Vec<Input>,
    run: &Surroundings<'_>,
    log: &NodeLog<'_>,
) -> Result<Checked, NodeError> {
    match kind {
        NodeKind::EvaluateDataQuality(settings) => single(settings, inputs, run, log).await,
        NodeKind::EvaluateDataQualityMultiFrame(settings) => {
            multi_frame(settings, inputs, run, log).await
        }
        other => Err(NodeError::Setting(format!(
            "{} evaluates no rules",
            other.as_str()
        ))),
    }
}

fn primary(inputs: &mut impl Iterator<Item = Input>) -> Result<Input, NodeError> {
    inputs
        .next()
        .ok_or_else(|| NodeError::Setting("an input is missing".to_owned()))
}

/// `EvaluateDataQuality`: gives its input unchanged, or the outcomes of the rules.
async fn single(
    settings: &EvaluateDataQuality,
    inputs: Vec<Input>,
    run: &Surroundings<'_>,
    log: &NodeLog<'_>,
) -> Result<Checked, NodeError> {
    let input = primary(&mut inputs.into_iter())?;
    let node = Node {
        name: &settings.name,
        ruleset: &settings.ruleset,
        publishing: settings.publishing_options.as_ref(),
        stopping: settings.stop_job_on_failure_options.as_ref(),
    };
    let (assessed, fails_after_load) = node
        .evaluate(&input, BTreeMap::new(), false, run, log)
        .await?;
    let frame = match settings.output {
        Some(DQTransformOutput::EvaluationResults) => outcomes(&input.frame, &assessed.evaluated)?,
        _ => input.frame,
    };
    Ok(Checked {
        frame,
        collection: Vec::new(),
        fails_after_load,
    })
}

/// `EvaluateDataQualityMultiFrame`: gives a collection of the input, its rows with their outcomes,
/// and the outcomes of the rules.
async fn multi_frame(
    settings: &EvaluateDataQualityMultiFrame,
    inputs: Vec<Input>,
    run: &Surroundings<'_>,
    log: &NodeLog<'_>,
) -> Result<Checked, NodeError> {
    for (option, value) in settings.additional_options.iter().flatten() {
        if option.ends_with("compositeRuleEvaluation.method") && value == "ROW" {
            return Err(NodeError::Setting(
                "composite rules are evaluated over the dataset; the method ROW is not supported"
                    .to_owned(),
            ));
        }
    }
    let mut inputs = inputs.into_iter();
    let primary = primary(&mut inputs)?;
    let aliases = settings.additional_data_sources.clone().unwrap_or_default();
    let references = inputs
        .map(|input| (alias_of(&aliases, &input.id), input.frame))
        .collect();
    let node = Node {
        name: &settings.name,
        ruleset: &settings.ruleset,
        publishing: settings.publishing_options.as_ref(),
        stopping: settings.stop_job_on_failure_options.as_ref(),
    };
    let (mut assessed, fails_after_load) =
        node.evaluate(&primary, references, true, run, log).await?;
    let outcomes = outcomes(&primary.frame, &assessed.evaluated)?;
    let rows = assessed
        .rows
        .take()
        .unwrap_or_else(|| primary.frame.clone());
    let collection = vec![
        ("originalData".to_owned(), primary.frame.clone()),
        ("rowLevelOutcomes".to_owned(), rows),
        ("ruleOutcomes".to_owned(), outcomes),
    ];
    Ok(Checked {
        frame: primary.frame,
        collection,
        fails_after_load,
    })
}

/// The alias of an input: the map is found with either side being the input's id.
fn alias_of(aliases: &BTreeMap<String, String>, id: &str) -> String {
    if let Some(alias) = aliases.get(id) {
        return alias.clone();
    }
    let by_value = aliases.iter().find(|(_, input)| *input == id);
    by_value.map_or(id, |(alias, _)| alias).to_owned()
}

struct Node<'a> {
    name: &'a str,
    ruleset: &'a str,
    publishing: Option<&'a DQResultsPublishingOptions>,
    stopping: Option<&'a DQStopJobOnFailureOptions>,
}

impl Node<'_> {
    async fn evaluate(
        &self,
        input: &Input,
        references: BTreeMap<String, DataFrame>,
        with_rows: bool,
        run: &Surroundings<'_>,
        log: &NodeLog<'_>,
    ) -> Result<(Assessed, Option<String>), NodeError> {
        let ruleset = lakebed_quality::Ruleset::parse(self.ruleset)
            .map_err(|error| NodeError::Setting(format!("the ruleset is not DQDL: {error}")))?;
        let context = self
            .publishing
            .and_then(|options| options.evaluation_context.clone())
            .unwrap_or_else(|| DEFAULT_CONTEXT.to_owned());
        let assessment = Assessment {
            ruleset: &ruleset,
            ruleset_name: Some(self.name.to_owned()),
            primary: input.frame.clone(),
            references,
            sources: Vec::new(),
            with_rows,
            lake: None,
            asker: Asker::Job {
                name: run.job.to_owned(),
                run_id: run.run_id.to_owned(),
                context,
            },
            publish: self
                .publishing
                .and_then(|options| options.results_publishing_enabled)
                .unwrap_or(true),
        };
        let assessed = assess(run.platform, assessment).await?;
        note(&assessed.evaluated, log);
        let prefix = self
            .publishing
            .and_then(|options| options.results_s3_prefix.as_deref())
            .filter(|prefix| !prefix.is_empty());
        if let Some(prefix) = prefix {
            results::write(run.lake, prefix, &assessed.result).await?;
        }
        let fails_after_load = match (self.stopping, failure(&assessed.evaluated)) {
            (Some(options), Some(failure)) => match options.stop_job_on_failure_timing {
                Some(DQStopJobOnFailureTiming::AfterDataLoad) => Some(failure),
                _ => return Err(NodeError::Setting(failure)),
            },
            _ => None,
        };
        Ok((assessed, fails_after_load))
    }
}

/// The outcomes as a frame of the run's session.
fn outcomes(input: &DataFrame, evaluated: &Evaluated) -> Result<DataFrame, NodeError> {
    let state = input.clone().into_parts().0;
    let batch = outcomes_frame(evaluated)?;
    Ok(SessionContext::new_with_state(state).read_batch(batch)?)
}

fn note(evaluated: &Evaluated, log: &NodeLog<'_>) {
    for rule in &evaluated.rules {
        let message = rule.message.as_deref().unwrap_or_default();
        let line = format!("{} {} {message}", rule.verdict.as_str(), rule.rule);
        match rule.verdict {
            Verdict::Passed => log.info(line.trim_end()),
            Verdict::Failed | Verdict::Error => log.warn(line.trim_end()),
        }
    }
    let (passed, all) = (evaluated.count(Verdict::Passed), evaluated.rules.len());
    log.info(&format!("{passed} of {all} rules passed"));
}

/// Which rules do not hold, for the run's error.
fn failure(evaluated: &Evaluated) -> Option<String> {
    let failed: Vec<&str> = evaluated
        .rules
        .iter()
        .filter(|rule| rule.verdict != Verdict::Passed)
        .map(|rule| rule.rule.as_str())
        .collect();
    (!failed.is_empty()).then(|| format!("data quality rules failed: {}", failed.join("; ")))
}
