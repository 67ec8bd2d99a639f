//! From an AST to a plan over the catalog's tables.

use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement as PlannedStatement;
use datafusion::sql::sqlparser::ast::Statement;

use crate::coercion;
use crate::dialect::ParsedQuery;
use crate::dialect::{lateral_unnest, references};
use crate::error::{ErrorCode, Result, TrinoError};
use crate::refusals::planning_error;

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
}

/// Plans a query whose tables are registered with the session.
///
/// # Errors
/// Whatever Trino's analyser refuses: `FUNCTION_NOT_FOUND`, `COLUMN_NOT_FOUND`, `TYPE_MISMATCH`,
/// with its place.
pub async fn plan(state: &SessionState, mut parsed: ParsedQuery) -> Result<PlannedQuery> {
    references::rewrite_functions(&mut parsed.query)?;
    let known = |name: &str| {
        state.scalar_functions().contains_key(name)
            || state.aggregate_functions().contains_key(name)
            || state.window_functions().contains_key(name)
            || state.higher_order_functions().contains_key(name)
    };
    if let Some((name, place)) = references::unknown_function(&parsed.query, known) {
        return Err(TrinoError::at(
            ErrorCode::FunctionNotFound,
            place,
            format!("Function '{name}' not registered"),
        ));
    }
    // Moved, not copied: queries can be large.
    let statement = Statement::Query(parsed.query);
    let plan = state
        .statement_to_plan(PlannedStatement::Statement(Box::new(statement)))
        .await
        .and_then(lateral_unnest::rewrite)
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
