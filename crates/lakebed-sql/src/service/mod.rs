//! Athena's API: queries that are started and looked after, workgroups, data catalogs.

mod data_catalogs;
mod history;
mod named_queries;
mod prepared_statements;
mod queries;
mod queue;
mod result_page;
mod reuse;
mod runner;
mod stages;
mod tags;
mod workgroups;

pub use queue::Quotas;

use datafusion_trino::TextColumn;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use lakebed_catalog::Catalog;
use lakebed_core::{Platform, StoreError};
use lakebed_engine::Engine;
use lakebed_storage::Storage;
use lakebed_wire::athena;
use parking_lot::Mutex;
use tokio::task::JoinHandle;

use crate::error::{ErrorKind, QueryError, Result};
use crate::execute::{self, Answer, Context, ExecutedPlan, PreparedStatements};
use crate::lake::{DEFAULT_DATABASE, Lake};
use crate::results::Column;
use crate::statement;
use history::History;
use queue::Queue;
use workgroups::PRIMARY;

/// Amazon Athena over the catalog's tables. Cheap to clone.
#[derive(Clone)]
pub struct Athena {
    shared: Arc<Shared>,
}

struct Shared {
    platform: Platform,
    lake: Lake,
    history: History,
    /// The queries that are under way, by id.
    running: Mutex<HashMap<String, JoinHandle<()>>>,
    queue: Queue,
    prepared_statements: PreparedStatements,
}

/// What a statement answered to [`Athena::run`].
#[derive(Debug, Clone)]
pub struct QueryAnswer {
    /// The columns; none for statements that answer nothing.
    pub columns: Vec<Column>,
    /// The values in Athena's text form; none for null.
    pub rows: Vec<Vec<Option<String>>>,
    /// Rows written, by statements that write.
    pub update_count: Option<u64>,
    /// Bytes fetched from storage.
    pub scanned_bytes: u64,
    /// From text to last row.
    pub elapsed: Duration,
}

impl Athena {
    /// Opens the service; queries that a dead process left unfinished become FAILED.
    ///
    /// # Errors
    /// If the metadata cannot be read or written.
    pub fn open(
        platform: Platform,
        catalog: Catalog,
        engine: Engine,
        storage: Storage,
        quotas: Quotas,
    ) -> Result<Self, StoreError> {
        let history = History::new(platform.clone());
        history.fail_unfinished()?;
        Ok(Self {
            shared: Arc::new(Shared {
                lake: Lake::new(catalog, engine, storage, platform.clock.clone()),
                history,
                running: Mutex::default(),
                queue: Queue::new(quotas),
                prepared_statements: PreparedStatements {
                    platform: platform.clone(),
                },
                platform,
            }),
        })
    }

    /// Stops everything that runs.
    pub async fn reset(&self) {
        self.stop_all().await;
    }

    /// Stops everything that runs; what was stopped is told so in the history.
    pub async fn shutdown(&self) {
        self.stop_all().await;
        if let Err(error) = self.shared.history.fail_unfinished() {
            tracing::error!(%error, "unfinished queries cannot be marked");
        }
    }

    async fn stop_all(&self) {
        let running = std::mem::take(&mut *self.shared.running.lock());
        for query in running.values() {
            query.abort();
        }
        for query in running.into_values() {
            // Aborted: there is no answer to look at.
            let _ = query.await;
        }
    }

    /// Runs a statement and waits for its answer, without leaving a result or a record.
    ///
    /// # Errors
    /// The statement's refusal or failure in Athena's words.
    pub async fn run(&self, database: Option<&str>, sql: &str) -> Result<QueryAnswer> {
        let lake = self.shared.lake.clone();
        let database = database.unwrap_or(DEFAULT_DATABASE).to_lowercase();
        let creator = self.shared.platform.internal_context().principal.arn.into();
        let prepared_statements = self.shared.prepared_statements.clone();
        let sql = sql.to_owned();
        let engine = lake.engine.clone();
        let work = engine.spawn(async move {
            let begun = Instant::now();
            let statement = statement::parse(&sql)?;
            let context = Context {
                session: lake.session(&database),
                lake,
                database,
                query_id: uuid::Uuid::new_v4().to_string(),
                output: None,
                creator,
                workgroup: PRIMARY.to_owned(),
                prepared_statements,
                cutoff_bytes: None,
                encryption: None,
                executed: ExecutedPlan::default(),
            };
            let mut answer = collect(execute::execute(&context, &statement).await?).await?;
            answer.scanned_bytes = context.session.scanned_bytes();
            answer.elapsed = begun.elapsed();
            Ok(answer)
        });
        work.await
            .map_err(|error| QueryError::new(ErrorKind::GenericInternalError, error.to_string()))?
    }

    /// A refusal with Athena's code for it, such as `INVALID_INPUT`.
    fn refusal(message: impl Into<String>, code: &str) -> athena::Error {
        athena::Error::InvalidRequestException {
            message: message.into(),
            athena_error_code: Some(code.to_owned()),
        }
    }
}

/// The whole answer, in memory.
async fn collect(answer: Answer) -> Result<QueryAnswer> {
    let mut collected = QueryAnswer {
        columns: Vec::new(),
        rows: Vec::new(),
        update_count: None,
        scanned_bytes: 0,
        elapsed: Duration::ZERO,
    };
    match answer {
        Answer::Rows {
            columns,
            mut stream,
        } => {
            collected.columns = columns;
            while let Some(batch) = stream
                .try_next()
                .await
                .map_err(|error| QueryError::from(&error))?
            {
                let columns = batch
                    .columns()
                    .iter()
                    .map(TextColumn::new)
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(|error| QueryError::from(&error.into()))?;
                collected.rows.extend((0..batch.num_rows()).map(|row| {
                    columns
                        .iter()
                        .map(|column| column.text(row))
                        .collect::<Vec<_>>()
                }));
            }
        }
        Answer::Lines { columns, lines } => {
            // A line holds all columns, separated by tabs.
            collected.rows = lines
                .into_iter()
                .map(|line| match columns.len() {
                    1 => vec![Some(line)],
                    _ => line
                        .split('\t')
                        .map(|cell| Some(cell.trim_end().to_owned()))
                        .collect(),
                })
                .collect();
            collected.columns = columns;
        }
        Answer::Written { rows, .. } => collected.update_count = Some(rows),
        Answer::Nothing => {}
    }
    Ok(collected)
}
