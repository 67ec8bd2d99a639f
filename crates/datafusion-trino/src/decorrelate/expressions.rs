//! Subqueries in expressions: their values become columns of what the expression is computed over.

use std::sync::{Arc, LazyLock};

use arrow::array::UInt32Array;
use arrow::array::{Array, AsArray};
use arrow::compute::take;
use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, JoinType, Result};
use datafusion::functions_aggregate::array_agg::array_agg;
use datafusion::logical_expr::expr::{Exists, InSubquery, SetComparison, SetQuantifier};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    Expr, ExprSchemable, Join, LogicalPlan, LogicalPlanBuilder, Operator, ScalarUDF,
};

use super::outside::Outside;
use super::shape::{
    is_condition, is_equal_aggregate, is_flat, is_one_row, is_subquery, outer_columns,
    outer_columns_of,
};
use super::{Names, not_supported, quantified, unqualified};
use crate::error::{ErrorCode, TrinoError};
use crate::functions::scalar::{Kind, Returns, scalar};

/// The node with the subqueries that DataFusion would not run as columns of its input.
pub(super) fn rewrite(plan: LogicalPlan, names: &mut Names) -> Result<Transformed<LogicalPlan>> {
    let schema = merge_schema(&plan.inputs());
    let is_filter = matches!(plan, LogicalPlan::Filter(_));
    let mut is_ours = false;
    plan.apply_expressions(|expr| {
        expr.apply(|part| {
            is_ours |= is_subquery(part) && !is_left(part, &schema, &plan)?;
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    if !is_ours {
        return Ok(Transformed::no(plan));
    }
    if let LogicalPlan::Join(join) = &plan {
        return in_join(join, names).map(Transformed::yes);
    }
    let [input] = plan.inputs()[..] else {
        return Err(not_supported());
    };
    let mut columns = Columns::new(input, names);
    let exprs = plan.expressions().into_iter();
    let exprs = exprs.map(|expr| {
        columns.replace(expr, |part| {
            Ok(is_subquery(part) && (!is_filter || !is_left(part, &schema, &plan)?))
        })
    });
    let exprs = exprs.collect::<Result<Vec<_>>>()?;
    let input = columns.input;
    let wanted = plan.schema().columns().into_iter();
    let rewritten = match &plan {
        LogicalPlan::Projection(_) => {
            let named = exprs
                .into_iter()
                .zip(wanted)
                .map(|(expr, column)| match &expr {
                    Expr::Column(given) if *given == column => expr,
                    _ => expr.unalias().alias_qualified(column.relation, column.name),
                });
            LogicalPlanBuilder::from(input).project(named.collect::<Vec<_>>())?
        }
        LogicalPlan::Filter(_) | LogicalPlan::Sort(_) => {
            let rewritten = plan.with_new_exprs(exprs, vec![input])?;
            LogicalPlanBuilder::from(rewritten)
                .project(wanted.map(Expr::Column).collect::<Vec<_>>())?
        }
        LogicalPlan::Aggregate(_) | LogicalPlan::Window(_) => {
            let before = input.schema().fields().len();
            let kept = plan.inputs()[0].schema().fields().len();
            let is_window = matches!(plan, LogicalPlan::Window(_));
            let rewritten = plan.with_new_exprs(exprs, vec![input])?;
            let columns = rewritten.schema().columns().into_iter().enumerate();
            let columns =
                columns.filter(|(place, _)| !is_window || *place < kept || *place >= before);
            let named = columns.zip(wanted).map(|((_, column), wanted)| {
                Expr::Column(column).alias_qualified(wanted.relation, wanted.name)
            });
            LogicalPlanBuilder::from(rewritten).project(named.collect::<Vec<_>>())?
        }
        _ => return Err(not_supported()),
    };
    rewritten.build().map(Transformed::yes)
}

/// Whether a subquery is left to DataFusion.
fn is_left(expr: &Expr, around: &DFSchema, node: &LogicalPlan) -> Result<bool> {
    let subquery = match expr {
        Expr::ScalarSubquery(subquery) => subquery,
        Expr::Exists(Exists { subquery, .. }) | Expr::InSubquery(InSubquery { subquery, .. }) => {
            subquery
        }
        _ => return Ok(false),
    };
    let seen = outer_columns(&subquery.subquery)?;
    if seen.iter().any(|column| !around.has_column(column)) {
        return Ok(false);
    }
    let is_filter = matches!(node, LogicalPlan::Filter(_));
    let is_projection = matches!(node, LogicalPlan::Projection(_));
    Ok(match expr {
        Expr::ScalarSubquery(_) if seen.is_empty() => !matches!(node, LogicalPlan::Join(_)),
        Expr::ScalarSubquery(_) => {
            (is_filter || is_projection) && is_equal_aggregate(&subquery.subquery)?
        }
        Expr::InSubquery(membership) => {
            let value = &membership.expr;
            let item = subquery.subquery.schema().field(0).data_type();
            is_filter
                && is_flat(&subquery.subquery, is_condition)?
                && is_condition(value)?
                && value.any_column_refs()
                && subquery.subquery.head_output_expr()?.is_some()
                && !quantified::is_row(item)
                && !quantified::is_row(&value.get_type(around)?)
        }
        _ => is_filter && is_flat(&subquery.subquery, is_condition)?,
    })
}

/// What an expression is computed over, with the columns that its subqueries become.
struct Columns<'a> {
    /// Without those columns.
    base: LogicalPlan,
    input: LogicalPlan,
    names: &'a mut Names,
}

impl<'a> Columns<'a> {
    fn new(base: &LogicalPlan, names: &'a mut Names) -> Self {
        Self {
            base: base.clone(),
            input: base.clone(),
            names,
        }
    }

    /// The expression with the subqueries that are `wanted` as columns.
    fn replace(&mut self, expr: Expr, wanted: impl Fn(&Expr) -> Result<bool>) -> Result<Expr> {
        let replaced = expr.transform_up(|part| {
            if !wanted(&part)? {
                return Ok(Transformed::no(part));
            }
            let schema = Arc::clone(self.input.schema());
            let column = match &part {
                Expr::ScalarSubquery(subquery) => self.add(&subquery.subquery)?,
                Expr::Exists(Exists { subquery, negated }) => {
                    let exists = self.add(&quantified::exists(&subquery.subquery)?)?;
                    negate_if(*negated, exists)
                }
                Expr::InSubquery(membership) => {
                    let plan = quantified::compares(
                        &membership.expr,
                        Operator::Eq,
                        SetQuantifier::Any,
                        &membership.subquery.subquery,
                        &schema,
                    )?;
                    negate_if(membership.negated, self.add(&plan)?)
                }
                Expr::SetComparison(SetComparison {
                    expr,
                    subquery,
                    op,
                    quantifier,
                }) => {
                    let plan =
                        quantified::compares(expr, *op, *quantifier, &subquery.subquery, &schema)?;
                    self.add(&plan)?
                }
                _ => return Ok(Transformed::no(part)),
            };
            Ok(Transformed::yes(column))
        })?;
        Ok(replaced.data)
    }

    /// The one value of a subquery as a column of the input.
    fn add(&mut self, subquery: &LogicalPlan) -> Result<Expr> {
        let name = self.names.next("subquery");
        let seen = outer_columns_of(subquery, self.input.schema())?;
        if seen.is_empty() {
            let value = single_value(subquery.clone(), Vec::new(), is_one_row(subquery), &name)?;
            self.input = LogicalPlanBuilder::from(self.input.clone())
                .cross_join(value)?
                .build()?;
            return Ok(unqualified(&name));
        }
        // Computed twice: better without the columns of other subqueries.
        let outer = match seen
            .iter()
            .all(|column| self.base.schema().has_column(column))
        {
            true => &self.base,
            false => &self.input,
        };
        let outside = Outside::new(outer, seen, self.names)?;
        let rows = outside.beside(subquery)?;
        let values = outside.values().collect();
        let value = single_value(rows, values, is_one_row(subquery), &name)?;
        let columns = self.input.schema().columns().into_iter().map(Expr::Column);
        let columns = columns.chain([unqualified(&name)]).collect::<Vec<_>>();
        self.input = LogicalPlanBuilder::from(self.input.clone())
            .join_on(value, JoinType::Left, outside.equalities())?
            .project(columns)?
            .build()?;
        Ok(unqualified(&name))
    }
}

fn negate_if(negated: bool, expr: Expr) -> Expr {
    match negated {
        true => Expr::Not(Box::new(expr)),
        false => expr,
    }
}

/// The last column of a plan, of which there must be no more than one row for each set of `values`.
fn single_value(
    plan: LogicalPlan,
    values: Vec<Expr>,
    is_one_row: bool,
    name: &str,
) -> Result<LogicalPlan> {
    let value = plan.schema().columns().pop().ok_or_else(not_supported)?;
    let value = Expr::Column(value);
    if is_one_row {
        let exprs: Vec<Expr> = values.into_iter().chain([value.alias(name)]).collect();
        return LogicalPlanBuilder::from(plan).project(exprs)?.build();
    }
    let gathered = LogicalPlanBuilder::from(plan)
        .aggregate(values.clone(), vec![array_agg(value)])?
        .build()?;
    let all = gathered
        .schema()
        .columns()
        .pop()
        .ok_or_else(not_supported)?;
    let only = ONLY.call(vec![Expr::Column(all)]).alias(name);
    LogicalPlanBuilder::from(gathered)
        .project(values.into_iter().chain([only]).collect::<Vec<_>>())?
        .build()
}

/// The one element of a list that has no more.
static ONLY: LazyLock<ScalarUDF> = LazyLock::new(|| {
    let element: fn(&[DataType]) -> Result<DataType> = |types| match &types[0] {
        DataType::List(element) => Ok(element.data_type().clone()),
        other => Ok(other.clone()),
    };
    scalar("$only")
        .overload([Kind::Any], Returns::Of(element), |call| {
            let lists = call.array(0)?;
            let lists = lists.as_list::<i32>();
            let mut places = Vec::with_capacity(lists.len());
            for row in 0..lists.len() {
                let length = lists.value_length(row);
                if lists.is_valid(row) && length > 1 {
                    return Err(TrinoError::new(
                        ErrorCode::SubqueryMultipleRows,
                        "Scalar sub-query has returned multiple rows",
                    )
                    .into());
                }
                let has_one = lists.is_valid(row) && length == 1;
                let place = u32::try_from(lists.value_offsets()[row]).ok();
                places.push(place.filter(|_| has_one));
            }
            Ok(take(lists.values(), &UInt32Array::from(places), None)?)
        })
        .udf()
});

/// A join whose condition has subqueries: those of an outer join must look at one side alone.
fn in_join(join: &Join, names: &mut Names) -> Result<LogicalPlan> {
    let mut conditions: Vec<Expr> = join
        .on
        .iter()
        .cloned()
        .map(|(left, right)| left.eq(right))
        .collect();
    conditions.extend(join.filter.clone());
    let columns = join.schema.columns().into_iter().map(Expr::Column);
    let columns = columns.collect::<Vec<_>>();
    if join.join_type == JoinType::Inner {
        let product = LogicalPlanBuilder::from(join.left.as_ref().clone())
            .cross_join(join.right.as_ref().clone())?
            .build()?;
        let mut input = Columns::new(&product, names);
        let conditions = conditions.into_iter();
        let conditions =
            conditions.map(|condition| input.replace(condition, |part| Ok(is_subquery(part))));
        let condition = conditions
            .collect::<Result<Vec<_>>>()?
            .into_iter()
            .reduce(Expr::and);
        return LogicalPlanBuilder::from(input.input)
            .filter(condition.ok_or_else(not_supported)?)?
            .project(columns)?
            .build();
    }
    let mut left = Columns::new(&join.left, names);
    let mut replaced = Vec::new();
    for condition in conditions {
        let schema = Arc::clone(join.left.schema());
        replaced.push(left.replace(condition, |part| {
            Ok(is_subquery(part) && looks_at(part, &schema)?)
        })?);
    }
    let left = left.input;
    let mut right = Columns::new(&join.right, names);
    let mut conditions = Vec::new();
    for condition in replaced {
        let schema = Arc::clone(join.right.schema());
        conditions.push(right.replace(condition, |part| {
            Ok(is_subquery(part) && looks_at(part, &schema)?)
        })?);
    }
    for condition in &conditions {
        if condition.exists(|part| Ok(is_subquery(part)))? {
            return Err(not_supported());
        }
    }
    LogicalPlanBuilder::from(left)
        .join_on(right.input, join.join_type, conditions)?
        .project(columns)?
        .build()
}

/// Whether all that a subquery and the value it is compared with look at are columns of `schema`.
fn looks_at(expr: &Expr, schema: &DFSchema) -> Result<bool> {
    let subquery = match expr {
        Expr::ScalarSubquery(subquery) => subquery,
        Expr::Exists(exists) => &exists.subquery,
        Expr::InSubquery(membership) => &membership.subquery,
        Expr::SetComparison(comparison) => &comparison.subquery,
        _ => return Ok(false),
    };
    let seen = outer_columns(&subquery.subquery)?;
    Ok(expr
        .column_refs()
        .into_iter()
        .chain(&seen)
        .all(|column| schema.has_column(column)))
}
