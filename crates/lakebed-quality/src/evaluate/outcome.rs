//! What rules and analyzers came to.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Builder, MapBuilder, MapFieldNames, RecordBatch, StringArray, StringBuilder,
};
use datafusion::error::Result;

use super::formula::double;
use crate::dqdl::{Relation, Rule};

/// Whether a rule holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verdict {
    Passed,
    Failed,
    /// The rule's own query could not be run.
    #[default]
    Error,
}

impl Verdict {
    /// `Passed`, `Failed` or `Error`: what jobs write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "Passed",
            Self::Failed => "Failed",
            Self::Error => "Error",
        }
    }
}

/// What one check came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    pub(super) message: Option<String>,
    pub(super) metrics: BTreeMap<String, f64>,
    /// The metrics by the keys under which history is kept.
    pub(super) statistics: BTreeMap<String, f64>,
    /// The rule's text with what its formulas came to.
    pub(super) evaluated: Option<String>,
    pub(super) observations: Vec<Observation>,
}

impl Finding {
    pub(super) fn failed(verdict: Verdict, message: String) -> Self {
        Self {
            verdict,
            message: Some(message),
            ..Self::default()
        }
    }
}

/// The message of a value that is not as wanted.
pub(super) fn unmet(value: Option<f64>) -> String {
    let value = value.map_or_else(|| "NULL".to_owned(), double);
    format!("Value: {value} does not meet the constraint requirement!")
}

/// The verdict on a value, with the message if it is not as wanted.
pub(super) fn weigh(value: Option<f64>, wanted: &Relation<f64>) -> (Verdict, Option<String>) {
    match value {
        Some(value) if wanted.holds(&value) => (Verdict::Passed, None),
        None => (
            Verdict::Failed,
            Some("Empty state: all input values were NULL.".to_owned()),
        ),
        value => (Verdict::Failed, Some(unmet(value))),
    }
}

/// Joins the findings of a composite rule's parts.
pub(super) fn combine(parts: Vec<Finding>, all: bool) -> Finding {
    let passed = |part: &Finding| part.verdict == Verdict::Passed;
    let holds = if all {
        parts.iter().all(passed)
    } else {
        parts.iter().any(passed)
    };
    let mut joined = Finding {
        verdict: if holds {
            Verdict::Passed
        } else if parts.iter().any(|part| part.verdict == Verdict::Error) {
            Verdict::Error
        } else {
            Verdict::Failed
        },
        ..Finding::default()
    };
    let mut messages = Vec::new();
    for part in parts {
        joined.metrics.extend(part.metrics);
        joined.statistics.extend(part.statistics);
        joined.observations.extend(part.observations);
        if part.verdict != Verdict::Passed {
            messages.extend(part.message);
        }
    }
    messages.dedup();
    if !holds && !messages.is_empty() {
        joined.message = Some(messages.join("\n"));
    }
    joined
}

/// What is unusual about a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    pub description: String,
    pub metric: String,
    pub actual: f64,
    pub expected: f64,
    pub lower: f64,
    pub upper: f64,
    /// Rules that would have caught it.
    pub new_rules: Vec<String>,
}

/// What one rule came to.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleOutcome {
    pub rule: String,
    pub verdict: Verdict,
    /// Why it does not hold.
    pub message: Option<String>,
    /// By Glue's names (`Column.id.Completeness`).
    pub metrics: BTreeMap<String, f64>,
    /// The rule with what its formulas came to.
    pub evaluated_rule: String,
    pub labels: BTreeMap<String, String>,
    pub(super) statistics: BTreeMap<String, f64>,
    pub(super) observations: Vec<Observation>,
}

impl RuleOutcome {
    pub(super) fn of(rule: &Rule, finding: Finding) -> Self {
        Self {
            rule: rule.text.clone(),
            verdict: finding.verdict,
            message: finding.message,
            metrics: finding.metrics,
            evaluated_rule: finding.evaluated.unwrap_or_else(|| rule.text.clone()),
            labels: rule.labels.clone(),
            statistics: finding.statistics,
            observations: finding.observations,
        }
    }
}

/// What one analyzer measured.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalyzerOutcome {
    pub analyzer: String,
    pub metrics: BTreeMap<String, f64>,
    /// Why it measured nothing.
    pub message: Option<String>,
    pub(super) statistics: BTreeMap<String, f64>,
}

/// Rows by their row-level outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowCounts {
    pub passed: u64,
    pub failed: u64,
}

/// What a ruleset came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated {
    pub rules: Vec<RuleOutcome>,
    pub analyzers: Vec<AnalyzerOutcome>,
    pub observations: Vec<Observation>,
    /// All that was measured, by the keys under which [`History`](super::History) wants it back.
    pub statistics: BTreeMap<String, f64>,
}

impl Evaluated {
    pub(super) fn of(rules: Vec<RuleOutcome>, analyzers: Vec<AnalyzerOutcome>) -> Self {
        let mut statistics = BTreeMap::new();
        for rule in &rules {
            statistics.extend(rule.statistics.clone());
        }
        for analyzer in &analyzers {
            statistics.extend(analyzer.statistics.clone());
        }
        let observations = rules
            .iter()
            .flat_map(|rule| rule.observations.clone())
            .collect();
        Self {
            rules,
            analyzers,
            observations,
            statistics,
        }
    }

    /// How many rules came to a verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.rules
            .iter()
            .filter(|rule| rule.verdict == verdict)
            .count()
    }

    /// The share of rules that passed, from 0 to 1; 1 if there are only analyzers.
    #[must_use]
    pub fn score(&self) -> f64 {
        if self.rules.is_empty() {
            return 1.0;
        }
        self.count(Verdict::Passed) as f64 / self.rules.len() as f64
    }
}

/// The outcomes as rows: `Rule`, `Outcome`, `FailureReason`, `EvaluatedMetrics` (a map of text to
/// double) and `EvaluatedRule`.
///
/// # Errors
/// If memory for them cannot be had.
pub fn outcomes_frame(evaluated: &Evaluated) -> Result<RecordBatch> {
    let texts = |text: fn(&RuleOutcome) -> Option<&str>| -> ArrayRef {
        Arc::new(evaluated.rules.iter().map(text).collect::<StringArray>())
    };
    let names = MapFieldNames {
        entry: "entries".to_owned(),
        key: "key".to_owned(),
        value: "value".to_owned(),
    };
    let mut metrics = MapBuilder::new(Some(names), StringBuilder::new(), Float64Builder::new());
    for rule in &evaluated.rules {
        for (name, value) in &rule.metrics {
            metrics.keys().append_value(name);
            metrics.values().append_value(*value);
        }
        metrics.append(true)?;
    }
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("Rule", texts(|rule| Some(&rule.rule))),
        ("Outcome", texts(|rule| Some(rule.verdict.as_str()))),
        ("FailureReason", texts(|rule| rule.message.as_deref())),
        ("EvaluatedMetrics", Arc::new(metrics.finish())),
        ("EvaluatedRule", texts(|rule| Some(&rule.evaluated_rule))),
    ];
    Ok(RecordBatch::try_from_iter_with_nullable(
        columns
            .into_iter()
            .map(|(name, column)| (name, column, true)),
    )?)
}
