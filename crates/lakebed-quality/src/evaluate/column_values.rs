//! Rules that test every value of a column: `ColumnValues`, `ColumnDataType`, `DataFreshness`,
//! `ColumnLength`.

use arrow::datatypes::DataType;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{Expr, ident, lit};

use super::CheckError;
use super::check::{Checks, Step, evaluated, found, record};
use super::formula;
use super::measure::{Measure, measures};
use super::outcome::{Verdict, unmet, weigh};
use super::pass::{Answers, Slot};
use super::predicate;
use super::rows::RowTest;
use crate::dqdl::{Check, Condition, Formula, Relation, Rule, RuleType, TextMatch, TextOperand};

/// A test of a column's values.
struct Test {
    predicate: Expr,
    /// The numbers of its condition, if it has any.
    numbers: Option<Relation<f64>>,
}

/// Plans `ColumnValues`, `ColumnDataType` or `DataFreshness`.
pub(super) fn plan(
    checks: &mut Checks<'_>,
    rule: &Rule,
    check: &Check,
) -> Result<(Step, Option<RowTest>), CheckError> {
    let column = check.parameters.first().map_or("", String::as_str);
    let filter = checks.filter(check)?;
    let rows = checks.rows(filter.clone());
    let data_type = rows.column_type(column)?.clone();
    let test = test(checks, check, column, &data_type)?;
    let compliance_name = format!("Column.{column}.{}.Compliance", check.rule_type.name());
    let ends = match (&test.numbers, &check.threshold) {
        (Some(numbers), None) => ends(numbers),
        _ => &[],
    };
    let mut reported = Vec::new();
    if !ends.is_empty() {
        let parameters = &check.parameters;
        for measure in measures(
            RuleType::ColumnValues,
            parameters,
            &rows,
            &mut checks.passes,
        )? {
            if ends.iter().any(|end| measure.name.ends_with(end)) {
                reported.push(measure);
            }
        }
    }
    let [passing, all, nulls] = checks.passes.ask(
        0,
        [
            rows.count_of(test.predicate.clone())?,
            rows.count()?,
            rows.count_of(ident(column).is_null())?,
        ],
    )?;
    let compliance = Measure::ratio(compliance_name, passing, all);
    let threshold = check
        .threshold
        .as_ref()
        .map(|threshold| {
            formula::resolve(threshold, |_| {
                checks.earlier(&compliance.name, check.filter.as_deref())
            })
        })
        .transpose()?;
    let text = match &test.numbers {
        Some(numbers) => evaluated(rule, check, numbers),
        None => rule.text.clone(),
    };
    let clause = check.filter.clone();
    let numbers = test.numbers;
    let judge = move |answers: &Answers| {
        let reports_compliance = reported.is_empty();
        let mut finding = found(&reported, answers, clause.as_deref());
        let share = compliance.value(answers);
        if let (true, Some(share)) = (reports_compliance, share) {
            record(&mut finding, &compliance.name, clause.as_deref(), share);
        }
        finding.evaluated = Some(text);
        if let Some(threshold) = &threshold {
            (finding.verdict, finding.message) = weigh(share, threshold);
            return finding;
        }
        if share == Some(1.0) {
            return finding;
        }
        if share.is_none() && clause.is_some() {
            finding.message = Some("No rows matched the filter".to_owned());
            return finding;
        }
        finding.verdict = Verdict::Failed;
        let only_nulls_fail = fails_by_nulls_alone(answers, passing, all, nulls);
        finding.message = Some(match &numbers {
            _ if share.is_none() => "Empty state: all input values were NULL.".to_owned(),
            _ if only_nulls_fail => unmet(None),
            Some(numbers) if !reports_compliance => {
                unmet(offender(&reported, answers, numbers).or(share))
            }
            _ => unmet(share),
        });
        finding
    };
    let row_test = (check.rule_type != RuleType::ColumnDataType).then_some(RowTest::Predicate {
        test: test.predicate,
        filter,
    });
    Ok((Step::judge(judge), row_test))
}

/// Which of the metrics `Minimum` and `Maximum` a condition without threshold is told by. Others
/// are told by the share of rows that fulfil them.
fn ends(numbers: &Relation<f64>) -> &'static [&'static str] {
    match numbers {
        Relation::Greater(_) | Relation::GreaterOrEqual(_) => &[".Minimum"],
        Relation::Less(_) | Relation::LessOrEqual(_) => &[".Maximum"],
        Relation::Equal(_) | Relation::Between(..) => &[".Minimum", ".Maximum"],
        _ => &[],
    }
}

fn fails_by_nulls_alone(answers: &Answers, passing: Slot, all: Slot, nulls: Slot) -> bool {
    let nulls = answers.count(nulls);
    nulls > 0.0 && answers.count(passing) + nulls >= answers.count(all)
}

/// The extreme value that is not as wanted.
fn offender(reported: &[Measure], answers: &Answers, wanted: &Relation<f64>) -> Option<f64> {
    reported
        .iter()
        .filter_map(|measure| measure.value(answers))
        .find(|value| !wanted.holds(value))
}

fn test(
    checks: &Checks<'_>,
    check: &Check,
    column: &str,
    data_type: &DataType,
) -> Result<Test, CheckError> {
    let plain = |predicate| Test {
        predicate,
        numbers: None,
    };
    match &check.condition {
        Some(Condition::Text(wanted)) if check.rule_type == RuleType::ColumnDataType => {
            data_type_test(column, wanted).map(plain)
        }
        Some(Condition::Text(wanted)) => {
            let ignore_case = check
                .tags
                .get("ignoreCase")
                .is_some_and(|value| value.eq_ignore_ascii_case("true"));
            predicate::texts(ident(column), wanted, ignore_case).map(plain)
        }
        Some(Condition::Date(wanted)) => {
            predicate::dates(ident(column), data_type, wanted, checks.now).map(plain)
        }
        Some(Condition::Duration(wanted)) => {
            let age = predicate::age(ident(column), checks.now);
            let seconds = wanted.try_map(|duration| Ok::<_, CheckError>(duration.as_secs_f64()))?;
            predicate::numbers(&age, &seconds).map(plain)
        }
        Some(Condition::Number(wanted)) => {
            let subject = predicate::number(ident(column));
            if wanted.operands().contains(&&Formula::Null) {
                return predicate::numbers_or_null(&subject, wanted).map(plain);
            }
            let numbers = formula::resolve(wanted, |upper| {
                let end = if upper { "Maximum" } else { "Minimum" };
                checks.earlier(&format!("Column.{column}.{end}"), check.filter.as_deref())
            })?;
            Ok(Test {
                predicate: predicate::numbers(&subject, &numbers)?,
                numbers: Some(numbers),
            })
        }
        _ => Err(CheckError::new("the rule has no condition it could test")),
    }
}

/// Whether values can be read as a type, or as one of several.
fn data_type_test(column: &str, wanted: &TextMatch) -> Result<Expr, CheckError> {
    let unsupported = || CheckError::new("ColumnDataType takes =, !=, in and not in with types");
    let TextMatch::Relation(relation) = wanted else {
        return Err(unsupported());
    };
    let mut any = lit(false);
    for operand in relation.operands() {
        let TextOperand::Text(name) = operand else {
            return Err(unsupported());
        };
        any = any.or(predicate::readable_as(ident(column), name)?);
    }
    match relation {
        Relation::Equal(_) | Relation::In(_) => Ok(any),
        Relation::NotEqual(_) | Relation::NotIn(_) => Ok(!any),
        _ => Err(unsupported()),
    }
}

/// Plans `ColumnLength`.
pub(super) fn plan_length(
    checks: &mut Checks<'_>,
    rule: &Rule,
    check: &Check,
) -> Result<(Step, Option<RowTest>), CheckError> {
    let column = check.parameters.first().map_or("", String::as_str);
    let filter = checks.filter(check)?;
    let rows = checks.rows(filter.clone());
    let reported = measures(
        check.rule_type,
        &check.parameters,
        &rows,
        &mut checks.passes,
    )?;
    let Some(Condition::Number(wanted)) = &check.condition else {
        return Err(CheckError::new("ColumnLength compares numbers"));
    };
    let wanted = formula::resolve(wanted, |upper| {
        let end = if upper {
            "MaximumLength"
        } else {
            "MinimumLength"
        };
        checks.earlier(&format!("Column.{column}.{end}"), check.filter.as_deref())
    })?;
    let test = predicate::numbers(&predicate::length(ident(column)), &wanted)?;
    let counted = rows.count_of(test.clone())?;
    let [passing, all] = checks
        .passes
        .ask(0, [counted, rows.filtered(count(lit(1_i64)))?])?;
    let text = evaluated(rule, check, &wanted);
    let clause = check.filter.clone();
    let judge = move |answers: &Answers| {
        let mut finding = found(&reported, answers, clause.as_deref());
        finding.evaluated = Some(text);
        let all = answers.count(all);
        if all > 0.0 && answers.count(passing) >= all {
            return finding;
        }
        finding.verdict = Verdict::Failed;
        finding.message = Some(if all > 0.0 {
            let any = reported.iter().find_map(|measure| measure.value(answers));
            unmet(offender(&reported, answers, &wanted).or(any))
        } else {
            "Empty state: all input values were NULL.".to_owned()
        });
        finding
    };
    Ok((
        Step::judge(judge),
        Some(RowTest::Predicate { test, filter }),
    ))
}
