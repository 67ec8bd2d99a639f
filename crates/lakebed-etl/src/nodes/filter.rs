//! Filter: keeps the rows for which the conditions hold.
//!
//! Glue Studio turns the conditions into a Python function over records, so equality counts null
//! as a value, the other comparisons are false for null, and a pattern must match from the start
//! of the text (Python's `re.match`).

use datafusion::arrow::datatypes::{DataType, Fields};
use datafusion::functions::regex::expr_fn::regexp_like;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, lit};
use datafusion::prelude::DataFrame;
use lakebed_wire::glue::{
    self, FilterExpression, FilterLogicalOperator, FilterOperation, FilterValue, FilterValueType,
};

use super::Input;
use crate::columns;
use crate::error::NodeError;
use crate::spark::cast::spark_cast;
use crate::spark::coerce::comparable;

pub(super) fn filter(settings: &glue::Filter, input: Input) -> Result<DataFrame, NodeError> {
    let mut conditions = Vec::with_capacity(settings.filters.len());
    for filter in &settings.filters {
        conditions.push(condition(filter, input.fields())?);
    }
    let join = match settings.logical_operator {
        FilterLogicalOperator::And => Expr::and,
        FilterLogicalOperator::Or => Expr::or,
    };
    let Some(condition) = conditions.into_iter().reduce(join) else {
        return Err(NodeError::Setting("there is no condition".to_owned()));
    };
    Ok(input.frame.filter(condition)?)
}

/// A value and its type.
type Typed = (Expr, DataType);

fn condition(filter: &FilterExpression, fields: &Fields) -> Result<Expr, NodeError> {
    let condition = match (filter.operation, &filter.values[..]) {
        (FilterOperation::Isnull, [column]) => value(column, fields)?.0.is_null(),
        (FilterOperation::Regex, [column, pattern]) => {
            let (text, data_type) = value(column, fields)?;
            let text = if data_type == DataType::Utf8 {
                text
            } else {
                spark_cast(text, &DataType::Utf8)
            };
            regexp_like(text, lit(format!("^(?:{})", constant(pattern)?)), None)
        }
        (FilterOperation::Regex | FilterOperation::Isnull, values) => {
            return Err(wrong_count(filter.operation, values.len()));
        }
        (operation, [left, right]) => compare(operation, left, right, fields)?,
        (operation, values) => return Err(wrong_count(operation, values.len())),
    };
    Ok(if filter.negated == Some(true) {
        Expr::Not(Box::new(condition))
    } else {
        condition
    })
}

fn compare(
    operation: FilterOperation,
    left: &FilterValue,
    right: &FilterValue,
    fields: &Fields,
) -> Result<Expr, NodeError> {
    let typed = (value(left, fields)?, value(right, fields)?);
    let (left, right) = match (left.r#type, right.r#type, typed) {
        (_, FilterValueType::Constant, (column, _)) if column.1.is_numeric() => {
            (column.0, number(right)?)
        }
        (FilterValueType::Constant, _, (_, column)) if column.1.is_numeric() => {
            (number(left)?, column.0)
        }
        (_, _, (left, right)) => comparable(left, right),
    };
    let operator = match operation {
        FilterOperation::Lt => Operator::Lt,
        FilterOperation::Gt => Operator::Gt,
        FilterOperation::Lte => Operator::LtEq,
        FilterOperation::Gte => Operator::GtEq,
        _ => Operator::IsNotDistinctFrom,
    };
    Ok(Expr::BinaryExpr(BinaryExpr::new(
        Box::new(left),
        operator,
        Box::new(right),
    )))
}

fn value(value: &FilterValue, fields: &Fields) -> Result<Typed, NodeError> {
    match value.r#type {
        FilterValueType::Columnextracted => {
            let found = columns::find(fields, &value.value)?;
            Ok((found.expr, found.data_type))
        }
        FilterValueType::Constant => Ok((lit(constant(value)?), DataType::Utf8)),
    }
}

fn constant(value: &FilterValue) -> Result<String, NodeError> {
    match &value.value[..] {
        [constant] => Ok(constant.clone()),
        other => Err(NodeError::Setting(format!(
            "a constant is one value, got {}",
            other.len()
        ))),
    }
}

/// A constant that is compared with numbers.
fn number(value: &FilterValue) -> Result<Expr, NodeError> {
    let text = constant(value)?;
    let text = text.trim();
    match (text.parse::<i64>(), text.parse::<f64>()) {
        (Ok(whole), _) => Ok(lit(whole)),
        (_, Ok(number)) => Ok(lit(number)),
        _ => Err(NodeError::Setting(format!(
            "'{text}' is not a number, but it is compared with numbers"
        ))),
    }
}

fn wrong_count(operation: FilterOperation, count: usize) -> NodeError {
    let expected = if operation == FilterOperation::Isnull {
        "1 value"
    } else {
        "2 values"
    };
    NodeError::Setting(format!("{operation} takes {expected}, got {count}"))
}
