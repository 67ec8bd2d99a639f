//! `FETCH FIRST n ROWS WITH TIES`: rows that are ordered like the last one come along. Trino manual,
//! "SELECT", "LIMIT or FETCH FIRST clause".
//!
//! The parser's limit becomes a call of a function ([`marked`]), which the plan is searched for.

use std::sync::LazyLock;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, Result};
use datafusion::functions_window::rank::rank_udwf;
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::{
    Expr, ExprFunctionExt, Limit, LogicalPlan, LogicalPlanBuilder, ScalarUDF, Sort,
    WindowFunctionDefinition,
};
use datafusion::sql::sqlparser::ast::Expr as SqlExpr;

use crate::error::{ErrorCode, TrinoError};
use crate::functions;
use crate::functions::scalar::{Kind, scalar};

const NAME: &str = "$with_ties";
const RANK: &str = "$rank";

/// A limit that lets ties in.
pub(crate) fn marked(limit: SqlExpr) -> SqlExpr {
    functions::call(NAME, vec![limit])
}

/// The function that stands for such limits until they are planned.
pub(crate) fn udf() -> ScalarUDF {
    static UDF: LazyLock<ScalarUDF> = LazyLock::new(|| {
        scalar(NAME)
            .overload([Kind::Bigint], Kind::Bigint, |call| call.array(0))
            .udf()
    });
    UDF.clone()
}

/// Replaces limits that let ties in by filters over ranks.
pub(crate) fn rewrite(plan: LogicalPlan) -> Result<LogicalPlan> {
    let rewritten = plan.transform_up_with_subqueries(|plan| match plan {
        LogicalPlan::Limit(limit) => {
            let Some(most) = limit.fetch.as_deref().and_then(with_ties) else {
                return Ok(Transformed::no(LogicalPlan::Limit(limit)));
            };
            let most = most.clone();
            let input = limit.input.as_ref().clone();
            replaced(input, &limit, &most).map(Transformed::yes)
        }
        plan => Ok(Transformed::no(plan)),
    });
    Ok(rewritten?.data)
}

/// The number of rows that a limit with ties names.
fn with_ties(limit: &Expr) -> Option<&Expr> {
    match limit {
        Expr::ScalarFunction(call) if call.name() == NAME => call.args.first(),
        Expr::Cast(cast) => with_ties(&cast.expr),
        _ => None,
    }
}

/// The input with its order's first rows and their ties. Columns may be left out above the order.
fn replaced(input: LogicalPlan, limit: &Limit, most: &Expr) -> Result<LogicalPlan> {
    match input {
        LogicalPlan::Sort(sort) => ranked(sort, limit, most),
        LogicalPlan::Projection(projection) => {
            let below = replaced(projection.input.as_ref().clone(), limit, most)?;
            let projection = LogicalPlan::Projection(projection);
            projection.with_new_exprs(projection.expressions(), vec![below])
        }
        _ => Err(TrinoError::new(
            ErrorCode::MissingOrderBy,
            "FETCH FIRST WITH TIES clause requires ORDER BY",
        )
        .into()),
    }
}

fn ranked(sort: Sort, limit: &Limit, most: &Expr) -> Result<LogicalPlan> {
    let columns: Vec<Expr> = sort
        .input
        .schema()
        .columns()
        .into_iter()
        .map(Expr::Column)
        .collect();
    let keys = sort.expr.clone();
    let rank = WindowFunction::new(WindowFunctionDefinition::WindowUDF(rank_udwf()), Vec::new());
    let rank = Expr::from(rank).order_by(keys.clone()).build()?.alias(RANK);
    let skipped = Limit {
        skip: limit.skip.clone(),
        fetch: None,
        input: LogicalPlan::Sort(sort).into(),
    };
    let ranked = Expr::Column(Column::new_unqualified(RANK));
    LogicalPlanBuilder::from(LogicalPlan::Limit(skipped))
        .window(vec![rank])?
        .filter(ranked.lt_eq(most.clone()))?
        .sort(keys)?
        .project(columns)?
        .build()
}
