//! From an AST to a plan over the catalog's tables.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::Column;
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::parser::Statement as PlannedStatement;
use datafusion::sql::sqlparser::ast::Statement;

use crate::coercion;
use crate::culprit;
use crate::decorrelate;
use crate::dialect::aggregations::{self, FunctionKind};
use crate::dialect::wildcards::{self, Unknown};
use crate::dialect::{ParsedQuery, aliases, parse, references, values};
use crate::error::{ErrorCode, Result, TrinoError};
use crate::functions;
use crate::refusals::planning_error;
use crate::row_pattern;
use crate::ties;
use crate::types::{arrow_type, type_name};

/// A query ready to run.
#[derive(Debug)]
pub struct PlannedQuery {
    pub plan: LogicalPlan,
    /// The output columns' names as Trino gives them.
    pub names: Vec<String>,
    text: String,
    parameters: Vec<String>,
}

impl PlannedQuery {
    /// What optimising the plan was refused for, with its place in the query.
    #[must_use]
    pub fn refusal(&self, error: &DataFusionError) -> TrinoError {
        planning_error(error, &self.text, &self.parameters)
    }

    /// The plan with columns of Arrow's types only, for files: timestamps of other precisions in
    /// milliseconds, `char(n)` as text with its blanks.
    ///
    /// # Errors
    /// The name of the first type that Arrow has none for, such as `json`.
    pub fn arrow_plan(&self) -> std::result::Result<LogicalPlan, String> {
        let schema = Arc::clone(self.plan.schema());
        let mut columns = Vec::with_capacity(schema.fields().len());
        let mut is_plain = true;
        for (qualifier, field) in schema.iter() {
            let (given, name) = (field.data_type(), field.name());
            let plain = arrow_type(given).ok_or_else(|| type_name(given))?;
            is_plain &= plain == *given;
            let column = Expr::Column(Column::from((qualifier, field)));
            let column = functions::cast(column, given, &plain, false);
            let column = column.map_err(|_| type_name(given))?;
            columns.push(column.alias_qualified(qualifier.cloned(), name));
        }
        if is_plain {
            return Ok(self.plan.clone());
        }
        LogicalPlanBuilder::from(self.plan.clone())
            .project(columns)
            .and_then(LogicalPlanBuilder::build)
            .map_err(|error| error.to_string())
    }
}

/// Plans a query whose tables are registered with the session.
///
/// # Errors
/// Whatever Trino's analyser refuses: `FUNCTION_NOT_FOUND`, `COLUMN_NOT_FOUND`, `TYPE_MISMATCH`,
/// with its place.
pub async fn plan(state: &SessionState, parsed: ParsedQuery) -> Result<PlannedQuery> {
    let (text, parameters) = (parsed.text.clone(), parsed.parameters.clone());
    let refusal = match plan_parsed(state, parsed).await {
        Err(refusal) => refusal,
        planned => return planned,
    };
    let is_ungrouped = refusal.code() == ErrorCode::ExpressionNotAggregate;
    if refusal.location().is_some() && !is_ungrouped {
        return Err(refusal);
    }
    // Planning has taken the query.
    let Ok(parsed) = parse(&text, &parameters) else {
        return Err(refusal);
    };
    let place = match refusal.location() {
        Some(place) => Some(place),
        None => culprit::locate(state, &parsed, &refusal).await,
    };
    let Some(place) = place else {
        return Err(refusal);
    };
    let ungrouped = is_ungrouped.then(|| culprit::ungrouped(&parsed, place));
    Err(ungrouped.flatten().unwrap_or_else(|| refusal.or_at(place)))
}

/// Plans a query; what it is refused for has a place only where DataFusion tells it.
pub(crate) async fn plan_parsed(
    state: &SessionState,
    mut parsed: ParsedQuery,
) -> Result<PlannedQuery> {
    // As written: what functions are replaced by may be DataFusion's own.
    if let Some(foreign) = references::function(&parsed.query, functions::is_foreign) {
        return Err(foreign.not_registered());
    }
    references::rewrite_functions(&mut parsed.query)?;
    let is_unknown = |name: &str| {
        !state.scalar_functions().contains_key(name)
            && !state.aggregate_functions().contains_key(name)
            && !state.window_functions().contains_key(name)
            && !state.higher_order_functions().contains_key(name)
            && !row_pattern::is_part(name)
    };
    if let Some(unknown) = references::function(&parsed.query, is_unknown) {
        return Err(unknown.not_registered());
    }
    aggregations::check(&parsed.query, &parsed.text, |name| {
        if state.aggregate_functions().contains_key(name) {
            FunctionKind::Aggregate
        } else if state.window_functions().contains_key(name) {
            FunctionKind::Window
        } else {
            FunctionKind::Scalar
        }
    })?;
    values::check(&parsed.query)?;
    while let Some(unknown) = wildcards::unknown(&mut parsed.query) {
        let names = names_behind(state, unknown)
            .await
            .map_err(|error| planning_error(&error, &parsed.text, &parsed.parameters))?;
        wildcards::replace(&mut parsed.query, names);
    }
    for mention in aliases::mentioned(&parsed.query) {
        let hidden = Statement::Query(mention.hidden(&parsed.query));
        let hidden = PlannedStatement::Statement(Box::new(hidden));
        if let Err(error) = state.statement_to_plan(hidden).await
            && let Some(refusal) = mention.unresolved(&TrinoError::from(&error))
        {
            return Err(refusal);
        }
    }
    // Moved, not copied: queries can be large.
    let statement = Statement::Query(parsed.query);
    let plan = state
        .statement_to_plan(PlannedStatement::Statement(Box::new(statement)))
        .await
        .and_then(ties::rewrite)
        .and_then(decorrelate::rewrite)
        .and_then(coercion::rewrite)
        .map_err(|error| planning_error(&error, &parsed.text, &parsed.parameters))?;
    let fields = plan.schema().fields();
    let names = parsed
        .names
        .show(fields.iter().map(|field| field.name().as_str()));
    Ok(PlannedQuery {
        plan,
        names,
        text: parsed.text,
        parameters: parsed.parameters,
    })
}

/// The names of the columns or fields that a wildcard stands for.
async fn names_behind(
    state: &SessionState,
    unknown: Unknown,
) -> Result<Vec<String>, DataFusionError> {
    let (Unknown::Columns(query) | Unknown::Fields(query)) = &unknown;
    let statement = Statement::Query(query.clone());
    let statement = PlannedStatement::Statement(Box::new(statement));
    let plan = state.statement_to_plan(statement).await?;
    let columns = plan.schema().fields();
    let row = columns.first().map(|column| column.data_type());
    let fields = match (&unknown, row) {
        (Unknown::Columns(_), _) => columns,
        (Unknown::Fields(_), Some(DataType::Struct(fields))) => fields,
        (Unknown::Fields(_), other) => {
            let kind = other.map(type_name).unwrap_or_default();
            return Err(TrinoError::wrong_types(format!(
                "expected expression of type Row, got {kind}"
            )));
        }
    };
    Ok(fields.iter().map(|field| field.name().clone()).collect())
}
