//! What a subquery looks at, and whether DataFusion unnests it itself.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, JoinType, Result};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Expr, LogicalPlan, Operator};

/// All columns of the outside that a plan looks at, each once.
pub(super) fn outer_columns(plan: &LogicalPlan) -> Result<Vec<Column>> {
    let mut columns = Vec::new();
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            note_outer_columns(expr, &mut columns)?;
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    Ok(columns)
}

fn note_outer_columns(expr: &Expr, columns: &mut Vec<Column>) -> Result<()> {
    expr.apply(|part| {
        if let Expr::OuterReferenceColumn(_, column) = part
            && !columns.iter().any(|known| is_same(known, column))
        {
            columns.push(column.clone());
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}

/// Those that are columns of `schema`.
pub(super) fn outer_columns_of(plan: &LogicalPlan, schema: &DFSchema) -> Result<Vec<Column>> {
    let mut columns = outer_columns(plan)?;
    columns.retain(|column| schema.has_column(column));
    Ok(columns)
}

pub(super) fn is_same(one: &Column, other: &Column) -> bool {
    one.relation == other.relation && one.name == other.name
}

fn looks_outside(expr: &Expr) -> Result<bool> {
    expr.exists(|part| Ok(matches!(part, Expr::OuterReferenceColumn(..))))
}

/// Whether the plan gives one row, whatever there is.
pub(super) fn is_one_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Projection(projection) => is_one_row(&projection.input),
        LogicalPlan::SubqueryAlias(alias) => is_one_row(&alias.input),
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.is_empty(),
        LogicalPlan::EmptyRelation(empty) => empty.produce_one_row,
        _ => false,
    }
}

/// Whether only filters look outside, and nothing stands above them that must see all rows.
pub(super) fn is_flat(plan: &LogicalPlan, accepts: fn(&Expr) -> Result<bool>) -> Result<bool> {
    if outer_columns(plan)?.is_empty() {
        return Ok(true);
    }
    match plan {
        LogicalPlan::Filter(filter) => {
            for condition in split_conjunction(&filter.predicate) {
                if looks_outside(condition)? && !accepts(condition)? {
                    return Ok(false);
                }
            }
            is_flat(&filter.input, accepts)
        }
        LogicalPlan::Projection(projection) => {
            for expr in &projection.expr {
                if looks_outside(expr)? {
                    return Ok(false);
                }
            }
            is_flat(&projection.input, accepts)
        }
        LogicalPlan::SubqueryAlias(alias) => is_flat(&alias.input, accepts),
        LogicalPlan::Join(join) if join.join_type == JoinType::Inner && join.filter.is_none() => {
            Ok(is_flat(&join.left, accepts)? && is_flat(&join.right, accepts)?)
        }
        _ => Ok(false),
    }
}

/// Whether the plan aggregates all rows that are equal to the outside in something.
pub(super) fn is_equal_aggregate(plan: &LogicalPlan) -> Result<bool> {
    match plan {
        LogicalPlan::Projection(projection) => {
            for expr in &projection.expr {
                if looks_outside(expr)? {
                    return Ok(false);
                }
            }
            is_equal_aggregate(&projection.input)
        }
        LogicalPlan::SubqueryAlias(alias) => is_equal_aggregate(&alias.input),
        LogicalPlan::Aggregate(aggregate) if aggregate.group_expr.is_empty() => {
            for expr in &aggregate.aggr_expr {
                if looks_outside(expr)? {
                    return Ok(false);
                }
            }
            is_flat(&aggregate.input, is_equality)
        }
        _ => Ok(false),
    }
}

/// Any condition on columns; not one that holds a subquery, which could look outside as well.
pub(super) fn is_condition(condition: &Expr) -> Result<bool> {
    Ok(!condition.exists(|part| Ok(is_subquery(part)))?)
}

fn is_equality(condition: &Expr) -> Result<bool> {
    Ok(match condition {
        Expr::BinaryExpr(comparison) => {
            comparison.op == Operator::Eq
                && looks_outside(&comparison.left)? != looks_outside(&comparison.right)?
        }
        _ => false,
    })
}

pub(super) fn is_subquery(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_) | Expr::SetComparison(_)
    )
}
