use datafusion::error::DataFusionError;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::{TextColumn, TrinoError, configured, parse, plan, register};

/// What an expression over no tables is worth, in Athena's text form: for examples, and to try
/// things out. Null is `null`; a refusal is told in Trino's words.
///
/// ```
/// # use datafusion_trino::evaluate;
/// assert_eq!(evaluate("1 + 1"), "2");
/// assert_eq!(evaluate("nullif(1, 1)"), "null");
/// assert_eq!(evaluate("1 / 0"), "DIVISION_BY_ZERO: Division by zero");
/// ```
#[must_use]
pub fn evaluate(expression: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let answer = runtime
        .map_err(|error| TrinoError::from(&DataFusionError::from(error)))
        .and_then(|runtime| runtime.block_on(first_value(&format!("SELECT {expression}"))));
    match answer {
        Ok(Some(text)) => text,
        Ok(None) => "null".to_owned(),
        Err(refusal) => refusal.to_string(),
    }
}

async fn first_value(query: &str) -> Result<Option<String>, TrinoError> {
    let config = configured(SessionConfig::new().with_target_partitions(1));
    let context = SessionContext::new_with_config(config);
    register(&context);
    let planned = plan(&context.state(), parse(query, &[])?).await?;
    let refusal = |error: DataFusionError| planned.refusal(&error);
    let frame = context
        .execute_logical_plan(planned.plan.clone())
        .await
        .map_err(refusal)?;
    let batches = frame.collect().await.map_err(refusal)?;
    let Some(batch) = batches.iter().find(|batch| batch.num_rows() > 0) else {
        return Ok(None);
    };
    let column = TextColumn::new(batch.column(0)).map_err(|error| refusal(error.into()))?;
    Ok(column.text(0))
}
