//! `t, LATERAL (…)` and `t LEFT JOIN LATERAL (…) ON …`.

use datafusion::common::{JoinType, Result};
use datafusion::logical_expr::{Expr, Join, LogicalPlan, LogicalPlanBuilder};

use super::outside::Outside;
use super::shape::outer_columns_of;
use super::{Names, lateral_unnest};

/// The join without its right side looking at its left; none if it does not.
pub(super) fn rewrite(join: &Join, names: &mut Names) -> Result<Option<LogicalPlan>> {
    if !matches!(join.join_type, JoinType::Inner | JoinType::Left) {
        return Ok(None);
    }
    let columns = outer_columns_of(&join.right, join.left.schema())?;
    if columns.is_empty() {
        return Ok(None);
    }
    if let Some(flat) = lateral_unnest::rewrite(join)? {
        return Ok(Some(flat));
    }
    let outside = Outside::new(&join.left, columns, names)?;
    let right = outside.beside(&join.right)?;
    let on = join.on.iter().cloned().map(|(left, right)| left.eq(right));
    let conditions = outside.equalities().chain(on).chain(join.filter.clone());
    let columns = join.schema.columns().into_iter().map(Expr::Column);
    LogicalPlanBuilder::from(join.left.as_ref().clone())
        .join_on(right, join.join_type, conditions)?
        .project(columns.collect::<Vec<_>>())?
        .build()
        .map(Some)
}
