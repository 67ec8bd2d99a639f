//! Rules that compare the primary dataset with others.

use std::collections::BTreeMap;

use datafusion::common::JoinType;
use datafusion::functions_aggregate::expr_fn::{avg, count, sum};
use datafusion::logical_expr::{Expr, Operator, binary_expr, ident, lit};
use datafusion::prelude::DataFrame;

use super::CheckError;
use super::check::{Checks, Step, evaluated, known};
use super::formula;
use super::measure::find_column;
use super::outcome::{Finding, Verdict, weigh};
use super::pass::Answers;
use super::predicate::number;
use super::rows::RowTest;
use crate::dqdl::{Check, Condition, NumberCondition, Relation, Rule, RuleType};

pub(super) async fn plan(
    checks: &mut Checks<'_>,
    rule: &Rule,
    check: &Check,
) -> Result<(Step, Option<RowTest>), CheckError> {
    let Some(Condition::Number(wanted)) = &check.condition else {
        return Err(CheckError::new("the rule compares numbers"));
    };
    match check.rule_type {
        RuleType::RowCountMatch => row_count_match(checks, rule, check, wanted),
        RuleType::AggregateMatch => aggregate_match(checks, rule, check, wanted),
        RuleType::SchemaMatch => schema_match(checks, rule, check, wanted),
        RuleType::ReferentialIntegrity => referential_integrity(checks, check, wanted).await,
        _ => dataset_match(checks, check, wanted).await,
    }
}

/// Which of the passes is over a reference dataset.
fn dataset(checks: &Checks<'_>, alias: &str) -> Result<usize, CheckError> {
    checks
        .aliases
        .iter()
        .position(|known| known == alias)
        .map(|index| index + 1)
        .ok_or_else(|| CheckError::new(format!("{alias} not found in additional sources")))
}

fn parameter(check: &Check, index: usize) -> &str {
    check.parameters.get(index).map_or("", String::as_str)
}

/// The ratio of two aggregates, judged.
fn ratio_step(
    checks: &Checks<'_>,
    rule: &Rule,
    check: &Check,
    wanted: &NumberCondition,
    metric: String,
    ratio: impl FnOnce(&Answers) -> Option<f64> + Send + 'static,
) -> Result<(Step, Option<RowTest>), CheckError> {
    let wanted = formula::resolve(wanted, |_| checks.earlier(&metric, None))?;
    let text = evaluated(rule, check, &wanted);
    let judge = move |answers: &Answers| {
        let value = ratio(answers);
        let mut finding = value.map_or_else(Finding::default, |value| known(&metric, value));
        (finding.verdict, finding.message) = weigh(value, &wanted);
        finding.evaluated = Some(text);
        finding
    };
    Ok((Step::judge(judge), None))
}

fn row_count_match(
    checks: &mut Checks<'_>,
    rule: &Rule,
    check: &Check,
    wanted: &NumberCondition,
) -> Result<(Step, Option<RowTest>), CheckError> {
    let alias = parameter(check, 0);
    let reference = dataset(checks, alias)?;
    let [ours] = checks.passes.ask(0, [count(lit(1_i64))])?;
    let [theirs] = checks.passes.ask(reference, [count(lit(1_i64))])?;
    let metric = format!("Dataset.{alias}.RowCountMatch");
    ratio_step(checks, rule, check, wanted, metric, move |answers| {
        ratio(answers.count(ours), answers.count(theirs))
    })
}

/// Two nothings match; nothing and something do not.
fn ratio(first: f64, second: f64) -> Option<f64> {
    Some(if first == 0.0 && second == 0.0 {
        1.0
    } else if second == 0.0 {
        0.0
    } else {
        first / second
    })
}

fn aggregate_match(
    checks: &mut Checks<'_>,
    rule: &Rule,
    check: &Check,
    wanted: &NumberCondition,
) -> Result<(Step, Option<RowTest>), CheckError> {
    let mut slots = Vec::new();
    let mut columns = Vec::new();
    for index in 0..2 {
        let text = parameter(check, index);
        let (function, alias, column) = parse_aggregate(text, &checks.aliases)?;
        let dataset = match alias {
            Some(alias) => dataset(checks, alias)?,
            None => 0,
        };
        let fields = match dataset {
            0 => checks.fields.clone(),
            reference => checks.passes.frame(reference).schema().fields().clone(),
        };
        find_column(&fields, column)?;
        let [slot] = checks
            .passes
            .ask(dataset, [function(number(ident(column)))])?;
        slots.push(slot);
        columns.push(column);
    }
    columns.dedup();
    let metric = format!("Column.{}.AggregateMatch", columns.join(","));
    ratio_step(checks, rule, check, wanted, metric, move |answers| {
        let [first, second] = slots[..] else {
            return None;
        };
        ratio(answers.number(first)?, answers.number(second)?)
    })
}

type Aggregate<'a> = (fn(Expr) -> Expr, Option<&'a str>, &'a str);

/// `sum(alias.column)` or `avg(column)`.
fn parse_aggregate<'a>(text: &'a str, aliases: &[String]) -> Result<Aggregate<'a>, CheckError> {
    let wrong = || {
        CheckError::new(format!(
            "'{text}' is not an aggregate: sum(column), avg(column), or the same of alias.column"
        ))
    };
    let (name, rest) = text.split_once('(').ok_or_else(wrong)?;
    let column = rest.trim_end().strip_suffix(')').ok_or_else(wrong)?.trim();
    let function: fn(Expr) -> Expr = match name.trim().to_lowercase().as_str() {
        "sum" => sum,
        "avg" => avg,
        _ => return Err(wrong()),
    };
    Ok(match column.split_once('.') {
        Some(("primary", column)) => (function, None, column),
        Some((alias, column)) if aliases.iter().any(|known| known == alias) => {
            (function, Some(alias), column)
        }
        _ => (function, None, column),
    })
}

fn schema_match(
    checks: &mut Checks<'_>,
    rule: &Rule,
    check: &Check,
    wanted: &NumberCondition,
) -> Result<(Step, Option<RowTest>), CheckError> {
    let alias = parameter(check, 0);
    let reference = dataset(checks, alias)?;
    let metric = format!("Dataset.{alias}.SchemaMatch");
    let wanted = formula::resolve(wanted, |_| checks.earlier(&metric, None))?;
    let ours = &checks.fields;
    let theirs = checks.passes.frame(reference).schema().fields();
    if ours.len() != theirs.len() {
        let mut finding = known(&metric, 0.0);
        finding.verdict = Verdict::Failed;
        finding.message = Some("Column counts do not match".to_owned());
        return Ok((Step::Done(finding), None));
    }
    let matched = ours
        .iter()
        .filter(|field| {
            theirs
                .iter()
                .any(|other| other.name() == field.name() && other.data_type() == field.data_type())
        })
        .count();
    let value = matched as f64 / ours.len().max(1) as f64;
    let mut finding = known(&metric, value);
    (finding.verdict, finding.message) = weigh(Some(value), &wanted);
    finding.evaluated = Some(evaluated(rule, check, &wanted));
    Ok((Step::Done(finding), None))
}

/// `ReferentialIntegrity "a,b" "alias.{c,d}"`.
async fn referential_integrity(
    checks: &mut Checks<'_>,
    check: &Check,
    wanted: &NumberCondition,
) -> Result<(Step, Option<RowTest>), CheckError> {
    let (ours, theirs) = (parameter(check, 0), parameter(check, 1));
    let (alias, columns) = theirs.split_once('.').ok_or_else(|| {
        CheckError::new(format!(
            "'{theirs}' is not an alias and columns: alias.{{a,b}}"
        ))
    })?;
    let columns = columns
        .strip_prefix('{')
        .and_then(|columns| columns.strip_suffix('}'))
        .unwrap_or(columns);
    let (ours, theirs) = (names(ours), names(columns));
    if ours.len() != theirs.len() {
        return Err(CheckError::new(format!(
            "{} columns are compared with {}",
            ours.len(),
            theirs.len()
        )));
    }
    let reference = checks.passes.frame(dataset(checks, alias)?).clone();
    let pairs: Vec<(String, String)> = ours.into_iter().zip(theirs).collect();
    let matching = Matching::of(checks, &pairs, &[], reference)?;
    let metric = format!("Column.{alias}.ReferentialIntegrity");
    matching.judge(checks, &metric, Some(wanted)).await
}

/// `DatasetMatch "alias" "key,mine->theirs" "column,mine->theirs"`.
async fn dataset_match(
    checks: &mut Checks<'_>,
    check: &Check,
    wanted: &NumberCondition,
) -> Result<(Step, Option<RowTest>), CheckError> {
    let alias = parameter(check, 0);
    let reference = checks.passes.frame(dataset(checks, alias)?).clone();
    let keys = mappings(parameter(check, 1));
    let columns = match check.parameters.get(2) {
        Some(columns) => mappings(columns),
        None => checks
            .fields
            .iter()
            .map(|field| (field.name().clone(), field.name().clone()))
            .filter(|(ours, _)| !keys.iter().any(|(key, _)| key == ours))
            .collect(),
    };
    let matching = Matching::of(checks, &keys, &columns, reference)?;
    let metric = format!("Dataset.{alias}.DatasetMatch");
    matching.judge(checks, &metric, Some(wanted)).await
}

fn names(list: &str) -> Vec<String> {
    list.split(',').map(|name| name.trim().to_owned()).collect()
}

fn mappings(list: &str) -> Vec<(String, String)> {
    names(list)
        .into_iter()
        .map(|name| match name.split_once("->") {
            Some((ours, theirs)) => (ours.trim().to_owned(), theirs.trim().to_owned()),
            None => (name.clone(), name),
        })
        .collect()
}

/// Rows of the primary dataset that have an equal row in another.
#[derive(Debug, Clone)]
pub(super) struct Matching {
    /// The other dataset's distinct values, under names no column has.
    pub(super) other: DataFrame,
    pub(super) on: Vec<Expr>,
}

impl Matching {
    /// `keys` are pairs of our and their columns that must be equal; of `columns` two nulls are
    /// equal too.
    pub(super) fn of(
        checks: &mut Checks<'_>,
        keys: &[(String, String)],
        columns: &[(String, String)],
        other: DataFrame,
    ) -> Result<Self, CheckError> {
        let number = checks.next_number();
        let mut selected = Vec::new();
        let mut on = Vec::new();
        let mut theirs_by_name = BTreeMap::new();
        let pairs = keys.iter().map(|pair| (pair, Operator::Eq)).chain(
            columns
                .iter()
                .map(|pair| (pair, Operator::IsNotDistinctFrom)),
        );
        for ((ours, theirs), operator) in pairs {
            find_column(&checks.fields, ours)?;
            find_column(other.schema().fields(), theirs)?;
            let position = theirs_by_name.len();
            let name = theirs_by_name
                .entry(theirs.clone())
                .or_insert_with(|| {
                    let name = format!("__match_{number}_{position}");
                    selected.push(ident(theirs).alias(&name));
                    name
                })
                .clone();
            on.push(binary_expr(ident(ours), operator, ident(name)));
        }
        let other = other.select(selected)?.distinct()?;
        Ok(Self { other, on })
    }

    /// Counts the matching rows in a query of its own; by default all must match.
    pub(super) async fn judge(
        self,
        checks: &mut Checks<'_>,
        metric: &str,
        wanted: Option<&NumberCondition>,
    ) -> Result<(Step, Option<RowTest>), CheckError> {
        let wanted = match wanted {
            Some(wanted) => formula::resolve(wanted, |_| checks.earlier(metric, None))?,
            None => Relation::Equal(1.0),
        };
        let matched = checks
            .frame()
            .join_on(self.other.clone(), JoinType::LeftSemi, self.on.clone())?
            .count()
            .await? as f64;
        let [all] = checks.passes.ask(0, [count(lit(1_i64))])?;
        let metric = metric.to_owned();
        let judge = move |answers: &Answers| {
            let all = answers.count(all);
            let value = (all > 0.0).then(|| matched / all);
            let mut finding = value.map_or_else(Finding::default, |value| known(&metric, value));
            (finding.verdict, finding.message) = weigh(value, &wanted);
            finding
        };
        Ok((Step::judge(judge), Some(RowTest::Matching(self))))
    }
}
