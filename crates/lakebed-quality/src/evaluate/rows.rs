//! Row-level outcomes: which rules each row passes, fails, or is not asked by.

use arrow::datatypes::{DataType, Fields};
use datafusion::common::{JoinType, ScalarValue};
use datafusion::error::Result;
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_nested::expr_fn::{array_remove_all, cardinality, make_array};
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::{
    Expr, ExprFunctionExt, WindowFunctionDefinition, cast, ident, lit, when,
};
use datafusion::prelude::DataFrame;

use super::reference::Matching;
use crate::dqdl::{Body, Rule};

/// How the rows that fulfil a check are told from the others.
pub(super) enum RowTest {
    Predicate {
        test: Expr,
        filter: Option<Expr>,
    },
    /// Rows whose values occur once; `complete` ones have no null.
    Unique {
        columns: Vec<String>,
        complete: bool,
        filter: Option<Expr>,
    },
    Matching(Matching),
}

/// The primary dataset with the outcome columns. `tests` are those of the single checks, in order.
pub(super) fn outcomes(
    frame: DataFrame,
    original: &Fields,
    rules: &[Rule],
    tests: Vec<Option<RowTest>>,
) -> Result<DataFrame> {
    let mut frame = frame;
    let mut columns = Vec::with_capacity(tests.len());
    for (index, test) in tests.into_iter().enumerate() {
        let name = format!("__test_{index}");
        columns.push(match test {
            Some(test) => {
                frame = add(frame, &name, test)?;
                Some(ident(name))
            }
            None => None,
        });
    }
    let mut columns = columns.into_iter();
    let mut passed = Vec::new();
    let mut failed = Vec::new();
    let mut skipped = Vec::new();
    for rule in rules {
        let text = || lit(rule.text.clone());
        let Some(outcome) = compose(&rule.body, &mut columns) else {
            skipped.push(text());
            continue;
        };
        passed.push(when(outcome.clone(), text()).otherwise(lit(""))?);
        failed.push(when(!outcome.clone(), text()).otherwise(lit(""))?);
        skipped.push(when(outcome.is_null(), text()).otherwise(lit(""))?);
    }
    let mut selected: Vec<Expr> = original.iter().map(|field| ident(field.name())).collect();
    let fails = list(failed);
    let result =
        when(cardinality(fails.clone()).gt(lit(0_u64)), lit("Failed")).otherwise(lit("Passed"))?;
    selected.push(list(passed).alias("DataQualityRulesPass"));
    selected.push(fails.alias("DataQualityRulesFail"));
    selected.push(list(skipped).alias("DataQualityRulesSkip"));
    selected.push(result.alias("DataQualityEvaluationResult"));
    frame.select(selected)
}

/// The texts that are not empty.
fn list(texts: Vec<Expr>) -> Expr {
    let of_texts = DataType::new_list(DataType::Utf8, true);
    if texts.is_empty() {
        let none = ScalarValue::new_list_nullable(&[], &DataType::Utf8);
        return lit(ScalarValue::List(none));
    }
    cast(array_remove_all(make_array(texts), lit("")), of_texts)
}

/// A composite rule has an outcome for rows only if all its parts have.
fn compose(body: &Body, columns: &mut impl Iterator<Item = Option<Expr>>) -> Option<Expr> {
    let (parts, join): (_, fn(Expr, Expr) -> Expr) = match body {
        Body::Check(_) => return columns.next().flatten(),
        Body::All(parts) => (parts, Expr::and),
        Body::Any(parts) => (parts, Expr::or),
    };
    let outcomes: Vec<Option<Expr>> = parts
        .iter()
        .map(|part| compose(&part.body, columns))
        .collect();
    let outcomes: Option<Vec<Expr>> = outcomes.into_iter().collect();
    outcomes?.into_iter().reduce(join)
}

/// Adds a column that is true or false, or null for rows that are not asked.
fn add(frame: DataFrame, name: &str, test: RowTest) -> Result<DataFrame> {
    let asked = |outcome: Expr, filter: Option<Expr>| match filter {
        Some(filter) => when(filter, outcome).otherwise(lit(ScalarValue::Boolean(None))),
        None => Ok(outcome),
    };
    match test {
        RowTest::Predicate { test, filter } => frame.with_column(name, asked(test, filter)?),
        RowTest::Unique {
            columns,
            complete,
            filter,
        } => {
            let count_name = format!("{name}_count");
            let counted = match &filter {
                Some(filter) => when(filter.clone(), lit(1_i64)).end()?,
                None => lit(1_i64),
            };
            let function = WindowFunctionDefinition::AggregateUDF(count_udaf());
            let counts = Expr::from(WindowFunction::new(function, vec![counted]))
                .partition_by(columns.iter().map(ident).collect())
                .build()?;
            let once = ident(&count_name).lt_eq(lit(1_i64));
            let nulls = columns.iter().map(|column| ident(column).is_null());
            // Rows without any value are no duplicates of one another.
            let outcome = if complete {
                nulls.fold(once, |test, null| test.and(!null))
            } else {
                once.or(nulls.reduce(Expr::and).unwrap_or_else(|| lit(false)))
            };
            frame
                .with_column(&count_name, counts)?
                .with_column(name, asked(outcome, filter)?)
        }
        RowTest::Matching(matching) => {
            let marker = format!("{name}_found");
            let other = matching.other.with_column(&marker, lit(true))?;
            frame
                .join_on(other, JoinType::Left, matching.on)?
                .with_column(name, ident(&marker).is_not_null())
        }
    }
}
