//! `EXPLAIN`: the engine's plan, as text, JSON or a graph. Athena user guide, "Using EXPLAIN and
//! EXPLAIN ANALYZE in Athena".

use std::sync::Arc;

use datafusion::physical_plan::display::DisplayableExecutionPlan;
use datafusion::physical_plan::{ExecutionPlan, collect, displayable};
use datafusion_trino::{ColumnType, PlannedQuery, type_name};
use serde_json::{Value, json};

use super::{Answer, Context, select};
use crate::error::{QueryError, Result};
use crate::lake::CATALOG;
use crate::results::Column;
use crate::statement::{Explain, ExplainFormat, ExplainType, QueryText};

pub(super) async fn execute(context: &Context, explain: &Explain) -> Result<Answer> {
    let planned = select::plan(context, &explain.query).await?;
    if explain.analyze {
        return analyze(context, explain, &planned).await;
    }
    match (explain.kind, explain.format) {
        (ExplainType::Validate, _) => Ok(lines(
            Column {
                name: "Valid".to_owned(),
                kind: ColumnType::BOOLEAN,
            },
            "true",
        )),
        (ExplainType::Io, ExplainFormat::Json) => {
            let inputs = inputs(context, &explain.query)?;
            Ok(plan_lines(&pretty(&inputs)?))
        }
        (ExplainType::Io, _) => Err(QueryError::unsupported(
            "EXPLAIN (TYPE IO) in a format other than JSON",
        )),
        (ExplainType::Logical, ExplainFormat::Text) => {
            Ok(plan_lines(&planned.plan.display_indent().to_string()))
        }
        (ExplainType::Logical, ExplainFormat::Graphviz) => {
            Ok(plan_lines(&planned.plan.display_graphviz().to_string()))
        }
        (ExplainType::Distributed, ExplainFormat::Text) => {
            let physical = select::physical(context, &planned).await?;
            Ok(plan_lines(
                &displayable(physical.as_ref()).indent(false).to_string(),
            ))
        }
        (ExplainType::Distributed, ExplainFormat::Graphviz) => {
            let physical = select::physical(context, &planned).await?;
            Ok(plan_lines(
                &displayable(physical.as_ref()).graphviz().to_string(),
            ))
        }
        (ExplainType::Logical | ExplainType::Distributed, ExplainFormat::Json) => {
            let physical = select::physical(context, &planned).await?;
            let root = node(&physical, &mut 0);
            Ok(plan_lines(&pretty(&json!({ "0": root }))?))
        }
    }
}

/// Runs the query and shows what each part of its plan did.
async fn analyze(context: &Context, explain: &Explain, planned: &PlannedQuery) -> Result<Answer> {
    if explain.format != ExplainFormat::Text {
        return Err(QueryError::unsupported(
            "EXPLAIN ANALYZE in a format other than TEXT",
        ));
    }
    let physical = select::physical(context, planned).await?;
    let task = context.session.context().task_ctx();
    collect(physical.clone(), task)
        .await
        .map_err(|error| QueryError::from(&error))?;
    let plan = DisplayableExecutionPlan::with_metrics(physical.as_ref());
    Ok(plan_lines(&plan.indent(false).to_string()))
}

fn plan_lines(text: &str) -> Answer {
    let column = Column {
        name: "Query Plan".to_owned(),
        kind: ColumnType::VARCHAR,
    };
    lines(column, text)
}

fn lines(column: Column, text: &str) -> Answer {
    Answer::Lines {
        columns: vec![column],
        lines: text.lines().map(str::to_owned).collect(),
    }
}

fn pretty(value: &Value) -> Result<String> {
    serde_json::to_string_pretty(value).map_err(|error| {
        QueryError::new(
            crate::error::ErrorKind::GenericInternalError,
            error.to_string(),
        )
    })
}

/// A part of the plan with the parts it reads, in the shape of Trino's JSON plans.
fn node(plan: &Arc<dyn ExecutionPlan>, next_id: &mut usize) -> Value {
    let id = *next_id;
    *next_id += 1;
    let outputs: Vec<Value> = plan
        .schema()
        .fields()
        .iter()
        .map(|field| json!({ "name": field.name(), "type": type_name(field.data_type()) }))
        .collect();
    let children: Vec<Value> = plan
        .children()
        .into_iter()
        .map(|child| node(child, next_id))
        .collect();
    json!({
        "id": id.to_string(),
        "name": plan.name(),
        "outputs": outputs,
        "details": [displayable(plan.as_ref()).one_line().to_string().trim_end()],
        "children": children,
    })
}

/// The tables a query names.
fn inputs(context: &Context, text: &QueryText) -> Result<Value> {
    let parsed = datafusion_trino::parse(text.as_str(), text.parameters())?;
    let tables: Vec<Value> = datafusion_trino::tables(&parsed.query)
        .into_keys()
        .map(|reference| {
            json!({
                "table": {
                    "catalog": CATALOG,
                    "schemaTable": {
                        "schema": reference.database.as_deref().unwrap_or(&context.database),
                        "table": reference.table,
                    },
                },
                "columnConstraints": [],
            })
        })
        .collect();
    Ok(json!({ "inputTableColumnInfos": tables }))
}
