//! Evaluating a ruleset over frames.
//!
//! Everything that aggregates of the primary dataset can answer is asked in one pass over it, and
//! what is asked of a reference dataset in one pass over that. A query of its own have `CustomSql`
//! (it is one), `ReferentialIntegrity` and `DatasetMatch` (they join two datasets), and row-level
//! outcomes (they give the rows back); rules about files read no rows, and those about the schema
//! nothing at all.

mod anomaly;
mod check;
mod column_values;
mod files;
mod formula;
mod frequencies;
mod measure;
mod outcome;
mod pass;
mod predicate;
mod reference;
mod rows;
mod sql;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use datafusion::error::DataFusionError;
use datafusion::prelude::DataFrame;

pub use outcome::{
    AnalyzerOutcome, Evaluated, Observation, RowCounts, RuleOutcome, Verdict, outcomes_frame,
};
pub use sql::SparkSql;

use check::Checks;
use outcome::Finding;

use crate::dqdl::{Body, Rule, Ruleset};

/// Earlier values of statistics, newest first, by the keys that [`Evaluated::statistics`] has.
pub type History = BTreeMap<String, Vec<f64>>;

/// The data could not be evaluated at all.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// Planning or reading failed.
    #[error(transparent)]
    Query(#[from] DataFusionError),
    /// A row-level outcome cannot be told.
    #[error("{0}")]
    Rows(String),
}

/// Why one check came to no answer.
#[derive(Debug)]
pub(crate) struct CheckError {
    pub(crate) verdict: Verdict,
    pub(crate) message: String,
}

impl CheckError {
    /// The rule does not fit the data: Glue calls that failed, not an error.
    fn new(message: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Failed,
            message: message.into(),
        }
    }
}

impl From<DataFusionError> for CheckError {
    fn from(error: DataFusionError) -> Self {
        Self {
            verdict: Verdict::Error,
            message: format!(
                "Exception thrown while evaluating rule: {}",
                error.strip_backtrace()
            ),
        }
    }
}

/// A ruleset with all it takes to evaluate it.
pub struct Evaluation<'a> {
    pub ruleset: &'a Ruleset,
    /// The dataset that rules call `primary`.
    pub primary: DataFrame,
    /// The datasets it is compared with, by alias.
    pub references: BTreeMap<String, DataFrame>,
    /// The folders and files (`s3://…`) the primary dataset comes from, for rules about files that
    /// name none.
    pub sources: Vec<String>,
    pub sql: &'a dyn SparkSql,
    pub history: &'a History,
    pub now: DateTime<Utc>,
}

impl Evaluation<'_> {
    /// Evaluates all rules and analyzers.
    ///
    /// # Errors
    /// If the primary dataset or a reference cannot be read. What is wrong with one rule is that
    /// rule's outcome.
    pub async fn run(self) -> Result<Evaluated, EvaluationError> {
        self.judge(false).await.map(|(evaluated, _)| evaluated)
    }

    /// The same, and the primary dataset with what each row's outcomes are, in the columns
    /// `DataQualityRulesPass`, `DataQualityRulesFail`, `DataQualityRulesSkip` (lists of rules) and
    /// `DataQualityEvaluationResult` (`Passed` or `Failed`).
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn run_with_rows(self) -> Result<(Evaluated, DataFrame), EvaluationError> {
        let (evaluated, rows) = self.judge(true).await?;
        rows.map(|rows| (evaluated, rows))
            .ok_or_else(|| EvaluationError::Rows("no row-level outcomes".to_owned()))
    }

    async fn judge(
        self,
        with_rows: bool,
    ) -> Result<(Evaluated, Option<DataFrame>), EvaluationError> {
        let ruleset = self.ruleset;
        let mut checks = Checks::prepare(&self).await?;
        let mut leaves = Vec::new();
        for rule in &ruleset.rules {
            each_leaf(rule, &mut leaves);
        }
        let mut planned = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            let (step, test) = checks.plan(leaf).await;
            planned.push((step, test, checks.passes.take_asked()));
        }
        let mut analyzers = Vec::with_capacity(ruleset.analyzers.len());
        for analyzer in &ruleset.analyzers {
            let step = checks.plan_analyzer(analyzer);
            analyzers.push((analyzer, step, checks.passes.take_asked()));
        }
        let frame = checks.frame();
        let answers = checks.run().await?;
        let mut findings = Vec::with_capacity(planned.len());
        let mut tests = Vec::with_capacity(planned.len());
        for (step, test, asked) in planned {
            // What cannot be computed for all rows cannot be told for each.
            tests.push(test.filter(|_| answers.failure(&asked).is_none()));
            findings.push(step.conclude(&answers, &asked));
        }
        let analyzers = analyzers
            .into_iter()
            .map(|(analyzer, step, asked)| {
                let finding = step.conclude(&answers, &asked);
                AnalyzerOutcome {
                    analyzer: analyzer.text.clone(),
                    metrics: finding.metrics,
                    message: finding.message,
                    statistics: finding.statistics,
                }
            })
            .collect();
        let rows = if with_rows {
            let original = self.primary.schema().fields().clone();
            Some(rows::outcomes(frame, &original, &ruleset.rules, tests)?)
        } else {
            None
        };
        let mut findings = findings.into_iter();
        let rules = ruleset
            .rules
            .iter()
            .map(|rule| {
                let finding = compose(&rule.body, &mut findings);
                RuleOutcome::of(rule, finding)
            })
            .collect();
        Ok((Evaluated::of(rules, analyzers), rows))
    }
}

/// The single checks of a rule, in the order they are written.
fn each_leaf<'a>(rule: &'a Rule, leaves: &mut Vec<&'a Rule>) {
    match &rule.body {
        Body::Check(_) => leaves.push(rule),
        Body::All(parts) | Body::Any(parts) => {
            for part in parts {
                each_leaf(part, leaves);
            }
        }
    }
}

/// What a rule's checks, taken from `findings` in order, make of it.
fn compose(body: &Body, findings: &mut impl Iterator<Item = Finding>) -> Finding {
    let (parts, all) = match body {
        Body::Check(_) => return findings.next().unwrap_or_default(),
        Body::All(parts) => (parts, true),
        Body::Any(parts) => (parts, false),
    };
    let parts: Vec<Finding> = parts
        .iter()
        .map(|part| compose(&part.body, findings))
        .collect();
    outcome::combine(parts, all)
}
