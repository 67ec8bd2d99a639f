//! One query's way from QUEUED to its end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use datafusion::execution::SendableRecordBatchStream;
use futures::TryStreamExt;
use lakebed_storage::Encryption;
use lakebed_wire::athena::{ColumnInfo, QueryExecutionStatistics, ResultReuseInformation};
use object_store::buffered::BufWriter;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use tokio::io::AsyncWriteExt;

use super::history::{Cause, Ending};
use super::queue::Place;
use super::reuse::Reuse;
use super::{Athena, Shared, stages};
use crate::error::{ErrorKind, QueryError, Result};
use crate::execute::{self, Answer, Context, ExecutedPlan};
use crate::results::metadata::{self, Update};
use crate::results::output::{OutputFile, OutputFolder};
use crate::results::{Column, csv};
use crate::statement::{Statement, StatementKind};

/// Result files up to this size, in bytes, are written at once; larger ones in parts of it.
const PART: usize = 8 << 20;

/// How often a query is held against its workgroup's limit.
const WATCH: Duration = Duration::from_millis(10);

/// A query that was accepted.
pub(super) struct Job {
    pub(super) id: String,
    pub(super) statement: Statement,
    pub(super) database: String,
    pub(super) folder: OutputFolder,
    pub(super) output: OutputFile,
    pub(super) creator: String,
    pub(super) workgroup: String,
    /// The most bytes the workgroup lets a query scan.
    pub(super) cutoff_bytes: Option<u64>,
    /// How the result files are encrypted; none is as their bucket is set.
    pub(super) encryption: Option<Encryption>,
    /// The query's place among those under way.
    pub(super) place: Place,
    /// Under which its result may be found again.
    pub(super) reuse: Option<Reuse>,
}

/// What a finished query leaves.
struct Finished {
    columns: Vec<Column>,
    update_count: Option<u64>,
    output_rows: u64,
    output_bytes: u64,
    manifest: Option<OutputFile>,
}

enum Failure {
    Query(QueryError),
    CutOff,
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        match error.kind() {
            ErrorKind::ExceededScanLimit => Self::CutOff,
            _ => Self::Query(error),
        }
    }
}

impl Athena {
    /// Hands the query to the engine's threads.
    pub(super) fn submit(&self, job: Job) {
        let shared = Arc::clone(&self.shared);
        let id = job.id.clone();
        // Held until the handle is kept, so that a query that ends at once finds itself.
        let mut running = self.shared.running.lock();
        let handle = self.shared.lake.engine.spawn(async move {
            run(&shared, &job).await;
            shared.running.lock().remove(&job.id);
        });
        running.insert(id, handle);
    }
}

async fn run(shared: &Shared, job: &Job) {
    let submitted = Instant::now();
    let turn = job.place.turn().await;
    let queued = submitted.elapsed();
    let waited = QueryExecutionStatistics {
        query_queue_time_in_millis: Some(millis(queued)),
        ..QueryExecutionStatistics::default()
    };
    match shared.history.run(&job.id, waited) {
        Ok(true) => {}
        Ok(false) => return,
        Err(error) => return tracing::error!(query = job.id, %error, "query cannot be marked"),
    }
    let ending = execute(shared, job, submitted, queued).await;
    drop(turn);
    let succeeded = matches!(ending.cause, Cause::Success);
    match shared.history.end(&job.id, ending) {
        Ok(true) if succeeded => {
            if let Some(reuse) = &job.reuse {
                reuse.keep(shared, &job.id);
            }
        }
        Ok(_) => {}
        Err(error) => tracing::error!(query = job.id, %error, "query cannot be marked"),
    }
}

async fn execute(shared: &Shared, job: &Job, submitted: Instant, queued: Duration) -> Ending {
    let begun = Instant::now();
    let context = Context {
        lake: shared.lake.clone(),
        session: shared.lake.session(&job.database),
        database: job.database.clone(),
        query_id: job.id.clone(),
        output: Some(job.folder.clone()),
        creator: job.creator.clone(),
        workgroup: job.workgroup.clone(),
        prepared_statements: shared.prepared_statements.clone(),
        cutoff_bytes: job.cutoff_bytes,
        encryption: job.encryption.clone(),
        executed: ExecutedPlan::default(),
    };
    let mut planned = Duration::ZERO;
    let work = async {
        let answer = execute::execute(&context, &job.statement).await;
        planned = begun.elapsed();
        deliver(&context, job, answer?).await
    };
    let finished = tokio::select! {
        finished = work => finished,
        () = cut_off(&context) => Err(Failure::CutOff),
        () = tokio::time::sleep(job.place.timeout()) => Err(Failure::Query(QueryError::new(
            ErrorKind::QueryTimeout,
            "Query timeout",
        ))),
    };
    let computed = begun.elapsed();
    let mut ending = Ending {
        statistics: QueryExecutionStatistics {
            query_queue_time_in_millis: Some(millis(queued)),
            query_planning_time_in_millis: Some(millis(planned)),
            engine_execution_time_in_millis: Some(millis(computed)),
            service_pre_processing_time_in_millis: Some(0),
            service_processing_time_in_millis: Some(0),
            total_execution_time_in_millis: Some(millis(submitted.elapsed())),
            data_scanned_in_bytes: i64::try_from(context.session.scanned_bytes()).ok(),
            result_reuse_information: Some(ResultReuseInformation {
                reused_previous_result: false,
            }),
            ..QueryExecutionStatistics::default()
        },
        scans: context.session.scans(),
        ..Ending::default()
    };
    match finished {
        Ok(finished) => {
            ending.columns = finished.columns.iter().map(Column::to_info).collect();
            ending.update_count = finished
                .update_count
                .and_then(|rows| i64::try_from(rows).ok());
            ending.output_rows = i64::try_from(finished.output_rows).ok();
            ending.output_bytes = i64::try_from(finished.output_bytes).ok();
            if let Some(plan) = context.executed.get() {
                ending.input_rows = Some(stages::scanned_rows(plan));
                ending.output_stage = stages::output_stage(plan);
            }
            ending.statistics.data_manifest_location =
                finished.manifest.map(|manifest| manifest.uri());
        }
        Err(Failure::Query(error)) => {
            tracing::info!(query = job.id, class = %error.class(), %error, "query failed");
            ending.cause = Cause::Failure(error);
        }
        Err(Failure::CutOff) => {
            ending.cause = Cause::Cancelled("Query cancelled! : Bytes scanned limit was exceeded");
        }
    }
    ending
}

/// Ends when the query has scanned more than it may.
async fn cut_off(context: &Context) {
    if context.cutoff_bytes.is_none() {
        return std::future::pending().await;
    }
    while !context.is_cut_off() {
        tokio::time::sleep(WATCH).await;
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Writes the answer to the output location as Athena does.
async fn deliver(context: &Context, job: &Job, answer: Answer) -> Result<Finished, Failure> {
    let utility = Some(0);
    match answer {
        Answer::Rows { columns, stream } => {
            let (rows, bytes) = write_csv(context, job, &columns, stream).await?;
            write_metadata(context, job, None, &columns).await?;
            Ok(Finished {
                columns,
                update_count: utility,
                output_rows: rows,
                output_bytes: bytes,
                manifest: None,
            })
        }
        Answer::Lines { columns, lines } => {
            let text = lines.join("\n");
            let bytes = text.len() as u64;
            put(context, job, &job.output, text.into()).await?;
            write_metadata(context, job, None, &columns).await?;
            let is_ddl = job.statement.kind() == StatementKind::MSCK_REPAIR;
            Ok(Finished {
                columns,
                update_count: if is_ddl { None } else { utility },
                output_rows: lines.len() as u64,
                output_bytes: bytes,
                manifest: None,
            })
        }
        Answer::Written { kind, rows, files } => {
            let columns = vec![Column::update_count()];
            let manifest = OutputFile {
                bucket: job.output.bucket.clone(),
                key: format!("{}-manifest.csv", job.output.key),
            };
            put(context, job, &manifest, files.join("\n").into()).await?;
            write_metadata(context, job, Some(Update { kind, rows }), &columns).await?;
            Ok(Finished {
                columns,
                update_count: Some(rows),
                output_rows: rows,
                output_bytes: 0,
                manifest: Some(manifest),
            })
        }
        Answer::Nothing => {
            put(context, job, &job.output, Bytes::new()).await?;
            Ok(Finished {
                columns: Vec::new(),
                update_count: None,
                output_rows: 0,
                output_bytes: 0,
                manifest: None,
            })
        }
    }
}

/// Streams the rows into the result file; answers how many there were and the file's size.
async fn write_csv(
    context: &Context,
    job: &Job,
    columns: &[Column],
    mut rows: SendableRecordBatchStream,
) -> Result<(u64, u64), Failure> {
    let mut file = BufWriter::with_capacity(store(context, job), job.output.path(), PART);
    let mut text = Vec::new();
    let (mut row_count, mut byte_count) = (0, 0);
    csv::write_header(columns.iter().map(|column| column.name.as_str()), &mut text);
    loop {
        byte_count += text.len() as u64;
        file.put(Bytes::from(std::mem::take(&mut text)))
            .await
            .map_err(unwritable)?;
        let batch = rows
            .try_next()
            .await
            .map_err(|error| QueryError::from(&error))?;
        if context.is_cut_off() {
            // Without its end, nothing of the file can be seen.
            return Err(Failure::CutOff);
        }
        let Some(batch) = batch else {
            break;
        };
        row_count += batch.num_rows() as u64;
        csv::write_rows(&batch, &mut text).map_err(|error| QueryError::from(&error.into()))?;
    }
    file.shutdown().await.map_err(unwritable)?;
    Ok((row_count, byte_count))
}

async fn write_metadata(
    context: &Context,
    job: &Job,
    update: Option<Update<'_>>,
    columns: &[Column],
) -> Result<(), Failure> {
    let infos: Vec<ColumnInfo> = columns.iter().map(Column::to_info).collect();
    let bytes = metadata::encode(&job.id, update, &infos);
    put(context, job, &job.output.metadata(), bytes.into()).await
}

/// Where the job's result files go, encrypted as it says.
fn store(context: &Context, job: &Job) -> Arc<dyn ObjectStore> {
    let storage = &context.lake.storage;
    let bucket = &job.output.bucket;
    match &job.encryption {
        Some(encryption) => storage.encrypting_store(bucket, encryption.clone()),
        None => storage.object_store(bucket),
    }
}

async fn put(context: &Context, job: &Job, file: &OutputFile, bytes: Bytes) -> Result<(), Failure> {
    store(context, job)
        .put(&file.path(), PutPayload::from_bytes(bytes))
        .await
        .map_err(unwritable)?;
    Ok(())
}

fn unwritable(error: impl std::fmt::Display) -> Failure {
    Failure::Query(QueryError::new(
        ErrorKind::HiveFilesystemError,
        format!("the query's results cannot be written: {error}"),
    ))
}
