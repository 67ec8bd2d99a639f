//! `EXPLAIN`: the engine's plan, as text, JSON or a graph. Athena user guide, "Using EXPLAIN and
//! EXPLAIN ANALYZE in Athena".

use std::fmt;
use std::sync::Arc;

use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::display::DisplayableExecutionPlan;
use datafusion::physical_plan::{ExecutionPlan, collect, displayable};
use datafusion_trino::{ColumnType, PlannedQuery, type_name};
use serde_json::{Value, json};

use super::{Answer, Context, create_table_as, insert, select, unload};
use crate::error::{QueryError, Result};
use crate::lake::CATALOG;
use crate::results::Column;
use crate::statement::{Explain, ExplainFormat, ExplainType, Statement, TableName};

pub(super) async fn execute(context: &Context, explain: &Explain) -> Result<Answer> {
    let explained = Explained::plan(context, &explain.statement).await?;
    if explain.analyze {
        return analyze(context, explain, &explained).await;
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
            let mut tables =
                json!({ "inputTableColumnInfos": inputs(context, &explain.statement)? });
            if let Some(Writer {
                table: Some(name), ..
            }) = &explained.writer
            {
                tables["outputTable"] =
                    table_reference(context, name.database.as_deref(), &name.table);
            }
            Ok(plan_lines(&pretty(&tables)?))
        }
        (ExplainType::Io, _) => Err(QueryError::unsupported(
            "EXPLAIN (TYPE IO) in a format other than JSON",
        )),
        (ExplainType::Logical, ExplainFormat::Text) => {
            let rows = explained.rows.display_indent().to_string();
            Ok(plan_lines(&explained.beneath_writer(&rows)))
        }
        (ExplainType::Distributed, ExplainFormat::Text) => {
            let physical = explained.physical(context).await?;
            let rows = displayable(physical.as_ref()).indent(false).to_string();
            Ok(plan_lines(&explained.beneath_writer(&rows)))
        }
        (_, ExplainFormat::Graphviz) if explained.writer.is_some() => Err(QueryError::unsupported(
            "EXPLAIN (FORMAT GRAPHVIZ) of a statement that writes",
        )),
        (ExplainType::Logical, ExplainFormat::Graphviz) => {
            Ok(plan_lines(&explained.rows.display_graphviz().to_string()))
        }
        (ExplainType::Distributed, ExplainFormat::Graphviz) => {
            let physical = explained.physical(context).await?;
            Ok(plan_lines(
                &displayable(physical.as_ref()).graphviz().to_string(),
            ))
        }
        (ExplainType::Logical | ExplainType::Distributed, ExplainFormat::Json) => {
            let physical = explained.physical(context).await?;
            let root = match &explained.writer {
                Some(writer) => json!({
                    "id": "0",
                    "name": "TableWriter",
                    "outputs": [{ "name": "rows", "type": "bigint" }],
                    "details": [writer.to_string()],
                    "children": [node(&physical, &mut 1)],
                }),
                None => node(&physical, &mut 0),
            };
            Ok(plan_lines(&pretty(&json!({ "0": root }))?))
        }
    }
}

/// A statement's rows as they are planned, and what writes them.
struct Explained {
    rows: LogicalPlan,
    /// The query as it stands in the statement, where its rows are the answer.
    query: Option<PlannedQuery>,
    writer: Option<Writer>,
}

/// Where a statement's rows go.
struct Writer {
    table: Option<TableName>,
    location: String,
    format: String,
}

impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TableWriter[")?;
        if let Some(table) = &self.table {
            write!(f, "table = {}, ", table.table)?;
        }
        write!(f, "location = {}, format = {}]", self.location, self.format)
    }
}

impl Explained {
    async fn plan(context: &Context, statement: &Statement) -> Result<Self> {
        let (table, write) = match statement {
            Statement::Query(query) => {
                let planned = select::plan(context, query).await?;
                return Ok(Self {
                    rows: planned.plan.clone(),
                    query: Some(planned),
                    writer: None,
                });
            }
            Statement::Insert(insert) => {
                let (_, write) = insert::plan(context, insert).await?;
                (Some(insert.name.clone()), write)
            }
            Statement::CreateTableAs(create) => {
                let (_, write) = create_table_as::plan(context, create).await?;
                (Some(create.name.clone()), write)
            }
            Statement::Unload(unload) => (None, unload::plan(context, unload).await?),
            Statement::Unsupported(unsupported) => {
                return Err(QueryError::unsupported(unsupported.name));
            }
            _ => return Err(QueryError::unsupported("EXPLAIN of this statement")),
        };
        let writer = Writer {
            table,
            location: write.target.location,
            format: write.target.format.name().to_owned(),
        };
        Ok(Self {
            rows: write.rows,
            query: None,
            writer: Some(writer),
        })
    }

    async fn physical(&self, context: &Context) -> Result<Arc<dyn ExecutionPlan>> {
        match &self.query {
            Some(planned) => select::physical(context, planned).await,
            None => context
                .session
                .context()
                .state()
                .create_physical_plan(&self.rows)
                .await
                .map_err(|error| QueryError::from(&error)),
        }
    }

    /// The text of the rows' plan, below the writer if there is one.
    fn beneath_writer(&self, rows: &str) -> String {
        match &self.writer {
            Some(writer) => {
                let rows: Vec<String> = rows.lines().map(|line| format!("  {line}")).collect();
                format!("{writer}\n{}", rows.join("\n"))
            }
            None => rows.to_owned(),
        }
    }
}

/// Runs the query and shows what each part of its plan did.
async fn analyze(context: &Context, explain: &Explain, explained: &Explained) -> Result<Answer> {
    if explained.writer.is_some() {
        return Err(QueryError::unsupported(
            "EXPLAIN ANALYZE of a statement that writes",
        ));
    }
    if explain.format != ExplainFormat::Text {
        return Err(QueryError::unsupported(
            "EXPLAIN ANALYZE in a format other than TEXT",
        ));
    }
    let physical = explained.physical(context).await?;
    context.executed.keep(&physical);
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

/// The tables that a statement's query names.
fn inputs(context: &Context, statement: &Statement) -> Result<Vec<Value>> {
    let Some(text) = statement.query() else {
        return Ok(Vec::new());
    };
    let parsed = datafusion_trino::parse(text.as_str(), text.parameters())?;
    let tables = datafusion_trino::tables(&parsed.query)
        .into_keys()
        .map(|table| {
            json!({
                "table": table_reference(context, table.database.as_deref(), &table.table),
                "columnConstraints": [],
            })
        });
    Ok(tables.collect())
}

fn table_reference(context: &Context, database: Option<&str>, table: &str) -> Value {
    json!({
        "catalog": CATALOG,
        "schemaTable": {
            "schema": database.unwrap_or(&context.database),
            "table": table,
        },
    })
}
