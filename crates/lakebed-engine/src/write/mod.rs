//! Rows to files.
//!
//! Every stream of a plan has a task that splits its rows by their partition values. The rows of a
//! partition wait until they fill a row group, or until too much waits; row groups are encoded side
//! by side, and each file has a task that puts them one after the other and uploads them. No file
//! is visible before [`PendingWrite::commit`]: a write that fails, or is dropped, leaves nothing
//! that a reader could see.

mod buckets;
mod compressor;
mod encoder;
mod file_task;
mod format;
mod hive_text;
mod measure;
mod options;
mod orc;
mod parquet;
mod parquet_layout;
mod partitioner;
mod sorted;
mod spilled_rows;
mod staged_file;
mod waiting_rows;
mod writer;

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::physical_plan::{ExecutionPlan, execute_stream_partitioned};

use crate::{EngineError, Session};

pub use self::buckets::Buckets;
pub use self::format::{
    AvroCompression, HiveDelimiters, OrcCompression, ParquetCompression, TextCompression,
    WriteFormat,
};
pub use self::measure::parquet_column_sizes;
pub use self::options::{PartitionPlaces, WriteOptions, WriteProgress};
pub use self::parquet_layout::ParquetLayout;
use self::staged_file::StagedFile;
use self::writer::Writer;

/// What a write made.
#[derive(Debug, Clone)]
pub struct WriteReport {
    /// The files, in the order they were begun.
    pub files: Vec<WrittenFile>,
    /// All rows.
    pub rows: u64,
    /// All files' sizes together, in bytes.
    pub bytes: u64,
    /// The files' columns: those of the plan without the partition columns.
    pub schema: SchemaRef,
}

/// One file that was written.
#[derive(Debug, Clone)]
pub struct WrittenFile {
    /// `s3://bucket/key`.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Its rows.
    pub rows: u64,
    /// The values of the partition columns, as folders spell them; none for null.
    pub partition_values: Vec<Option<String>>,
}

/// Files that are uploaded and not visible yet.
#[derive(Debug)]
pub struct PendingWrite {
    files: Vec<(StagedFile, WrittenFile)>,
    schema: SchemaRef,
}

impl PendingWrite {
    /// Makes the files visible. Should one of them fail, those already visible are removed again.
    ///
    /// # Errors
    /// [`EngineError::Storage`].
    pub async fn commit(self) -> Result<WriteReport, EngineError> {
        let mut visible = Vec::new();
        let mut written = Vec::new();
        let mut files = self.files.into_iter();
        while let Some((staged, file)) = files.next() {
            match staged.complete().await {
                Ok(seen) => visible.push(seen),
                Err(error) => {
                    for (staged, _) in files {
                        staged.abort().await;
                    }
                    for file in visible {
                        file.remove().await;
                    }
                    return Err(error);
                }
            }
            written.push(file);
        }
        Ok(WriteReport {
            rows: written.iter().map(|file| file.rows).sum(),
            bytes: written.iter().map(|file| file.bytes).sum(),
            files: written,
            schema: self.schema,
        })
    }

    /// Drops what was uploaded.
    pub async fn abort(self) {
        for (staged, _) in self.files {
            staged.abort().await;
        }
    }
}

/// Runs a plan and writes its rows.
///
/// # Errors
/// What the plan raises, [`EngineError::TooManyPartitions`], [`EngineError::Storage`].
pub async fn write_partitioned(
    session: &Session,
    plan: Arc<dyn ExecutionPlan>,
    options: &WriteOptions,
) -> Result<WriteReport, EngineError> {
    write_pending(session, plan, options).await?.commit().await
}

/// Runs a plan and uploads its rows, without making them visible: for those who write several
/// targets that belong together.
///
/// # Errors
/// As [`write_partitioned`].
pub async fn write_pending(
    session: &Session,
    plan: Arc<dyn ExecutionPlan>,
    options: &WriteOptions,
) -> Result<PendingWrite, EngineError> {
    let writer = Arc::new(Writer::new(session, &plan.schema(), options)?);
    let plan = sorted::sorted(plan, options)?;
    let streams = execute_stream_partitioned(plan, session.context().task_ctx())?;
    let outcome = writer.take_all(streams).await;
    let (files, finished) = writer.finish().await;
    match outcome.and(finished) {
        Ok(()) => Ok(PendingWrite {
            files,
            schema: writer.schema(),
        }),
        Err(error) => {
            for (staged, _) in files {
                staged.abort().await;
            }
            Err(error)
        }
    }
}

fn joined<T>(
    ended: Result<Result<T, EngineError>, tokio::task::JoinError>,
) -> Result<T, EngineError> {
    ended.unwrap_or_else(|error| {
        Err(EngineError::Start(format!(
            "a writing task ended early: {error}"
        )))
    })
}
