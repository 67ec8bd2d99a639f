//! FillMissingValues: adds a column with the missing values (null or empty text) of another filled.
//!
//! Glue estimates each value with a model it trains on the input and does not describe. Here every
//! missing value becomes the mean of the present ones where they are numbers, else the most
//! frequent one (the smallest of equals): the same for the same input, and the run's log says so.

use datafusion::arrow::datatypes::DataType;
use datafusion::functions::core::expr_fn::{coalesce, nullif};
use datafusion::functions::math::expr_fn::round;
use datafusion::functions_aggregate::expr_fn::{avg, count};
use datafusion::logical_expr::{Expr, ident, lit};
use datafusion::prelude::DataFrame;
use datafusion::scalar::ScalarValue;
use lakebed_wire::glue;

use super::{Input, NodeLog};
use crate::columns::{self, Found};
use crate::error::NodeError;
use crate::spark::cast::spark_cast;

pub(super) async fn fill(
    settings: &glue::FillMissingValues,
    input: Input,
    log: &NodeLog<'_>,
) -> Result<DataFrame, NodeError> {
    let path = [settings.imputed_path.clone()];
    let found = columns::find(input.fields(), &path)?;
    let present = if found.data_type == DataType::Utf8 {
        nullif(found.expr.clone(), lit(""))
    } else {
        found.expr.clone()
    };
    let estimate = estimate(&input.frame, &found, &present).await?;
    let column = found.path.join(".");
    let filled = settings
        .filled_path
        .clone()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| format!("{column}_filled"));
    log.info(&format!(
        "fills missing '{column}' with {estimate}, the {} of the present values, into '{filled}'; \
         glue would estimate each with a model",
        if is_averaged(&found.data_type) {
            "mean"
        } else {
            "most frequent"
        }
    ));
    let value = coalesce(vec![present, lit(estimate)]);
    let mut output: Vec<Expr> = input
        .fields()
        .iter()
        .filter(|field| *field.name() != filled)
        .map(|field| ident(field.name()))
        .collect();
    output.push(value.alias(filled));
    Ok(input.frame.select(output)?)
}

fn is_averaged(data_type: &DataType) -> bool {
    data_type.is_numeric()
}

/// The value that stands for the missing ones; null if no value is present.
async fn estimate(
    frame: &DataFrame,
    found: &Found,
    present: &Expr,
) -> Result<ScalarValue, NodeError> {
    let chosen = if is_averaged(&found.data_type) {
        let mean = avg(spark_cast(present.clone(), &DataType::Float64));
        let averaged = frame.clone().aggregate(vec![], vec![mean.alias("mean")])?;
        let mean = if found.data_type.is_integer() {
            round(vec![ident("mean")])
        } else {
            ident("mean")
        };
        averaged.select(vec![spark_cast(mean, &found.data_type).alias("value")])?
    } else {
        frame
            .clone()
            .filter(present.clone().is_not_null())?
            .aggregate(
                vec![present.clone().alias("value")],
                vec![count(lit(1)).alias("times")],
            )?
            .sort(vec![
                ident("times").sort(false, false),
                ident("value").sort(true, false),
            ])?
            .limit(0, Some(1))?
            .select(vec![ident("value")])?
    };
    for batch in chosen.collect().await? {
        if batch.num_rows() > 0 {
            return Ok(ScalarValue::try_from_array(batch.column(0), 0)?);
        }
    }
    Ok(ScalarValue::try_from(&found.data_type)?)
}
