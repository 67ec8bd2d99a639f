//! `CustomSql` and the predicates of `where` clauses, both in Spark's SQL.

use arrow::datatypes::DataType;
use async_trait::async_trait;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::ident;
use datafusion::prelude::DataFrame;

use super::CheckError;
use super::check::{Checks, Step, evaluated, record};
use super::formula;
use super::outcome::{Finding, weigh};
use super::reference::Matching;
use super::rows::RowTest;
use crate::dqdl::{Check, Condition, Rule};

/// What plans queries in Spark's SQL.
#[async_trait]
pub trait SparkSql: Send + Sync {
    /// Plans a query over named frames.
    ///
    /// # Errors
    /// What is wrong with the query, for its author.
    async fn query(&self, sql: &str, tables: Vec<(String, DataFrame)>)
    -> Result<DataFrame, String>;
}

const PRIMARY: &str = "primary";
/// The metric of a statement's number.
pub(super) const METRIC: &str = "Dataset.*.CustomSQL";

/// The frame with one more column: whether a predicate holds.
pub(super) async fn with_predicate(
    sql: &dyn SparkSql,
    frame: &DataFrame,
    predicate: &str,
    column: &str,
) -> Result<DataFrame, String> {
    // The line's end ends a comment that the predicate may end with.
    let query = format!("SELECT *, ({predicate}\n) AS `{column}` FROM {PRIMARY}");
    let before = frame.schema().fields().len();
    let with_column = sql
        .query(&query, vec![(PRIMARY.to_owned(), frame.clone())])
        .await?;
    let fields = with_column.schema().fields();
    let added = fields.last().map(|field| field.data_type());
    if fields.len() != before + 1 || added != Some(&DataType::Boolean) {
        return Err(format!("'{predicate}' is not one predicate"));
    }
    // Subqueries, for one, are planned but cannot be computed as a column.
    match with_column.clone().create_physical_plan().await {
        Ok(_) => Ok(with_column),
        Err(error) => Err(error.strip_backtrace()),
    }
}

/// Plans `CustomSql`: judged by the number it returns, or by the rows it returns.
pub(super) async fn plan(
    checks: &mut Checks<'_>,
    rule: &Rule,
    check: &Check,
) -> Result<(Step, Option<RowTest>), CheckError> {
    let statement = check.parameters.first().map_or("", String::as_str);
    let result = run(checks, statement).await?;
    match &check.condition {
        Some(Condition::Number(wanted)) => {
            let value = single_number(result).await?;
            // Each statement has a history of its own.
            let wanted = formula::resolve(wanted, |_| checks.earlier(METRIC, Some(statement)));
            let mut finding = Finding::default();
            if let Some(value) = value {
                record(&mut finding, METRIC, Some(statement), value);
            }
            let wanted = match wanted {
                Ok(wanted) => wanted,
                Err(error) => {
                    finding.verdict = error.verdict;
                    finding.message = Some(error.message);
                    return Ok((Step::Done(finding), None));
                }
            };
            (finding.verdict, finding.message) = weigh(value, &wanted);
            finding.evaluated = Some(evaluated(rule, check, &wanted));
            Ok((Step::Done(finding), None))
        }
        _ => matching_rows(checks, check, result).await,
    }
}

/// Plans a statement over the primary dataset and the references.
async fn run(checks: &Checks<'_>, statement: &str) -> Result<DataFrame, CheckError> {
    let columns: Vec<_> = checks
        .fields
        .iter()
        .map(|field| ident(field.name()))
        .collect();
    let primary = checks.frame().select(columns)?;
    let mut tables = vec![(PRIMARY.to_owned(), primary)];
    for (index, alias) in checks.aliases.iter().enumerate() {
        tables.push((alias.clone(), checks.passes.frame(index + 1).clone()));
    }
    checks
        .sql
        .query(statement, tables)
        .await
        .map_err(|message| CheckError::new(format!("Error executing SQL statement: {message}")))
}

/// The number that a statement returns.
pub(super) async fn number(
    checks: &Checks<'_>,
    statement: &str,
) -> Result<Option<f64>, CheckError> {
    single_number(run(checks, statement).await?).await
}

/// The one value of a query's result.
async fn single_number(result: DataFrame) -> Result<Option<f64>, CheckError> {
    let not_single =
        || CheckError::new("Custom SQL did not return exactly 1 numeric column and row");
    if result.schema().fields().len() != 1 {
        return Err(not_single());
    }
    let batches = result.limit(0, Some(2))?.collect().await?;
    let mut values = Vec::new();
    for batch in &batches {
        for row in 0..batch.num_rows() {
            values.push(ScalarValue::try_from_array(batch.column(0), row)?);
        }
    }
    let [value] = &values[..] else {
        return Err(not_single());
    };
    match value.cast_to(&DataType::Float64) {
        Ok(ScalarValue::Float64(number)) => Ok(number),
        _ => Err(not_single()),
    }
}

/// The rows that the query returns pass, the others fail.
async fn matching_rows(
    checks: &mut Checks<'_>,
    check: &Check,
    result: DataFrame,
) -> Result<(Step, Option<RowTest>), CheckError> {
    let returned: Vec<String> = result
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    let known_column = |name: &&String| checks.fields.iter().any(|field| field.name() == *name);
    if !returned.iter().any(|name| known_column(&name)) {
        return Err(CheckError::new(
            "The output from CustomSQL must contain at least one column that matches the input \
             dataset. Ensure that matching columns are returned from the SQL.",
        ));
    }
    let foreign: Vec<&str> = returned
        .iter()
        .filter(|name| !known_column(name))
        .map(String::as_str)
        .collect();
    if !foreign.is_empty() {
        return Err(CheckError::new(format!(
            "The columns returned from the SQL statement should only belong to the primary \
             table. Columns not found: {}",
            foreign.join(", ")
        )));
    }
    let pairs: Vec<(String, String)> = returned
        .iter()
        .map(|name| (name.clone(), name.clone()))
        .collect();
    let matching = Matching::of(checks, &[], &pairs, result)?;
    matching
        .judge(
            checks,
            "Dataset.*.CustomSQL.Compliance",
            check.threshold.as_ref(),
        )
        .await
}
