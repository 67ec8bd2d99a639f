//! DropNullFields: removes the columns that hold nothing but nulls, and what the node's settings
//! count as null: empty texts, the text `null`, the number -1, or values of one's own.
//!
//! All rows are read once to find these columns. An input without rows keeps its columns.

use std::collections::BTreeSet;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::functions::string::expr_fn::btrim;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{Expr, ident, lit, when};
use datafusion::prelude::DataFrame;
use datafusion::scalar::ScalarValue;
use lakebed_wire::glue;

use super::{Input, NodeLog};
use crate::error::NodeError;

pub(super) async fn drop(
    settings: &glue::DropNullFields,
    input: Input,
    log: &NodeLog<'_>,
) -> Result<DataFrame, NodeError> {
    let placeholders = Placeholders::of(settings)?;
    let mut counts = vec![count(lit(1)).alias("rows")];
    for (position, field) in input.fields().iter().enumerate() {
        let present = placeholders.present(ident(field.name()), field.data_type())?;
        counts.push(count(present).alias(format!("present_{position}")));
    }
    let counted = input
        .frame
        .clone()
        .aggregate(vec![], counts)?
        .collect()
        .await?;
    let count_at = |column: usize| -> i64 {
        counted
            .iter()
            .filter(|batch| batch.num_rows() > 0)
            .map(|batch| batch.column(column).as_primitive::<Int64Type>().value(0))
            .sum()
    };
    if count_at(0) == 0 {
        log.warn("the input has no rows, so no column is dropped");
        return Ok(input.frame);
    }
    let mut kept = Vec::new();
    let mut dropped = Vec::new();
    for (position, field) in input.fields().iter().enumerate() {
        if count_at(position + 1) > 0 {
            kept.push(ident(field.name()));
        } else {
            dropped.push(field.name().as_str());
        }
    }
    if kept.is_empty() {
        return Err(NodeError::Setting(
            "every column holds nothing but nulls".to_owned(),
        ));
    }
    if !dropped.is_empty() {
        log.info(&format!("drops {}", dropped.join(", ")));
    }
    Ok(input.frame.select(kept)?)
}

/// What counts as null besides null.
struct Placeholders {
    texts: BTreeSet<String>,
    numbers: Vec<f64>,
}

impl Placeholders {
    fn of(settings: &glue::DropNullFields) -> Result<Self, NodeError> {
        let mut texts = BTreeSet::new();
        let mut numbers = Vec::new();
        if let Some(boxes) = &settings.null_check_box_list {
            if boxes.is_empty == Some(true) {
                texts.insert(String::new());
            }
            if boxes.is_null_string == Some(true) {
                texts.insert("null".to_owned());
            }
            if boxes.is_neg_one == Some(true) {
                numbers.push(-1.0);
            }
        }
        for own in settings.null_text_list.iter().flatten() {
            if own.datatype.id.eq_ignore_ascii_case("string") {
                texts.insert(own.value.trim().to_owned());
                continue;
            }
            numbers.push(own.value.trim().parse().map_err(|_| {
                NodeError::Setting(format!(
                    "null value '{}' is not a number, though its type is {}",
                    own.value, own.datatype.id
                ))
            })?);
        }
        Ok(Self { texts, numbers })
    }

    /// The value, null where it only stands for null.
    fn present(&self, value: Expr, data_type: &DataType) -> Result<Expr, NodeError> {
        let placeholders: Vec<Expr> = match data_type {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
                self.texts.iter().map(lit).collect()
            }
            number if number.is_numeric() => self.numbers.iter().map(|n| lit(*n)).collect(),
            _ => Vec::new(),
        };
        if placeholders.is_empty() {
            return Ok(value);
        }
        let compared = if data_type.is_numeric() {
            value.clone()
        } else {
            btrim(vec![value.clone()])
        };
        Ok(when(
            compared.in_list(placeholders, false),
            lit(ScalarValue::Null),
        )
        .otherwise(value)?)
    }
}
