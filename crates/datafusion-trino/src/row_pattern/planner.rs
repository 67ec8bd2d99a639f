//! Plans the subquery that a clause has become.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, FieldRef, Schema};
use datafusion::common::{Column, Result, internal_err};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{Expr as LogicalExpr, LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Query, Select, SelectItem, SetExpr,
    TableFactor, Value, ValueWithSpan,
};

use super::MARKER;
use super::clause::{Clause, RowsPerMatch, Skip};
use super::compile::{Compiler, column_name, field, labels};
use super::execution::{Output, Planned, SkipTo};
use super::expression::Computation;
use super::program::compile;
use super::table::Matches;
use crate::error::TrinoError;
use crate::types::type_name;
use crate::{coercion, decorrelate};

/// Plans `MATCH_RECOGNIZE`.
#[derive(Debug)]
pub(crate) struct RowPatterns;

impl RelationPlanner for RowPatterns {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let TableFactor::Derived {
            subquery, alias, ..
        } = &relation
        else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let Some((clause, select)) = clause(subquery) else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let plan = plan(&clause, select, context)?;
        let planned = PlannedRelation::new(plan, alias.clone());
        Ok(RelationPlanning::Planned(Box::new(planned)))
    }
}

/// The clause that a subquery stands for, if it does.
fn clause(query: &Query) -> Option<(Clause, &Select)> {
    let SetExpr::Select(select) = query.body.as_ref() else {
        return None;
    };
    let Expr::Function(marker) = expression(select.projection.first()?)? else {
        return None;
    };
    let [name] = marker.name.0.as_slice() else {
        return None;
    };
    let FunctionArguments::List(list) = &marker.args else {
        return None;
    };
    let [
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(ValueWithSpan {
            value: Value::SingleQuotedString(text),
            ..
        }))),
    ] = list.args.as_slice()
    else {
        return None;
    };
    let is_marker = name.as_ident().is_some_and(|name| name.value == MARKER);
    let clause = serde_json::from_str(text).ok().filter(|_| is_marker)?;
    Some((clause, select))
}

fn expression(item: &SelectItem) -> Option<&Expr> {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

fn plan(
    clause: &Clause,
    select: &Select,
    context: &mut dyn RelationPlannerContext,
) -> Result<LogicalPlan> {
    let expressions = select.projection.iter().skip(1).filter_map(expression);
    let mut expressions = expressions.cloned();
    let [from] = select.from.as_slice() else {
        return internal_err!("a row pattern has one relation");
    };
    let input = context.plan(from.relation.clone())?;
    let input = decorrelate::rewrite(input).and_then(coercion::rewrite)?;

    let key = |expr: Option<Expr>, context: &mut dyn RelationPlannerContext| {
        let Some(expr) = expr else {
            return internal_err!("a row pattern's key is missing");
        };
        match context.sql_to_expr(expr, input.schema())? {
            LogicalExpr::Column(column) => input.schema().index_of_column(&column),
            other => Err(TrinoError::wrong_types(format!(
                "row patterns are partitioned and ordered by columns, not by {other}"
            ))),
        }
    };
    let mut partition_keys = Vec::with_capacity(clause.partition_keys);
    for _ in 0..clause.partition_keys {
        partition_keys.push(key(expressions.next(), context)?);
    }
    let mut order_keys = Vec::with_capacity(clause.order.len());
    for _ in &clause.order {
        order_keys.push(key(expressions.next(), context)?);
    }
    let mut compiler = Compiler {
        clause,
        input: input.schema(),
        context,
    };
    let mut measures = Vec::with_capacity(clause.measures.len());
    for expr in expressions.by_ref().take(clause.measures.len()) {
        measures.push(compiler.compile(expr)?);
    }
    let mut definitions: Vec<Option<Computation>> = clause.labels.iter().map(|_| None).collect();
    for (label, expr) in clause.definitions.iter().zip(expressions) {
        let condition = compiler.compile(expr)?;
        if !matches!(condition.data_type, DataType::Boolean | DataType::Null) {
            return Err(TrinoError::wrong_types(format!(
                "Expression defining a label must be boolean (actual type: {})",
                type_name(&condition.data_type)
            )));
        }
        definitions[*label] = Some(condition);
    }

    let (output, fields) = output(clause, &input, &partition_keys, &order_keys, &measures);
    let skipped_to = match clause.skip {
        Skip::PastLastRow | Skip::ToNextRow => None,
        Skip::ToFirst(label) | Skip::ToLast(label) => Some(labels(clause, label)),
    };
    let sort = sort(clause, &partition_keys, &order_keys);
    let planned = Planned {
        program: compile(&clause.pattern)?,
        label_names: clause.labels.clone(),
        definitions,
        measures,
        partition_keys,
        sort,
        output,
        rows: clause.rows,
        skip: SkipTo {
            skip: clause.skip,
            labels: skipped_to,
        },
        schema: Arc::new(Schema::new(fields)),
    };
    let columns: Vec<LogicalExpr> = planned
        .schema
        .fields()
        .iter()
        .map(|field| LogicalExpr::Column(Column::new_unqualified(field.name())))
        .collect();
    let table = Matches {
        input: by_place(input)?,
        planned: Arc::new(planned),
    };
    let scanned =
        LogicalPlanBuilder::scan("match_recognize", provider_as_source(Arc::new(table)), None)?;
    let unqualified = columns.into_iter().map(|column| {
        let name = column.schema_name().to_string();
        column.alias(name)
    });
    scanned.project(unqualified.collect::<Vec<_>>())?.build()
}

/// The answered columns. Trino manual, "Row pattern recognition output".
fn output(
    clause: &Clause,
    input: &LogicalPlan,
    partition_keys: &[usize],
    order_keys: &[usize],
    measures: &[Computation],
) -> (Vec<Output>, Vec<FieldRef>) {
    let mut output: Vec<Output> = partition_keys.iter().copied().map(Output::Column).collect();
    let shows_rows = clause.rows != RowsPerMatch::One;
    if shows_rows {
        output.extend(order_keys.iter().copied().map(Output::Column));
    }
    output.extend((0..measures.len()).map(Output::Measure));
    if shows_rows {
        let rest = 0..input.schema().fields().len();
        let rest =
            rest.filter(|column| !partition_keys.contains(column) && !order_keys.contains(column));
        output.extend(rest.map(Output::Column));
    }
    let mut taken = HashSet::new();
    let fields = output.iter().map(|output| {
        let (name, data_type) = match output {
            Output::Column(column) => {
                let field = input.schema().field(*column);
                (field.name().as_str(), field.data_type())
            }
            Output::Measure(measure) => (
                clause.measures[*measure].as_str(),
                &measures[*measure].data_type,
            ),
        };
        // DataFusion wants names to be different.
        let mut unique = name.to_owned();
        while !taken.insert(unique.clone()) {
            unique.push(':');
        }
        field(&unique, data_type)
    });
    let fields = fields.collect();
    (output, fields)
}

/// The input with its columns called by their places.
fn by_place(input: LogicalPlan) -> Result<LogicalPlan> {
    let columns = input.schema().columns().into_iter().enumerate();
    let columns: Vec<LogicalExpr> = columns
        .map(|(place, column)| LogicalExpr::Column(column).alias(column_name(place)))
        .collect();
    LogicalPlanBuilder::from(input).project(columns)?.build()
}

/// The columns that the input is sorted by.
fn sort(
    clause: &Clause,
    partition_keys: &[usize],
    order_keys: &[usize],
) -> Vec<(usize, SortOptions)> {
    let partition = partition_keys
        .iter()
        .map(|key| (*key, SortOptions::new(false, false)));
    let order = order_keys.iter().zip(&clause.order);
    let order = order.map(|(key, order)| {
        (
            *key,
            SortOptions::new(!order.is_ascending, order.nulls_first),
        )
    });
    partition.chain(order).collect()
}
