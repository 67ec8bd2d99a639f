//! One check at a time: what it asks of the passes, and what it makes of their answers.

use std::collections::BTreeMap;

use arrow::datatypes::Fields;
use chrono::{DateTime, Utc};
use datafusion::logical_expr::{Expr, ident};
use datafusion::prelude::DataFrame;
use regex::Regex;

use super::anomaly;
use super::measure::{Measure, Rows, measures};
use super::outcome::{Finding, Observation, Verdict, unmet, weigh};
use super::pass::{Answers, Passes, Slot};
use super::rows::RowTest;
use super::{CheckError, Evaluation, EvaluationError, History, SparkSql};
use super::{column_values, files, formula, reference, sql};
use crate::dqdl::{Analyzer, Body, Check, Condition, Relation, Rule, RuleType};

/// A check that is answered, or will be by the answers of the passes.
pub(super) enum Step {
    Done(Finding),
    Judge(Box<dyn FnOnce(&Answers) -> Finding + Send>),
}

impl Step {
    pub(super) fn judge(judge: impl FnOnce(&Answers) -> Finding + Send + 'static) -> Self {
        Self::Judge(Box::new(judge))
    }

    /// What the answers make of the check that asked for these slots.
    pub(super) fn conclude(self, answers: &Answers, asked: &[Slot]) -> Finding {
        match (self, answers.failure(asked)) {
            (Self::Done(finding), _) => finding,
            (Self::Judge(_), Some(failure)) => {
                let message = format!("Exception thrown while evaluating rule: {failure}");
                Finding::failed(Verdict::Error, message)
            }
            (Self::Judge(judge), None) => judge(answers),
        }
    }
}

impl From<CheckError> for Step {
    fn from(error: CheckError) -> Self {
        Self::Done(Finding::failed(error.verdict, error.message))
    }
}

/// What checks are planned over.
pub(super) struct Checks<'a> {
    pub(super) passes: Passes,
    /// The primary dataset's own columns.
    pub(super) fields: Fields,
    /// The columns that tell which rows a `where` clause leaves, or what is wrong with it.
    filters: BTreeMap<String, Result<String, String>>,
    /// The aliases of the reference datasets: their passes follow the primary one's.
    pub(super) aliases: Vec<String>,
    pub(super) sources: &'a [String],
    pub(super) sql: &'a dyn SparkSql,
    pub(super) history: &'a History,
    pub(super) now: DateTime<Utc>,
    /// How many names were made that no column has.
    numbers: usize,
}

impl<'a> Checks<'a> {
    pub(super) async fn prepare(evaluation: &'a Evaluation<'_>) -> Result<Self, EvaluationError> {
        let fields = evaluation.primary.schema().fields().clone();
        let mut frame = evaluation.primary.clone();
        let mut filters = BTreeMap::new();
        for filter in filters_of(&evaluation.ruleset.rules) {
            let column = format!("__where_{}", filters.len());
            let added = sql::with_predicate(evaluation.sql, &frame, filter, &column).await;
            filters.insert(
                filter.to_owned(),
                added.map(|with_column| {
                    frame = with_column;
                    column
                }),
            );
        }
        let references = evaluation.references.values().cloned();
        Ok(Self {
            passes: Passes::over(std::iter::once(frame).chain(references)),
            fields,
            filters,
            aliases: evaluation.references.keys().cloned().collect(),
            sources: &evaluation.sources,
            sql: evaluation.sql,
            history: evaluation.history,
            now: evaluation.now,
            numbers: 0,
        })
    }

    /// The primary dataset with the columns of the filters.
    pub(super) fn frame(&self) -> DataFrame {
        self.passes.frame(0).clone()
    }

    pub(super) async fn run(self) -> Result<Answers, EvaluationError> {
        Ok(self.passes.run().await?)
    }

    /// A number for names that no other check makes.
    pub(super) fn next_number(&mut self) -> usize {
        self.numbers += 1;
        self.numbers
    }

    /// Which rows a check looks at.
    pub(super) fn filter(&self, check: &Check) -> Result<Option<Expr>, CheckError> {
        match check
            .filter
            .as_ref()
            .and_then(|text| self.filters.get(text))
        {
            None => Ok(None),
            Some(Ok(column)) => Ok(Some(ident(column))),
            Some(Err(message)) => Err(CheckError::new(format!(
                "The provided where clause is invalid: {message}"
            ))),
        }
    }

    /// Earlier values of a metric over the rows that a filter leaves.
    pub(super) fn earlier(&self, metric: &str, filter: Option<&str>) -> Vec<f64> {
        let key = statistic_key(metric, filter);
        self.history.get(&key).cloned().unwrap_or_default()
    }

    /// Plans a rule that is one check, and how its rows are told apart if they can be.
    pub(super) async fn plan(&mut self, rule: &Rule) -> (Step, Option<RowTest>) {
        let Body::Check(check) = &rule.body else {
            let message = "a composite rule is no check".to_owned();
            return (CheckError::new(message).into(), None);
        };
        match self.plan_check(rule, check).await {
            Ok(planned) => planned,
            Err(error) => (error.into(), None),
        }
    }

    async fn plan_check(
        &mut self,
        rule: &Rule,
        check: &Check,
    ) -> Result<(Step, Option<RowTest>), CheckError> {
        match check.rule_type {
            RuleType::ColumnExists => Ok((self.column_exists(check), None)),
            RuleType::ColumnNamesMatchPattern => Ok((self.names_match(check)?, None)),
            RuleType::ColumnValues | RuleType::ColumnDataType | RuleType::DataFreshness => {
                column_values::plan(self, rule, check)
            }
            RuleType::ColumnLength => column_values::plan_length(self, rule, check),
            RuleType::CustomSql => sql::plan(self, rule, check).await,
            RuleType::SchemaMatch
            | RuleType::RowCountMatch
            | RuleType::AggregateMatch
            | RuleType::ReferentialIntegrity
            | RuleType::DatasetMatch => reference::plan(self, rule, check).await,
            RuleType::FileFreshness
            | RuleType::FileMatch
            | RuleType::FileSize
            | RuleType::FileUniqueness => {
                let finding = files::check(self, rule, check).await?;
                Ok((Step::Done(finding), None))
            }
            RuleType::DetectAnomalies => Ok((self.detect_anomalies(check).await?, None)),
            _ => self.metric(rule, check),
        }
    }

    /// The primary dataset's rows that a filter leaves.
    pub(super) fn rows(&self, filter: Option<Expr>) -> Rows {
        Rows {
            fields: self.fields.clone(),
            filter,
        }
    }

    /// A rule about one metric: the condition judges it, or it must be 1.
    fn metric(
        &mut self,
        rule: &Rule,
        check: &Check,
    ) -> Result<(Step, Option<RowTest>), CheckError> {
        let filter = self.filter(check)?;
        let rows = self.rows(filter.clone());
        let measures = measures(check.rule_type, &check.parameters, &rows, &mut self.passes)?;
        let first = measures.first().map_or("", |measure| measure.name.as_str());
        let wanted = match &check.condition {
            Some(Condition::Number(relation)) => {
                formula::resolve(relation, |_| self.earlier(first, check.filter.as_deref()))
            }
            _ => Ok(Relation::Equal(1.0)),
        };
        let evaluated = wanted
            .as_ref()
            .ok()
            .map(|wanted| evaluated(rule, check, wanted));
        let clause = check.filter.clone();
        let judge = move |answers: &Answers| {
            let mut finding = found(&measures, answers, clause.as_deref());
            let wanted = match wanted {
                Ok(wanted) => wanted,
                Err(error) => {
                    finding.verdict = error.verdict;
                    finding.message = Some(error.message);
                    return finding;
                }
            };
            finding.verdict = Verdict::Passed;
            for measure in &measures {
                let (verdict, message) = weigh(measure.value(answers), &wanted);
                if verdict != Verdict::Passed {
                    finding.verdict = verdict;
                    finding.message = message;
                    break;
                }
            }
            finding.evaluated = evaluated;
            finding
        };
        Ok((Step::judge(judge), row_test(check, filter)))
    }

    pub(super) fn plan_analyzer(&mut self, analyzer: &Analyzer) -> Step {
        let rows = self.rows(None);
        let passes = &mut self.passes;
        match measures(analyzer.rule_type, &analyzer.parameters, &rows, passes) {
            Ok(measures) => Step::judge(move |answers| found(&measures, answers, None)),
            Err(error) => error.into(),
        }
    }

    fn column_exists(&self, check: &Check) -> Step {
        let column = check.parameters.first().map_or("", String::as_str);
        let found = self.fields.iter().any(|field| field.name() == column);
        Step::Done(if found {
            Finding {
                verdict: Verdict::Passed,
                ..Finding::default()
            }
        } else {
            let message = format!("Column {column} does not exist in the dataset");
            Finding::failed(Verdict::Failed, message)
        })
    }

    fn names_match(&self, check: &Check) -> Result<Step, CheckError> {
        let pattern = check.parameters.first().map_or("", String::as_str);
        let regex = Regex::new(pattern).map_err(|error| {
            CheckError::new(format!("the pattern '{pattern}' cannot be read: {error}"))
        })?;
        let unmatched: Vec<&str> = self
            .fields
            .iter()
            .map(|field| field.name().as_str())
            .filter(|name| !regex.is_match(name))
            .collect();
        let all = self.fields.len().max(1) as f64;
        let ratio = (all - unmatched.len() as f64) / all;
        let mut finding = known("Dataset.*.ColumnNamesPatternMatchRatio", ratio);
        finding.verdict = Verdict::Passed;
        if !unmatched.is_empty() {
            finding.verdict = Verdict::Failed;
            finding.message = Some(format!(
                "Columns that do not match the pattern: {}",
                unmatched.join(", ")
            ));
        }
        Ok(Step::Done(finding))
    }

    /// `DetectAnomalies "RowCount"`: a metric against its own history.
    async fn detect_anomalies(&mut self, check: &Check) -> Result<Step, CheckError> {
        let Some((name, parameters)) = check.parameters.split_first() else {
            return Err(CheckError::new(
                "DetectAnomalies takes the name of a rule type",
            ));
        };
        let rule_type = RuleType::measured(name).ok_or_else(|| {
            CheckError::new(format!("DetectAnomalies does not support rule type {name}"))
        })?;
        let mut clause = None;
        let measures = if rule_type == RuleType::CustomSql {
            let statement = parameters.first().map_or("", String::as_str);
            clause = Some(statement.to_owned());
            let value = sql::number(self, statement).await?;
            let measured = value.map(|value| Measure::known(sql::METRIC, value));
            measured.into_iter().collect()
        } else {
            let rows = self.rows(None);
            measures(rule_type, parameters, &rows, &mut self.passes)?
        };
        let expectations: Vec<_> = measures
            .iter()
            .map(|measure| anomaly::expect(&self.earlier(&measure.name, clause.as_deref())))
            .collect();
        Ok(Step::judge(move |answers| {
            let mut finding = found(&measures, answers, clause.as_deref());
            finding.verdict = Verdict::Passed;
            for (measure, expectation) in measures.iter().zip(expectations) {
                let (Some(actual), Some(limits)) = (measure.value(answers), expectation) else {
                    continue;
                };
                if limits.lower <= actual && actual <= limits.upper {
                    continue;
                }
                finding.verdict = Verdict::Failed;
                finding.message = Some(unmet(Some(actual)));
                finding
                    .observations
                    .push(observe(&measure.name, actual, limits));
            }
            finding
        }))
    }
}

fn observe(metric: &str, actual: f64, limits: anomaly::Expectation) -> Observation {
    let (side, limit) = if actual > limits.upper {
        ("above the upper", limits.upper)
    } else {
        ("below the lower", limits.lower)
    };
    let subject = metric.rsplit_once('.').map_or(metric, |(_, name)| name);
    let column = metric
        .strip_prefix("Column.")
        .and_then(|rest| rest.strip_suffix(&format!(".{subject}")));
    let between = format!("between {:.2} and {:.2}", limits.lower, limits.upper);
    let new_rules = match (subject, column) {
        ("RowCount" | "ColumnCount", _) => vec![format!("{subject} {between}")],
        ("Minimum" | "Maximum", Some(column)) => {
            vec![format!("ColumnValues \"{column}\" {between}")]
        }
        ("MinimumLength" | "MaximumLength", Some(column)) => {
            vec![format!("ColumnLength \"{column}\" {between}")]
        }
        (_, Some(column)) => vec![format!("{subject} \"{column}\" {between}")],
        _ => Vec::new(),
    };
    Observation {
        description: format!(
            "{metric} is {actual:.2}, which is {side} limit of {limit:.2} expected from its history"
        ),
        metric: metric.to_owned(),
        actual,
        expected: limits.expected,
        lower: limits.lower,
        upper: limits.upper,
        new_rules,
    }
}

/// How the rows that fulfil a rule are told from the others. Source: "DQDL rule type reference",
/// column "Returns row-level results".
fn row_test(check: &Check, filter: Option<Expr>) -> Option<RowTest> {
    let columns = || check.parameters.clone();
    match check.rule_type {
        RuleType::IsComplete | RuleType::Completeness => {
            let column = check.parameters.first()?;
            Some(RowTest::Predicate {
                test: ident(column).is_not_null(),
                filter,
            })
        }
        RuleType::IsUnique | RuleType::Uniqueness | RuleType::UniqueValueRatio => {
            Some(RowTest::Unique {
                columns: columns(),
                complete: false,
                filter,
            })
        }
        RuleType::IsPrimaryKey => Some(RowTest::Unique {
            columns: columns(),
            complete: true,
            filter,
        }),
        _ => None,
    }
}

/// The values of metrics as they are reported and kept.
pub(super) fn found(measures: &[Measure], answers: &Answers, filter: Option<&str>) -> Finding {
    let mut finding = Finding {
        verdict: Verdict::Passed,
        ..Finding::default()
    };
    for measure in measures {
        if let Some(value) = measure.value(answers) {
            record(&mut finding, &measure.name, filter, value);
        }
    }
    finding
}

pub(super) fn record(finding: &mut Finding, metric: &str, filter: Option<&str>, value: f64) {
    finding.metrics.insert(metric.to_owned(), value);
    finding
        .statistics
        .insert(statistic_key(metric, filter), value);
}

/// A finding of one metric that is known already.
pub(super) fn known(metric: &str, value: f64) -> Finding {
    let mut finding = Finding::default();
    record(&mut finding, metric, None, value);
    finding
}

/// A metric over some of the rows has a history of its own.
fn statistic_key(metric: &str, filter: Option<&str>) -> String {
    match filter {
        Some(filter) => format!("{metric} where {filter}"),
        None => metric.to_owned(),
    }
}

/// The rule's text with the numbers its formulas came to.
pub(super) fn evaluated(rule: &Rule, check: &Check, wanted: &Relation<f64>) -> String {
    if check.condition_text.is_empty() {
        return rule.text.clone();
    }
    rule.text
        .replacen(&check.condition_text, &formula::spell(wanted), 1)
}

fn filters_of(rules: &[Rule]) -> Vec<&str> {
    let mut leaves = Vec::new();
    for rule in rules {
        super::each_leaf(rule, &mut leaves);
    }
    let mut filters: Vec<&str> = leaves
        .iter()
        .filter_map(|leaf| match &leaf.body {
            Body::Check(check) => check.filter.as_deref(),
            _ => None,
        })
        .collect();
    filters.sort_unstable();
    filters.dedup();
    filters
}
