//! `EXPLAIN`: the engine's plan.

use datafusion::physical_plan::display::DisplayableExecutionPlan;
use datafusion::physical_plan::{collect, displayable};

use super::{Answer, Context, select};
use crate::error::{QueryError, Result};
use crate::query::query_error;
use crate::results::Column;
use crate::statement::{Explain, ExplainFormat};
use crate::text::ColumnType;

pub(super) async fn execute(context: &Context, explain: &Explain) -> Result<Answer> {
    if explain.format != ExplainFormat::Text {
        return Err(QueryError::unsupported(
            "EXPLAIN in a format other than TEXT",
        ));
    }
    let planned = select::plan(context, &explain.query).await?;
    let physical = select::physical(context, &planned).await?;
    let plan = match explain.analyze {
        true => {
            let task = context.session.context().task_ctx();
            collect(physical.clone(), task)
                .await
                .map_err(|error| query_error(&error))?;
            DisplayableExecutionPlan::with_metrics(physical.as_ref())
                .indent(false)
                .to_string()
        }
        false => displayable(physical.as_ref()).indent(false).to_string(),
    };
    Ok(Answer::Lines {
        columns: vec![Column {
            name: "Query Plan".to_owned(),
            kind: ColumnType::VARCHAR,
        }],
        lines: plan.lines().map(str::to_owned).collect(),
    })
}
