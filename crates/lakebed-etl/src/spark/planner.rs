//! How Spark plans operators: `/` never cuts off fractions, dividing by zero is null, texts are
//! cast to what stands beside them.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Column, DFSchema, Result, TableReference, plan_err};
use datafusion::functions::core::expr_fn::{get_field, nullif};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr, TypePlanner};
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, Operator, lit};
use datafusion::sql::sqlparser::ast::{BinaryOperator, DataType as SqlType};

use super::cast::spark_cast;
use super::coerce::{Typed, as_number, comparable, is_text};
use super::functions::string::substring;
use crate::{columns, types};

/// Spark's operators.
#[derive(Debug)]
pub(super) struct SparkExprPlanner;

impl ExprPlanner for SparkExprPlanner {
    fn plan_binary_op(
        &self,
        expr: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        let left: Typed = (expr.left.clone(), expr.left.get_type(schema)?);
        let right: Typed = (expr.right.clone(), expr.right.get_type(schema)?);
        let planned = match &expr.op {
            BinaryOperator::Divide => divide(left, right),
            BinaryOperator::MyIntegerDivide => {
                let (left, right) = (whole(left), whole(right));
                binary(left, Operator::Divide, nullif(right, lit(0_i64)))
            }
            BinaryOperator::Modulo => {
                let right = nullif(as_number(right), lit(0_i64));
                binary(as_number(left), Operator::Modulo, right)
            }
            BinaryOperator::Plus | BinaryOperator::Minus | BinaryOperator::Multiply
                if is_text(&left.1) != is_text(&right.1) || is_text(&left.1) =>
            {
                if left.1.is_temporal() || right.1.is_temporal() {
                    return Ok(PlannerResult::Original(expr));
                }
                let operator = match expr.op {
                    BinaryOperator::Plus => Operator::Plus,
                    BinaryOperator::Minus => Operator::Minus,
                    _ => Operator::Multiply,
                };
                binary(as_number(left), operator, as_number(right))
            }
            BinaryOperator::StringConcat => {
                let text = |(value, data_type): Typed| {
                    if is_text(&data_type) {
                        value
                    } else {
                        spark_cast(value, &DataType::Utf8)
                    }
                };
                binary(text(left), Operator::StringConcat, text(right))
            }
            comparison if is_text(&left.1) != is_text(&right.1) => {
                let Some(operator) = comparison_operator(comparison) else {
                    return Ok(PlannerResult::Original(expr));
                };
                let (left, right) = comparable(left, right);
                binary(left, operator, right)
            }
            _ => return Ok(PlannerResult::Original(expr)),
        };
        Ok(PlannerResult::Planned(planned))
    }

    /// `profile.homeCity`: fields of structs match in any case.
    fn plan_compound_identifier(
        &self,
        field: &Field,
        qualifier: Option<&TableReference>,
        nested_names: &[String],
    ) -> Result<PlannerResult<Vec<Expr>>> {
        let mut value = Expr::Column(Column::from((qualifier, field)));
        let mut data_type = field.data_type();
        for name in nested_names {
            let DataType::Struct(fields) = data_type else {
                return plan_err!("'{name}' is not a field: {value} is {data_type}, not a struct");
            };
            let Some(inner) = columns::field(fields, name) else {
                return plan_err!(
                    "field '{name}' not found in {value}; available: {}",
                    columns::names(fields)
                );
            };
            value = get_field(value, inner.name().clone());
            data_type = inner.data_type();
        }
        Ok(PlannerResult::Planned(value))
    }

    fn plan_substring(&self, args: Vec<Expr>) -> Result<PlannerResult<Vec<Expr>>> {
        Ok(PlannerResult::Planned(substring(args)))
    }
}

fn divide(left: Typed, right: Typed) -> Expr {
    let decimals = matches!(left.1, DataType::Decimal128(..))
        && (matches!(right.1, DataType::Decimal128(..)) || right.1.is_integer());
    if decimals {
        return binary(left.0, Operator::Divide, nullif(right.0, lit(0_i64)));
    }
    let double = |(value, data_type): Typed| {
        if data_type == DataType::Float64 {
            value
        } else {
            spark_cast(value, &DataType::Float64)
        }
    };
    binary(
        double(left),
        Operator::Divide,
        nullif(double(right), lit(0.0_f64)),
    )
}

fn whole((value, data_type): Typed) -> Expr {
    if data_type == DataType::Int64 {
        value
    } else {
        spark_cast(value, &DataType::Int64)
    }
}

fn comparison_operator(operator: &BinaryOperator) -> Option<Operator> {
    Some(match operator {
        BinaryOperator::Eq => Operator::Eq,
        BinaryOperator::NotEq => Operator::NotEq,
        BinaryOperator::Lt => Operator::Lt,
        BinaryOperator::LtEq => Operator::LtEq,
        BinaryOperator::Gt => Operator::Gt,
        BinaryOperator::GtEq => Operator::GtEq,
        _ => return None,
    })
}

fn binary(left: Expr, operator: Operator, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), operator, Box::new(right)))
}

/// Spark's type names.
#[derive(Debug)]
pub(super) struct SparkTypePlanner;

impl TypePlanner for SparkTypePlanner {
    fn plan_type_field(&self, sql_type: &SqlType) -> Result<Option<FieldRef>> {
        let data_type = types::parse(&sql_type.to_string()).ok();
        Ok(data_type.map(|data_type| Arc::new(Field::new("", data_type, true))))
    }
}
