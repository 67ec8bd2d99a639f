//! The metrics of the rule types that measure something, each a function of shared aggregates.

use std::collections::BTreeSet;

use arrow::datatypes::{DataType, Fields};
use datafusion::functions_aggregate::expr_fn::{
    avg, corr, count, max, min, stddev_pop, sum, var_pop,
};
use datafusion::logical_expr::{Expr, ExprFunctionExt, ident, lit};

use super::CheckError;
use super::frequencies::{Spread, frequencies};
use super::pass::{Answers, Passes, Slot};
use super::predicate::{length, number};
use crate::dqdl::RuleType;

/// One metric: its name in Glue, and how its value comes from the aggregates.
pub(super) struct Measure {
    pub(super) name: String,
    value: Value,
}

enum Value {
    Known(f64),
    Aggregate(Slot),
    /// The one divided by the other.
    Ratio(Slot, Slot),
    Spread(Slot, fn(Spread) -> Option<f64>),
}

impl Measure {
    pub(super) fn known(name: impl Into<String>, value: f64) -> Self {
        Self {
            name: name.into(),
            value: Value::Known(value),
        }
    }

    pub(super) fn aggregate(name: impl Into<String>, slot: Slot) -> Self {
        Self {
            name: name.into(),
            value: Value::Aggregate(slot),
        }
    }

    pub(super) fn ratio(name: impl Into<String>, part: Slot, whole: Slot) -> Self {
        Self {
            name: name.into(),
            value: Value::Ratio(part, whole),
        }
    }

    /// The value; none if there were no values to compute it from.
    pub(super) fn value(&self, answers: &Answers) -> Option<f64> {
        match self.value {
            Value::Known(value) => Some(value),
            Value::Aggregate(slot) => answers.number(slot),
            Value::Ratio(part, whole) => {
                let whole = answers.count(whole);
                (whole > 0.0).then(|| answers.count(part) / whole)
            }
            Value::Spread(slot, of) => of(Spread::of(&answers.numbers(slot))),
        }
        .filter(|value| value.is_finite())
    }
}

/// The primary dataset's columns and the rows a `where` clause leaves.
pub(super) struct Rows {
    pub(super) fields: Fields,
    /// A predicate over the dataset.
    pub(super) filter: Option<Expr>,
}

impl Rows {
    /// The type of a column that must be there.
    pub(super) fn column_type(&self, column: &str) -> Result<&DataType, CheckError> {
        find_column(&self.fields, column)
    }

    /// The aggregate over the rows that the filter leaves.
    pub(super) fn filtered(&self, aggregate: Expr) -> Result<Expr, CheckError> {
        match &self.filter {
            Some(filter) => Ok(aggregate.filter(filter.clone()).build()?),
            None => Ok(aggregate),
        }
    }

    /// How many rows are left.
    pub(super) fn count(&self) -> Result<Expr, CheckError> {
        self.filtered(count(lit(1_i64)))
    }

    /// How many of the rows that are left fulfil a predicate.
    pub(super) fn count_of(&self, predicate: Expr) -> Result<Expr, CheckError> {
        let both = match &self.filter {
            Some(filter) => filter.clone().and(predicate),
            None => predicate,
        };
        Ok(count(lit(1_i64)).filter(both).build()?)
    }
}

/// The type of a column, found by its exact name.
pub(super) fn find_column<'a>(
    fields: &'a Fields,
    column: &str,
) -> Result<&'a DataType, CheckError> {
    fields
        .iter()
        .find(|field| field.name() == column)
        .map(|field| field.data_type())
        .ok_or_else(|| CheckError::new(format!("Column {column} does not exist in the dataset")))
}

/// `Column.a` or `Multicolumn.a,b`: what a metric is of.
fn entity(columns: &[String]) -> String {
    match columns {
        [one] => format!("Column.{one}"),
        many => format!("Multicolumn.{}", many.join(",")),
    }
}

/// Plans the metrics of a rule type with its parameters.
///
/// # Errors
/// If a column is not there or not of a type the metric takes.
pub(super) fn measures(
    rule_type: RuleType,
    parameters: &[String],
    rows: &Rows,
    passes: &mut Passes,
) -> Result<Vec<Measure>, CheckError> {
    let mut types = Vec::new();
    for column in parameters {
        types.push(rows.column_type(column)?);
    }
    let first = || parameters.first().map_or("", String::as_str);
    let of_numbers = |function: fn(Expr) -> Expr| -> Result<Expr, CheckError> {
        for (column, data_type) in parameters.iter().zip(&types) {
            if !data_type.is_numeric() {
                return Err(CheckError::new(format!(
                    "Column {column} is of type {data_type}, and {} takes numbers",
                    rule_type.name()
                )));
            }
        }
        rows.filtered(function(number(ident(first()))))
    };
    let aggregate = match rule_type {
        RuleType::RowCount => rows.count()?,
        RuleType::Mean => of_numbers(avg)?,
        RuleType::Sum => of_numbers(sum)?,
        RuleType::StandardDeviation => of_numbers(stddev_pop)?,
        RuleType::Variance => of_numbers(var_pop)?,
        RuleType::ColumnCorrelation => {
            of_numbers(avg)?;
            let of = |index: usize| number(ident(parameters.get(index).map_or("", String::as_str)));
            rows.filtered(corr(of(0), of(1)))?
        }
        _ => return several(rule_type, parameters, rows, passes),
    };
    let [slot] = passes.ask(0, [aggregate])?;
    let name = match rule_type {
        RuleType::RowCount => "Dataset.*.RowCount".to_owned(),
        _ => format!("{}.{}", entity(parameters), rule_type.name()),
    };
    Ok(vec![Measure::aggregate(name, slot)])
}

fn several(
    rule_type: RuleType,
    parameters: &[String],
    rows: &Rows,
    passes: &mut Passes,
) -> Result<Vec<Measure>, CheckError> {
    let first = parameters.first().map_or("", String::as_str);
    match rule_type {
        RuleType::ColumnCount => Ok(vec![Measure::known(
            "Dataset.*.ColumnCount",
            rows.fields.len() as f64,
        )]),
        RuleType::Completeness | RuleType::IsComplete => {
            Ok(vec![completeness(first, rows, passes)?])
        }
        RuleType::Uniqueness | RuleType::IsUnique => Ok(vec![spread(
            parameters,
            "Uniqueness",
            |spread| (spread.rows > 0.0).then(|| spread.unique / spread.rows),
            rows,
            passes,
        )?]),
        RuleType::IsPrimaryKey => {
            let mut measures = several(RuleType::Uniqueness, parameters, rows, passes)?;
            for column in parameters {
                measures.push(completeness(column, rows, passes)?);
            }
            Ok(measures)
        }
        RuleType::UniqueValueRatio => Ok(vec![spread(
            parameters,
            "UniqueValueRatio",
            |spread| (spread.distinct > 0.0).then(|| spread.unique / spread.distinct),
            rows,
            passes,
        )?]),
        RuleType::DistinctValuesCount => Ok(vec![spread(
            parameters,
            "DistinctValuesCount",
            |spread| Some(spread.distinct),
            rows,
            passes,
        )?]),
        RuleType::Entropy => Ok(vec![spread(
            parameters,
            "Entropy",
            |spread| (spread.rows > 0.0).then_some(spread.entropy),
            rows,
            passes,
        )?]),
        RuleType::ColumnLength => {
            let of = length(ident(first));
            extremes(first, of, "MinimumLength", "MaximumLength", rows, passes)
        }
        RuleType::ColumnValues => {
            let of = number(ident(first));
            extremes(first, of, "Minimum", "Maximum", rows, passes)
        }
        RuleType::AllStatistics => all_statistics(first, rows, passes),
        other => Err(CheckError::new(format!(
            "{} has no metric of one dataset that could be measured here",
            other.name()
        ))),
    }
}

fn completeness(column: &str, rows: &Rows, passes: &mut Passes) -> Result<Measure, CheckError> {
    let [present, all] = passes.ask(0, [rows.filtered(count(ident(column)))?, rows.count()?])?;
    Ok(Measure::ratio(
        format!("Column.{column}.Completeness"),
        present,
        all,
    ))
}

fn spread(
    columns: &[String],
    name: &str,
    of: fn(Spread) -> Option<f64>,
    rows: &Rows,
    passes: &mut Passes,
) -> Result<Measure, CheckError> {
    let counted = frequencies(columns.iter().map(ident).collect());
    let [slot] = passes.ask(0, [rows.filtered(counted)?])?;
    Ok(Measure {
        name: format!("{}.{name}", entity(columns)),
        value: Value::Spread(slot, of),
    })
}

fn extremes(
    column: &str,
    of: Expr,
    minimum: &str,
    maximum: &str,
    rows: &Rows,
    passes: &mut Passes,
) -> Result<Vec<Measure>, CheckError> {
    let ends = [rows.filtered(min(of.clone()))?, rows.filtered(max(of))?];
    let [low, high] = passes.ask(0, ends)?;
    Ok(vec![
        Measure::aggregate(format!("Column.{column}.{minimum}"), low),
        Measure::aggregate(format!("Column.{column}.{maximum}"), high),
    ])
}

/// What `AllStatistics` gathers depends on the column's type.
fn all_statistics(
    column: &str,
    rows: &Rows,
    passes: &mut Passes,
) -> Result<Vec<Measure>, CheckError> {
    let data_type = rows.column_type(column)?;
    let mut kinds = vec![
        RuleType::RowCount,
        RuleType::Completeness,
        RuleType::Uniqueness,
        RuleType::DistinctValuesCount,
        RuleType::UniqueValueRatio,
        RuleType::Entropy,
    ];
    if data_type.is_numeric() {
        kinds.extend([
            RuleType::ColumnValues,
            RuleType::Mean,
            RuleType::Sum,
            RuleType::StandardDeviation,
        ]);
    } else if data_type.is_string() {
        kinds.push(RuleType::ColumnLength);
    }
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    for kind in kinds {
        let parameters = match kind {
            RuleType::RowCount => Vec::new(),
            _ => vec![column.to_owned()],
        };
        for measure in measures(kind, &parameters, rows, passes)? {
            if seen.insert(measure.name.clone()) {
                all.push(measure);
            }
        }
    }
    Ok(all)
}
