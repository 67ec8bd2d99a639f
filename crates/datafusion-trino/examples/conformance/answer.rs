//! What this crate answers to a query over no tables.

use std::time::Duration;

use datafusion::error::DataFusionError;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_trino::{ColumnType, TextColumn, TrinoError};

/// A query that runs longer has failed.
const LIMIT: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub(crate) enum Answer {
    Rows {
        types: Vec<&'static str>,
        rows: Vec<Vec<Option<String>>>,
    },
    Refused(String),
    /// Panicked, or took too long.
    Died(String),
}

pub(crate) async fn to(sql: &str) -> Answer {
    let query = tokio::spawn(run(sql.to_owned()));
    match tokio::time::timeout(LIMIT, query).await {
        Ok(Ok(Ok(answer))) => answer,
        Ok(Ok(Err(refusal))) => Answer::Refused(refusal.to_string()),
        Ok(Err(panic)) => Answer::Died(panic.to_string()),
        Err(_) => Answer::Died(format!("no answer in {} s", LIMIT.as_secs())),
    }
}

async fn run(sql: String) -> Result<Answer, TrinoError> {
    let config = datafusion_trino::configured(SessionConfig::new().with_target_partitions(1));
    let context = SessionContext::new_with_config(config);
    datafusion_trino::register(&context);
    let parsed = datafusion_trino::parse(&sql, &[])?;
    let planned = datafusion_trino::plan(&context.state(), parsed).await?;
    let failed = |error: DataFusionError| planned.refusal(&error);
    let frame = context
        .execute_logical_plan(planned.plan.clone())
        .await
        .map_err(failed)?;
    let fields = frame.schema().fields().clone();
    let types = fields
        .iter()
        .map(|field| ColumnType::from_arrow(field.data_type()).name())
        .collect();
    let mut rows = Vec::new();
    for batch in frame.collect().await.map_err(failed)? {
        let columns = batch
            .columns()
            .iter()
            .map(TextColumn::new)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| failed(error.into()))?;
        for row in 0..batch.num_rows() {
            rows.push(columns.iter().map(|column| column.text(row)).collect());
        }
    }
    Ok(Answer::Rows { types, rows })
}
