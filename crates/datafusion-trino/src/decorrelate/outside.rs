//! A subquery's plan for all the rows around it at once.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, JoinType, Result, ScalarValue};
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::expr::WindowFunctionParams;
use datafusion::logical_expr::logical_plan::{Aggregate, Union, Window};
use datafusion::logical_expr::{
    BinaryExpr, Distinct, Expr, ExprFunctionExt, Join, Limit, LogicalPlan, LogicalPlanBuilder,
    Operator, ScalarUDF, SortExpr, Values, WindowFrame, WindowFrameBound, WindowFrameUnits, lit,
};

use super::shape::{is_same, outer_columns};
use super::{Names, not_supported, unqualified};
use crate::functions::scalar::{Kind, Returns, scalar};

/// The columns that a subquery looks at outside, each set of their values once.
#[derive(Debug)]
pub(super) struct Outside {
    /// What the outside calls them.
    columns: Vec<Column>,
    /// What they are called in the subquery.
    names: Vec<String>,
    plan: LogicalPlan,
}

impl Outside {
    pub(super) fn new(
        outer: &LogicalPlan,
        columns: Vec<Column>,
        names: &mut Names,
    ) -> Result<Self> {
        let inside: Vec<String> = columns.iter().map(|_| names.next("outer")).collect();
        let renamed = columns.iter().zip(&inside);
        let renamed = renamed.map(|(column, name)| Expr::Column(column.clone()).alias(name));
        let values = inside.iter();
        let values = values.map(|name| VALUE.call(vec![unqualified(name)]).alias(name));
        let plan = LogicalPlanBuilder::from(outer.clone())
            .project(renamed.collect::<Vec<_>>())?
            .distinct()?
            .project(values.collect::<Vec<_>>())?
            .build()?;
        Ok(Self {
            columns,
            names: inside,
            plan,
        })
    }

    /// The columns as the subquery calls them.
    pub(super) fn values(&self) -> impl Iterator<Item = Expr> {
        self.names.iter().map(|name| unqualified(name))
    }

    /// What joins a row of the outside with the subquery's rows for it.
    pub(super) fn equalities(&self) -> impl Iterator<Item = Expr> {
        let outer = self.columns.iter().cloned().map(Expr::Column);
        outer
            .zip(self.values())
            .map(|(outer, inner)| same(outer, inner))
    }

    /// The plan beside the values that its rows are for, which come first.
    pub(super) fn beside(&self, plan: &LogicalPlan) -> Result<LogicalPlan> {
        if !self.is_seen_from(plan)? {
            return match plan {
                LogicalPlan::EmptyRelation(empty) if empty.produce_one_row => Ok(self.plan.clone()),
                plan => LogicalPlanBuilder::from(self.plan.clone())
                    .cross_join(plan.clone())?
                    .build(),
            };
        }
        match plan {
            LogicalPlan::Subquery(subquery) => self.beside(&subquery.subquery),
            LogicalPlan::SubqueryAlias(alias) => {
                let columns = alias.input.schema().columns().into_iter();
                let columns = columns.map(Expr::Column).collect();
                self.project(self.beside(&alias.input)?, columns, plan.schema())
            }
            LogicalPlan::Projection(projection) => {
                let input = self.beside(&projection.input)?;
                let exprs = self.all_seen_inside(&projection.expr)?;
                self.project(input, exprs, plan.schema())
            }
            LogicalPlan::Filter(filter) => LogicalPlanBuilder::from(self.beside(&filter.input)?)
                .filter(self.seen_inside(&filter.predicate)?)?
                .build(),
            LogicalPlan::Aggregate(aggregate) => self.aggregate(aggregate, plan.schema()),
            LogicalPlan::Distinct(Distinct::All(input)) => {
                LogicalPlanBuilder::from(self.beside(input)?)
                    .distinct()?
                    .build()
            }
            LogicalPlan::Sort(sort) => match sort.fetch {
                None => self.beside(&sort.input),
                Some(fetch) => self.limit(plan, 0, Some(fetch as u64)),
            },
            LogicalPlan::Limit(limit) => {
                let (skip, fetch) = counts(limit)?;
                self.limit(&limit.input, skip, fetch)
            }
            LogicalPlan::Union(union) => {
                let inputs = union
                    .inputs
                    .iter()
                    .map(|input| self.beside(input).map(Arc::new));
                let inputs = inputs.collect::<Result<_>>()?;
                let union = LogicalPlan::Union(Union::try_new_with_loose_types(inputs)?);
                self.by_position(union, plan.schema())
            }
            LogicalPlan::Window(window) => {
                let input = Arc::new(self.beside(&window.input)?);
                let exprs = window.window_expr.iter();
                let exprs = exprs
                    .map(|expr| self.partitioned(expr))
                    .collect::<Result<_>>()?;
                let window = LogicalPlan::Window(Window::try_new(exprs, input)?);
                self.by_position(window, plan.schema())
            }
            LogicalPlan::Unnest(unnest) => LogicalPlanBuilder::from(self.beside(&unnest.input)?)
                .unnest_columns_with_options(unnest.exec_columns.clone(), unnest.options.clone())?
                .build(),
            LogicalPlan::Join(join) => self.join(join),
            LogicalPlan::Values(values) => self.value_rows(values),
            _ => Err(not_supported()),
        }
    }

    fn is_seen_from(&self, plan: &LogicalPlan) -> Result<bool> {
        let seen = outer_columns(plan)?;
        Ok(seen.iter().any(|column| self.place(column).is_some()))
    }

    fn place(&self, column: &Column) -> Option<usize> {
        self.columns.iter().position(|known| is_same(known, column))
    }

    /// The expression with its references to the outside as the columns they have become.
    fn seen_inside(&self, expr: &Expr) -> Result<Expr> {
        let seen = expr.clone().transform(|part| {
            Ok(match &part {
                Expr::OuterReferenceColumn(_, column) => match self.place(column) {
                    Some(place) => Transformed::yes(unqualified(&self.names[place])),
                    None => Transformed::no(part),
                },
                _ => Transformed::no(part),
            })
        })?;
        Ok(seen.data)
    }

    fn all_seen_inside(&self, exprs: &[Expr]) -> Result<Vec<Expr>> {
        exprs.iter().map(|expr| self.seen_inside(expr)).collect()
    }

    /// The values, and expressions that are called what `schema` calls them.
    fn project(
        &self,
        input: LogicalPlan,
        exprs: Vec<Expr>,
        schema: &DFSchema,
    ) -> Result<LogicalPlan> {
        let named = exprs.into_iter().zip(schema.columns());
        let named = named.map(|(expr, column)| match &expr {
            Expr::Column(given) if is_same(given, &column) => expr,
            _ => expr.unalias().alias_qualified(column.relation, column.name),
        });
        LogicalPlanBuilder::from(input)
            .project(self.values().chain(named).collect::<Vec<_>>())?
            .build()
    }

    /// The plan with columns that are called what `schema` calls those in their place.
    fn by_position(&self, plan: LogicalPlan, schema: &DFSchema) -> Result<LogicalPlan> {
        let columns = plan.schema().columns().into_iter().skip(self.names.len());
        let columns = columns.map(Expr::Column).collect();
        self.project(plan, columns, schema)
    }

    fn aggregate(&self, aggregate: &Aggregate, schema: &DFSchema) -> Result<LogicalPlan> {
        if matches!(aggregate.group_expr.as_slice(), [Expr::GroupingSet(_)]) {
            return Err(not_supported());
        }
        let input = Arc::new(self.beside(&aggregate.input)?);
        let groups = self.all_seen_inside(&aggregate.group_expr)?;
        let groups = self.values().chain(groups).collect();
        let computed = self.all_seen_inside(&aggregate.aggr_expr)?;
        let grouped = LogicalPlan::Aggregate(Aggregate::try_new(input, groups, computed)?);
        match aggregate.group_expr.is_empty() {
            true => self.with_empty_groups(grouped, aggregate, schema),
            false => self.by_position(grouped, schema),
        }
    }

    /// Aggregates without groups give a row where there are none: each function what it makes of
    /// nothing.
    fn with_empty_groups(
        &self,
        grouped: LogicalPlan,
        aggregate: &Aggregate,
        schema: &DFSchema,
    ) -> Result<LogicalPlan> {
        let results = grouped
            .schema()
            .columns()
            .into_iter()
            .skip(self.names.len());
        let mut exprs = Vec::new();
        for (function, column) in aggregate.aggr_expr.iter().zip(results) {
            let of_nothing = match function.clone().unalias() {
                Expr::AggregateFunction(call) => {
                    let field = schema.field(exprs.len());
                    call.func.default_value(field.data_type())?
                }
                _ => ScalarValue::Null,
            };
            exprs.push(match of_nothing.is_null() {
                true => Expr::Column(column),
                false => coalesce(vec![Expr::Column(column), lit(of_nothing)]),
            });
        }
        let all = self.names.iter().map(|name| format!("{name}_all"));
        let all: Vec<String> = all.collect();
        let renamed = self
            .values()
            .zip(&all)
            .map(|(value, name)| value.alias(name));
        let conditions = self.values().zip(&all);
        let conditions = conditions.map(|(value, name)| same(unqualified(name), value));
        let joined = LogicalPlanBuilder::from(self.plan.clone())
            .project(renamed.collect::<Vec<_>>())?
            .join_on(grouped, JoinType::Left, conditions)?
            .build()?;
        let values = self.names.iter().zip(&all);
        let values = values.map(|(name, all)| unqualified(all).alias(name));
        let named = exprs.into_iter().zip(schema.columns());
        let named = named.map(|(expr, column)| expr.alias_qualified(column.relation, column.name));
        LogicalPlanBuilder::from(joined)
            .project(values.chain(named).collect::<Vec<_>>())?
            .build()
    }

    /// So many rows for each set of values.
    fn limit(&self, plan: &LogicalPlan, skip: u64, fetch: Option<u64>) -> Result<LogicalPlan> {
        let (input, order): (&LogicalPlan, &[SortExpr]) = match plan {
            // The rows stay the same ones, and what they are sorted by is seen below only.
            LogicalPlan::Projection(projection)
                if matches!(projection.input.as_ref(), LogicalPlan::Sort(_)) =>
            {
                let input = self.limit(&projection.input, skip, fetch)?;
                let exprs = self.all_seen_inside(&projection.expr)?;
                return self.project(input, exprs, plan.schema());
            }
            LogicalPlan::Sort(sort) => (&sort.input, &sort.expr),
            plan => (plan, &[]),
        };
        let order = order.iter().map(|key| {
            let expr = self.seen_inside(&key.expr)?;
            Ok(SortExpr::new(expr, key.asc, key.nulls_first))
        });
        let number = row_number()
            .partition_by(self.values().collect())
            .order_by(order.collect::<Result<_>>()?)
            .window_frame(WindowFrame::new_bounds(
                WindowFrameUnits::Rows,
                WindowFrameBound::Preceding(ScalarValue::UInt64(None)),
                WindowFrameBound::CurrentRow,
            ))
            .build()?;
        let input = self.beside(input)?;
        let columns = input.schema().columns();
        let numbered = LogicalPlanBuilder::from(input).window([number])?.build()?;
        let number = numbered
            .schema()
            .columns()
            .pop()
            .ok_or_else(not_supported)?;
        let number = Expr::Column(number);
        let mut wanted = number.clone().gt(lit(skip));
        if let Some(fetch) = fetch {
            wanted = wanted.and(number.lt_eq(lit(skip.saturating_add(fetch))));
        }
        LogicalPlanBuilder::from(numbered)
            .filter(wanted)?
            .project(columns.into_iter().map(Expr::Column).collect::<Vec<_>>())?
            .build()
    }

    /// A window function over the rows of one set of values.
    fn partitioned(&self, expr: &Expr) -> Result<Expr> {
        let expr = self.seen_inside(expr)?;
        let partitioned = expr.transform(|part| {
            Ok(match part {
                Expr::WindowFunction(mut function) => {
                    let WindowFunctionParams { partition_by, .. } = &mut function.params;
                    partition_by.extend(self.values());
                    Transformed::yes(Expr::WindowFunction(function))
                }
                part => Transformed::no(part),
            })
        })?;
        Ok(partitioned.data)
    }

    fn join(&self, join: &Join) -> Result<LogicalPlan> {
        let (left, right) = (
            self.is_seen_from(&join.left)?,
            self.is_seen_from(&join.right)?,
        );
        let keeps_left = matches!(
            join.join_type,
            JoinType::Inner | JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti
        );
        if keeps_left && !right {
            let left = self.beside(&join.left)?;
            return self.join_sides(join, left, join.right.as_ref().clone(), &[], false);
        }
        if matches!(join.join_type, JoinType::Inner | JoinType::Right) && !left {
            let right = self.beside(&join.right)?;
            return self.join_sides(join, join.left.as_ref().clone(), right, &[], false);
        }
        let left = self.beside(&join.left)?;
        let right = self.beside(&join.right)?;
        let ours: Vec<String> = self
            .names
            .iter()
            .map(|name| format!("{name}_right"))
            .collect();
        let renamed = self
            .values()
            .zip(&ours)
            .map(|(value, name)| value.alias(name));
        let columns = right.schema().columns().into_iter().skip(self.names.len());
        let columns = columns.map(Expr::Column);
        let right = LogicalPlanBuilder::from(right)
            .project(renamed.chain(columns).collect::<Vec<_>>())?
            .build()?;
        self.join_sides(join, left, right, &ours, !keeps_left)
    }

    /// The join of sides of which one or both have the values; the right one under names of its own
    /// then.
    fn join_sides(
        &self,
        join: &Join,
        left: LogicalPlan,
        right: LogicalPlan,
        ours: &[String],
        keeps_right: bool,
    ) -> Result<LogicalPlan> {
        let mut conditions = Vec::new();
        for (left, right) in &join.on {
            conditions.push(self.seen_inside(left)?.eq(self.seen_inside(right)?));
        }
        if let Some(filter) = &join.filter {
            conditions.push(self.seen_inside(filter)?);
        }
        let pairs = self.values().zip(ours);
        conditions.extend(pairs.map(|(value, ours)| same(value, unqualified(ours))));
        let joined = LogicalPlanBuilder::from(left)
            .join_on(right, join.join_type, conditions)?
            .build()?;
        let values = self.names.iter().enumerate().map(|(place, name)| {
            match ours.get(place).filter(|_| keeps_right) {
                Some(ours) => coalesce(vec![unqualified(name), unqualified(ours)]).alias(name),
                None => unqualified(name),
            }
        });
        let columns = join.schema.columns().into_iter().map(Expr::Column);
        LogicalPlanBuilder::from(joined)
            .project(values.chain(columns).collect::<Vec<_>>())?
            .build()
    }

    fn value_rows(&self, values: &Values) -> Result<LogicalPlan> {
        let mut rows = Vec::new();
        for row in &values.values {
            let exprs = self.all_seen_inside(row)?;
            rows.push(Arc::new(self.project(
                self.plan.clone(),
                exprs,
                &values.schema,
            )?));
        }
        if rows.len() == 1 {
            return rows
                .pop()
                .map(Arc::unwrap_or_clone)
                .ok_or_else(not_supported);
        }
        let union = LogicalPlan::Union(Union::try_new_with_loose_types(rows)?);
        self.by_position(union, &values.schema)
    }
}

/// A value as it is. DataFusion thinks that distinct columns determine all others, also those they
/// are joined with, and would drop those from what is grouped by.
static VALUE: LazyLock<ScalarUDF> = LazyLock::new(|| {
    let same_type: fn(&[DataType]) -> Result<DataType> = |types| Ok(types[0].clone());
    scalar("$value")
        .overload([Kind::Any], Returns::Of(same_type), |call| call.array(0))
        .udf()
});

/// `IS NOT DISTINCT FROM`: nulls are values like others here.
fn same(left: Expr, right: Expr) -> Expr {
    let same = BinaryExpr::new(Box::new(left), Operator::IsNotDistinctFrom, Box::new(right));
    Expr::BinaryExpr(same)
}

/// How many rows a limit skips and how many it gives.
fn counts(limit: &Limit) -> Result<(u64, Option<u64>)> {
    let count = |expr: &Option<Box<Expr>>| expr.as_deref().map(count).transpose();
    Ok((count(&limit.skip)?.unwrap_or(0), count(&limit.fetch)?))
}

fn count(expr: &Expr) -> Result<u64> {
    match expr {
        Expr::Cast(cast) => count(&cast.expr),
        Expr::Literal(value, _) => value.to_string().parse().map_err(|_| not_supported()),
        _ => Err(not_supported()),
    }
}
