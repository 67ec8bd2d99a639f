//! Aggregate: groups rows and computes one value a group and function.
//!
//! Columns are named as Spark names them: `avg(score)`, `count(DISTINCT grade)`.

use datafusion::functions_aggregate::expr_fn::{
    avg, count, count_distinct, first_value, last_value, max, min, stddev, stddev_pop, sum,
    sum_distinct, var_pop, var_sample,
};
use datafusion::logical_expr::Expr;
use datafusion::prelude::DataFrame;
use lakebed_wire::glue::{self, AggFunction};

use super::Input;
use crate::columns::{self, Found};
use crate::error::NodeError;
use crate::spark::coerce::as_number;
use crate::spark::functions::aggregate::{kurtosis, skewness};

pub(super) fn aggregate(settings: &glue::Aggregate, input: Input) -> Result<DataFrame, NodeError> {
    let fields = input.fields();
    let mut groups = Vec::with_capacity(settings.groups.len());
    for path in &settings.groups {
        let found = columns::find(fields, path)?;
        groups.push(found.expr.alias(last_key(&found.path)));
    }
    let mut aggregates = Vec::with_capacity(settings.aggs.len());
    for operation in &settings.aggs {
        let found = columns::find(fields, &operation.column)?;
        let name = column_name(operation.agg_func, &found.path.join("."));
        aggregates.push(apply(operation.agg_func, &found).alias(name));
    }
    if aggregates.is_empty() {
        return Err(NodeError::Setting(
            "there is no function to compute".to_owned(),
        ));
    }
    Ok(input.frame.aggregate(groups, aggregates)?)
}

fn last_key(path: &[String]) -> String {
    path.last().cloned().unwrap_or_default()
}

fn column_name(function: AggFunction, column: &str) -> String {
    match function {
        AggFunction::CountDistinct => format!("count(DISTINCT {column})"),
        AggFunction::SumDistinct => format!("sum(DISTINCT {column})"),
        other => format!("{other}({column})"),
    }
}

fn apply(function: AggFunction, column: &Found) -> Expr {
    let value = column.expr.clone();
    let number = || as_number((column.expr.clone(), column.data_type.clone()));
    match function {
        AggFunction::Avg => avg(number()),
        AggFunction::CountDistinct => count_distinct(value),
        AggFunction::Count => count(value),
        AggFunction::First => first_value(value, vec![]),
        AggFunction::Last => last_value(value, vec![]),
        AggFunction::Kurtosis => kurtosis(number()),
        AggFunction::Max => max(value),
        AggFunction::Min => min(value),
        AggFunction::Skewness => skewness(number()),
        AggFunction::StddevSamp => stddev(number()),
        AggFunction::StddevPop => stddev_pop(number()),
        AggFunction::Sum => sum(number()),
        AggFunction::SumDistinct => sum_distinct(number()),
        AggFunction::VarSamp => var_sample(number()),
        AggFunction::VarPop => var_pop(number()),
    }
}
