//! Coercion where an expression has more than two operands: IN, BETWEEN, CASE.

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, cast};

use super::common_type::common_type;
use crate::error::TrinoError;
use crate::functions::type_name;

/// The plan with the operands of such expressions cast to the type they have in common.
pub(crate) fn rewrite(plan: LogicalPlan) -> Result<LogicalPlan> {
    let rewritten = plan.transform_up_with_subqueries(|plan| {
        let schema = merge_schema(&plan.inputs());
        let coerced =
            plan.map_expressions(|expr| expr.transform_up(|expr| coerce(expr, &schema)))?;
        coerced.map_data(LogicalPlan::recompute_schema)
    });
    Ok(rewritten?.data)
}

fn coerce(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    match expr {
        Expr::Between(mut between) => {
            let operands = [&between.expr, &between.low, &between.high];
            let types = types(&operands.map(AsRef::as_ref), schema)?;
            let common = common_of(&types).ok_or_else(|| {
                TrinoError::wrong_types(format!(
                    "Cannot check if {} is BETWEEN {} and {}",
                    type_name(&types[0]),
                    type_name(&types[1]),
                    type_name(&types[2])
                ))
            })?;
            for operand in [&mut between.expr, &mut between.low, &mut between.high] {
                cast_in_place(operand, &common, schema)?;
            }
            Ok(Transformed::yes(Expr::Between(between)))
        }
        Expr::InList(mut list) => {
            let operands: Vec<&Expr> = std::iter::once(list.expr.as_ref())
                .chain(&list.list)
                .collect();
            let types = types(&operands, schema)?;
            let common = common_of(&types).ok_or_else(|| {
                let names: Vec<String> = types.iter().map(type_name).collect();
                TrinoError::wrong_types(format!(
                    "IN value and list items must be the same type or coercible to a common type. Cannot find common type between {}",
                    names.join(" and ")
                ))
            })?;
            cast_in_place(&mut list.expr, &common, schema)?;
            for item in &mut list.list {
                cast_in_place(item, &common, schema)?;
            }
            Ok(Transformed::yes(Expr::InList(list)))
        }
        Expr::Case(mut case) => {
            let results = case.when_then_expr.iter().map(|(_, then)| then.as_ref());
            let results: Vec<&Expr> = results.chain(case.else_expr.as_deref()).collect();
            let types = types(&results, schema)?;
            let common = common_of(&types).ok_or_else(|| {
                let names: Vec<String> = types.iter().map(type_name).collect();
                TrinoError::wrong_types(format!(
                    "All CASE results must be the same type or coercible to a common type. Cannot find common type between {}",
                    names.join(" and ")
                ))
            })?;
            for (_, then) in &mut case.when_then_expr {
                cast_in_place(then, &common, schema)?;
            }
            if let Some(otherwise) = &mut case.else_expr {
                cast_in_place(otherwise, &common, schema)?;
            }
            Ok(Transformed::yes(Expr::Case(case)))
        }
        other => Ok(Transformed::no(other)),
    }
}

fn types(operands: &[&Expr], schema: &DFSchema) -> Result<Vec<DataType>> {
    operands.iter().map(|expr| expr.get_type(schema)).collect()
}

fn common_of(types: &[DataType]) -> Option<DataType> {
    let (first, rest) = types.split_first()?;
    rest.iter()
        .try_fold(first.clone(), |common, other| common_type(&common, other))
}

fn cast_in_place(expr: &mut Expr, wanted: &DataType, schema: &DFSchema) -> Result<()> {
    if expr.get_type(schema)? != *wanted {
        let operand = std::mem::take(expr);
        *expr = cast(operand, wanted.clone());
    }
    Ok(())
}
