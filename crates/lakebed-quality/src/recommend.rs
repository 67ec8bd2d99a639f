//! Proposing a ruleset for data that is as it should be.

use std::fmt::Write;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Int64Type};
use chrono::{DateTime, Utc};
use datafusion::error::Result;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{cast, ident, lit};
use datafusion::prelude::DataFrame;

use crate::dqdl::Ruleset;
use crate::evaluate::{Evaluated, Evaluation, EvaluationError, History, SparkSql};

/// Columns with at most this many different texts are taken for categories.
const MOST_CATEGORIES: f64 = 20.0;

/// Proposes rules that the data fulfils: how many rows, which columns are complete and unique, the
/// categories and lengths of texts, the spread of numbers.
///
/// # Errors
/// If the data cannot be read.
pub async fn recommend(
    frame: DataFrame,
    sql: &dyn SparkSql,
    now: DateTime<Utc>,
) -> Result<String, EvaluationError> {
    let columns: Vec<(String, DataType)> = frame
        .schema()
        .fields()
        .iter()
        .filter(|field| !field.data_type().is_nested())
        .map(|field| (field.name().clone(), field.data_type().clone()))
        .collect();
    let profile = profile(&frame, &columns, sql, now).await?;
    let metric = |name: &str| profile.statistics.get(name).copied();
    let rows = metric("Dataset.*.RowCount").unwrap_or(0.0);
    let (low, high) = ((rows / 2.0).floor(), (rows * 2.0).ceil());
    // Both ends of a range are outside of it.
    let mut rules = vec![if rows > 0.0 {
        format!("RowCount between {low} and {high}")
    } else {
        "RowCount = 0".to_owned()
    }];
    for (column, data_type) in &columns {
        let of = |name: &str| metric(&format!("Column.{column}.{name}"));
        let Some(complete) = of("Completeness") else {
            continue;
        };
        let quoted = column.replace('"', "\\\"");
        if complete == 1.0 {
            rules.push(format!("IsComplete \"{quoted}\""));
        } else if complete > 0.0 {
            let least = (complete * 0.95 * 100.0).floor() / 100.0;
            rules.push(format!("Completeness \"{quoted}\" >= {least:.2}"));
        }
        let distinct = of("DistinctValuesCount").unwrap_or(0.0);
        if rows > 1.0 && of("Uniqueness") == Some(1.0) {
            rules.push(format!("Uniqueness \"{quoted}\" > 0.95"));
        }
        if data_type.is_string() {
            let few = distinct > 0.0 && distinct <= MOST_CATEGORIES && distinct < rows / 2.0;
            if few {
                rules.push(categories(&frame, column, &quoted, complete).await?);
            }
            if let (Some(shortest), Some(longest)) = (of("MinimumLength"), of("MaximumLength")) {
                rules.push(if shortest == longest {
                    format!("ColumnLength \"{quoted}\" = {longest}")
                } else {
                    format!("ColumnLength \"{quoted}\" <= {longest}")
                });
            }
        } else if data_type.is_numeric() {
            if let Some(deviation) = of("StandardDeviation").filter(|deviation| *deviation > 0.0) {
                let low = (deviation * 80.0).floor() / 100.0;
                let high = (deviation * 120.0).ceil() / 100.0;
                rules.push(format!(
                    "StandardDeviation \"{quoted}\" between {low} and {high}"
                ));
            }
            if complete == 1.0 && of("Minimum").is_some_and(|least| least >= 0.0) {
                rules.push(format!("ColumnValues \"{quoted}\" >= 0"));
            }
        }
    }
    Ok(format!("Rules = [\n    {}\n]", rules.join(",\n    ")))
}

/// All statistics of all columns, in one pass.
async fn profile(
    frame: &DataFrame,
    columns: &[(String, DataType)],
    sql: &dyn SparkSql,
    now: DateTime<Utc>,
) -> Result<Evaluated, EvaluationError> {
    let mut text = "Analyzers = [ RowCount".to_owned();
    for (column, _) in columns {
        let quoted = column.replace('"', "\\\"");
        // Writing to a text cannot fail.
        let _ = write!(text, ", AllStatistics \"{quoted}\"");
    }
    text.push_str(" ]");
    let ruleset =
        Ruleset::parse(&text).map_err(|error| EvaluationError::Rows(error.to_string()))?;
    let history = History::new();
    Evaluation {
        ruleset: &ruleset,
        primary: frame.clone(),
        references: std::collections::BTreeMap::new(),
        sources: Vec::new(),
        sql,
        history: &history,
        now,
    }
    .run()
    .await
}

/// The texts of a column as the values it may have, the most frequent first.
async fn categories(
    frame: &DataFrame,
    column: &str,
    quoted: &str,
    complete: f64,
) -> Result<String> {
    let counted = frame
        .clone()
        .filter(ident(column).is_not_null())?
        .aggregate(
            vec![cast(ident(column), DataType::Utf8).alias("value")],
            vec![count(lit(1_i64)).alias("count")],
        )?
        .sort(vec![
            ident("count").sort(false, false),
            ident("value").sort(true, false),
        ])?
        .collect()
        .await?;
    let mut values = Vec::new();
    for batch in &counted {
        let (texts, counts) = (
            batch.column(0).as_string::<i32>(),
            batch.column(1).as_primitive::<Int64Type>(),
        );
        for row in (0..batch.num_rows()).filter(|row| counts.is_valid(*row)) {
            values.push(format!("\"{}\"", texts.value(row).replace('"', "\\\"")));
        }
    }
    if complete < 1.0 {
        values.push("NULL".to_owned());
    }
    Ok(format!(
        "ColumnValues \"{quoted}\" in [{}]",
        values.join(", ")
    ))
}
