//! Queries.

use std::sync::Arc;

use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion_trino::PlannedQuery;

use super::{Answer, Context};
use crate::error::{QueryError, Result};
use crate::results::Column;
use crate::statement::QueryText;

pub(super) async fn execute(context: &Context, text: &QueryText) -> Result<Answer> {
    let planned = plan(context, text).await?;
    let columns = Column::of_schema(planned.plan.schema().as_arrow(), &planned.names);
    let physical = physical(context, &planned).await?;
    context.executed.keep(&physical);
    let task = context.session.context().task_ctx();
    let stream = execute_stream(physical, task).map_err(|error| QueryError::from(&error))?;
    Ok(Answer::Rows { columns, stream })
}

/// Plans a query over the catalog's tables.
pub(super) async fn plan(context: &Context, text: &QueryText) -> Result<PlannedQuery> {
    context
        .lake
        .plan(&context.session, &context.database, text)
        .await
}

/// The plan as the engine runs it.
pub(super) async fn physical(
    context: &Context,
    planned: &PlannedQuery,
) -> Result<Arc<dyn ExecutionPlan>> {
    context
        .session
        .context()
        .state()
        .create_physical_plan(&planned.plan)
        .await
        .map_err(|error| {
            QueryError::cause_of(&error).unwrap_or_else(|| planned.refusal(&error).into())
        })
}
