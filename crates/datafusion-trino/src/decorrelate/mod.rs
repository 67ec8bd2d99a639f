//! Subqueries that look at what is around them, and those in places where DataFusion takes none.
//!
//! A subquery is computed for all the rows around it at once: its plan is joined with the values it
//! looks at, each set of them once ([`outside::Outside`]), and its rows are joined back with the
//! rows that have those values. Neumann and Kemper, "Unnesting arbitrary queries". What DataFusion
//! unnests well itself stays as it is ([`shape`]).

mod expressions;
mod lateral;
mod lateral_unnest;
mod outside;
mod quantified;
mod shape;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, Result};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, LogicalPlan};

use crate::error::{ErrorCode, TrinoError};

/// Replaces the subqueries of a plan that DataFusion could not run.
///
/// # Errors
/// `NOT_SUPPORTED` for a subquery that looks outside from a place it cannot be unnested from.
pub(crate) fn rewrite(plan: LogicalPlan) -> Result<LogicalPlan> {
    let mut names = Names::default();
    let rewritten = plan.transform_up_with_subqueries(|plan| {
        let joined = match &plan {
            LogicalPlan::Join(join) => lateral::rewrite(join, &mut names)?,
            _ => None,
        };
        let plan = joined.map_or_else(|| Transformed::no(plan), Transformed::yes);
        plan.transform_data(|plan| expressions::rewrite(plan, &mut names))
    })?;
    Ok(rewritten.data)
}

/// Names of columns that no query has.
#[derive(Debug, Default)]
struct Names(usize);

impl Names {
    fn next(&mut self, what: &str) -> String {
        self.0 += 1;
        format!("__{what}_{}", self.0)
    }
}

fn not_supported() -> DataFusionError {
    TrinoError::new(
        ErrorCode::NotSupported,
        "Given correlated subquery is not supported",
    )
    .into()
}

fn unqualified(name: &str) -> Expr {
    Expr::Column(Column::new_unqualified(name))
}
