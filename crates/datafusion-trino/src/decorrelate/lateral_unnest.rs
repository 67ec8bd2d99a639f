//! `t CROSS JOIN UNNEST(t.column)` and its `LEFT JOIN … ON TRUE`: DataFusion plans it as a join whose right side looks at the
//! left, and cannot run that. The same rows come from unnesting the column in the left side.

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, JoinType, NullHandling, Result, ScalarValue, UnnestOptions};
use datafusion::logical_expr::{Expr, Join, LogicalPlan, LogicalPlanBuilder};

use super::shape::outer_columns;

/// The join as an unnesting of its left side; none if it is more than that.
pub(super) fn rewrite(join: &Join) -> Result<Option<LogicalPlan>> {
    let Some(nulls) = rows_without_elements(join) else {
        return Ok(None);
    };
    for column in outer_columns(&join.right)? {
        if !join.left.schema().has_column(&column) {
            return Ok(None);
        }
    }
    graft(&join.right, &join.left, nulls)
}

/// What becomes of rows whose array is null or empty; none if the join compares anything.
fn rows_without_elements(join: &Join) -> Option<NullHandling> {
    let compares = match &join.filter {
        Some(Expr::Literal(ScalarValue::Boolean(Some(true)), _)) | None => !join.on.is_empty(),
        Some(_) => true,
    };
    match join.join_type {
        _ if compares => None,
        JoinType::Inner => Some(NullHandling::Drop),
        JoinType::Left => Some(NullHandling::PreserveAndExpandEmpty),
        _ => None,
    }
}

fn columns(plan: &LogicalPlan) -> impl Iterator<Item = Expr> {
    plan.schema().columns().into_iter().map(Expr::Column)
}

/// `right` with `left` in the place of the one empty row it stands on: each row of `left` beside
/// what was made of it. None if `right` is more than the unnesting of a column.
fn graft(
    right: &LogicalPlan,
    left: &LogicalPlan,
    nulls: NullHandling,
) -> Result<Option<LogicalPlan>> {
    match right {
        LogicalPlan::EmptyRelation(empty) if empty.produce_one_row => Ok(Some(left.clone())),
        LogicalPlan::Subquery(subquery) => graft(&subquery.subquery, left, nulls),
        LogicalPlan::Projection(projection) => {
            let Some(input) = graft(&projection.input, left, nulls)? else {
                return Ok(None);
            };
            let mut exprs: Vec<Expr> = columns(left).collect();
            for expr in &projection.expr {
                exprs.push(seen_from_inside(expr.clone())?);
            }
            LogicalPlanBuilder::from(input)
                .project(exprs)?
                .build()
                .map(Some)
        }
        LogicalPlan::Unnest(unnest) => {
            let Some(input) = graft(&unnest.input, left, nulls)? else {
                return Ok(None);
            };
            let options = UnnestOptions {
                null_handling: nulls,
                ..unnest.options.clone()
            };
            LogicalPlanBuilder::from(input)
                .unnest_columns_with_options(unnest.exec_columns.clone(), options)?
                .build()
                .map(Some)
        }
        LogicalPlan::SubqueryAlias(alias) => {
            let Some(input) = graft(&alias.input, left, nulls)? else {
                return Ok(None);
            };
            let made = alias
                .input
                .schema()
                .columns()
                .into_iter()
                .map(|column: Column| {
                    let name = column.name.clone();
                    Expr::Column(column).alias_qualified(Some(alias.alias.clone()), name)
                });
            let exprs: Vec<Expr> = columns(left).chain(made).collect();
            LogicalPlanBuilder::from(input)
                .project(exprs)?
                .build()
                .map(Some)
        }
        _ => Ok(None),
    }
}

/// The expression with references to the outside as the columns they have become.
fn seen_from_inside(expr: Expr) -> Result<Expr> {
    let seen = expr.transform(|part| {
        Ok(match part {
            Expr::OuterReferenceColumn(_, column) => Transformed::yes(Expr::Column(column)),
            part => Transformed::no(part),
        })
    })?;
    Ok(seen.data)
}
