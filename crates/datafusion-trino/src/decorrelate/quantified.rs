//! `IN`, `ANY`, `ALL` and `EXISTS` as subqueries that give one truth value.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::functions::core::expr_fn::named_struct;
use datafusion::functions_aggregate::bool_and_or::bool_or;
use datafusion::functions_aggregate::count::{count, count_all};
use datafusion::logical_expr::expr::SetQuantifier;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{
    BinaryExpr, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Operator, lit, when,
};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::not_supported;
use crate::coercion::Operators;
use crate::types::Own;

/// Whether there are rows.
pub(super) fn exists(subquery: &LogicalPlan) -> Result<LogicalPlan> {
    let counted = LogicalPlanBuilder::from(subquery.clone())
        .aggregate(Vec::<Expr>::new(), vec![count_all()])?
        .build()?;
    let rows = Expr::Column(counted.schema().columns().remove(0));
    LogicalPlanBuilder::from(counted)
        .project(vec![rows.gt(lit(0_i64)).alias("exists")])?
        .build()
}

/// Whether `value`, of the rows around, compares so with any or all rows of the subquery: null if
/// that hangs on a comparison that gives null.
pub(super) fn compares(
    value: &Expr,
    operator: Operator,
    quantifier: SetQuantifier,
    subquery: &LogicalPlan,
    around: &DFSchema,
) -> Result<LogicalPlan> {
    let is_all = quantifier == SetQuantifier::All;
    let operator = match is_all {
        true => operator.negate().ok_or_else(not_supported)?,
        false => operator,
    };
    let value = seen_from_inside(value.clone(), around)?;
    let item = Expr::Column(subquery.schema().columns().remove(0));
    let (value, item) = as_rows(value, item, subquery.schema())?;
    let compared = compare(value, operator, item, subquery.schema())?;
    let compared = LogicalPlanBuilder::from(subquery.clone())
        .project(vec![compared.alias("compared")])?
        .build()?;
    let result = || Expr::Column(compared.schema().columns().remove(0));
    let functions = vec![bool_or(result()), count(result()), count_all()];
    let counted = LogicalPlanBuilder::from(compared.clone())
        .aggregate(Vec::<Expr>::new(), functions)?
        .build()?;
    let [any, known, rows]: [Expr; 3] = counted
        .schema()
        .columns()
        .into_iter()
        .map(Expr::Column)
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| not_supported())?;
    let answer = when(any.is_true(), lit(!is_all))
        .when(known.lt(rows), lit(ScalarValue::Boolean(None)))
        .otherwise(lit(is_all))?;
    LogicalPlanBuilder::from(counted)
        .project(vec![answer.alias("answer")])?
        .build()
}

/// The expression of the rows around as the subquery sees it.
fn seen_from_inside(expr: Expr, around: &DFSchema) -> Result<Expr> {
    let seen = expr.transform(|part| {
        Ok(match part {
            Expr::Column(column) => {
                let (_, field) = around.qualified_field_from_column(&column)?;
                Transformed::yes(Expr::OuterReferenceColumn(Arc::clone(field), column))
            }
            part => Transformed::no(part),
        })
    })?;
    Ok(seen.data)
}

/// A row of one field compares with a value as with a row of it.
fn as_rows(value: Expr, item: Expr, schema: &DFSchema) -> Result<(Expr, Expr)> {
    let (left, right) = (value.get_type(schema)?, item.get_type(schema)?);
    let row = |expr: Expr| named_struct(vec![lit("c0"), expr]);
    Ok(match (is_row_of_one(&left), is_row(&right)) {
        (true, false) if !right.is_null() => (value, row(item)),
        _ if is_row_of_one(&right) && !is_row(&left) && !left.is_null() => (row(value), item),
        _ => (value, item),
    })
}

pub(super) fn is_row(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Struct(_)) && Own::of(data_type).is_none()
}

fn is_row_of_one(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Struct(fields) if fields.len() == 1) && is_row(data_type)
}

/// The comparison as it is planned where it is written out.
fn compare(left: Expr, operator: Operator, right: Expr, schema: &DFSchema) -> Result<Expr> {
    let op = match operator {
        Operator::Eq => BinaryOperator::Eq,
        Operator::NotEq => BinaryOperator::NotEq,
        Operator::Lt => BinaryOperator::Lt,
        Operator::LtEq => BinaryOperator::LtEq,
        Operator::Gt => BinaryOperator::Gt,
        Operator::GtEq => BinaryOperator::GtEq,
        _ => return Err(not_supported()),
    };
    let written = RawBinaryExpr { op, left, right };
    Ok(match Operators.plan_binary_op(written, schema)? {
        PlannerResult::Planned(planned) => planned,
        PlannerResult::Original(RawBinaryExpr { left, right, .. }) => {
            Expr::BinaryExpr(BinaryExpr::new(Box::new(left), operator, Box::new(right)))
        }
    })
}
