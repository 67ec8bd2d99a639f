//! Rows to files.
//!
//! A write splits the rows by their partition values, encodes each partition's rows in a task of
//! its own and uploads them as they come. No file is visible before [`PendingWrite::commit`]: a
//! write that fails, or is dropped, leaves nothing that a reader could see.

mod buckets;
mod compressor;
mod encoder;
mod format;
mod hive_text;
mod measure;
mod options;
mod orc;
mod partitioner;
mod staged_file;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::BatchCoalescer;
use arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::StreamExt;
use lakebed_storage::{BucketName, Storage};
use object_store::ObjectStore;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::{EngineError, Location, Session};

use self::buckets::Bucketer;
pub use self::buckets::Buckets;
use self::encoder::Encoder;
pub use self::format::{
    AvroCompression, HiveDelimiters, OrcCompression, ParquetCompression, TextCompression,
    WriteFormat,
};
pub use self::measure::parquet_column_sizes;
pub use self::options::{PartitionPlaces, WriteOptions, WriteProgress};
use self::partitioner::{PartitionValues, Partitioner};
use self::staged_file::StagedFile;

/// Files that may be open at once; beyond it all are closed and further rows start new ones.
const MOST_OPEN_FILES: usize = 128;
/// Rows that are encoded at once: a batch split by a hundred partitions leaves few for each.
const ROWS_AT_ONCE: usize = 8_192;
/// Batches that wait for a file's task.
const QUEUE: usize = 4;

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
    let location = Location::parse(&options.location)?;
    let partitioner = Partitioner::new(&plan.schema(), &options.partition_by)?;
    let mut writer = Writer {
        schema: partitioner.file_schema(),
        bucketer: options
            .buckets
            .as_ref()
            .map(|buckets| Bucketer::new(&partitioner.file_schema(), buckets))
            .transpose()?,
        partitioner,
        options: options.clone(),
        location,
        storage: session.storage().clone(),
        open: HashMap::new(),
        closing: Vec::new(),
        partitions: 0,
        begun: 0,
    };
    let outcome = writer.take_all(session, plan).await;
    let finished = writer.finish().await;
    match outcome.and(finished.1) {
        Ok(()) => Ok(PendingWrite {
            files: finished.0,
            schema: writer.schema,
        }),
        Err(error) => {
            for (staged, _) in finished.0 {
                staged.abort().await;
            }
            Err(error)
        }
    }
}

type FileTask = JoinHandle<Result<(StagedFile, WrittenFile), EngineError>>;

/// What the rows of one file have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct FileKey {
    values: PartitionValues,
    bucket: Option<u32>,
}

struct Writer {
    schema: SchemaRef,
    partitioner: Partitioner,
    bucketer: Option<Bucketer>,
    options: WriteOptions,
    location: Location,
    storage: Storage,
    open: HashMap<FileKey, (mpsc::Sender<RecordBatch>, FileTask)>,
    closing: Vec<FileTask>,
    partitions: usize,
    begun: usize,
}

impl Writer {
    async fn take_all(
        &mut self,
        session: &Session,
        plan: Arc<dyn ExecutionPlan>,
    ) -> Result<(), EngineError> {
        let mut rows = execute_stream(plan, session.context().task_ctx())?;
        while let Some(batch) = rows.next().await {
            let batch = batch?;
            if let Some(progress) = &self.options.progress {
                progress.add_rows(batch.num_rows() as u64);
            }
            for (values, part) in self.partitioner.split(&batch)? {
                for (bucket, part) in self.bucketed(part)? {
                    let values = values.clone();
                    self.take(FileKey { values, bucket }, part).await?;
                }
            }
        }
        // A write without partitions makes a file even of no rows, so that its schema is kept.
        if self.options.partition_by.is_empty() && self.begun == 0 {
            let bucket = self.bucketer.as_ref().map(|_| 0);
            let key = FileKey {
                bucket,
                ..FileKey::default()
            };
            self.take(key, RecordBatch::new_empty(Arc::clone(&self.schema)))
                .await?;
        }
        Ok(())
    }

    /// The rows of a partition by their buckets, or all of them where there are none.
    fn bucketed(&self, rows: RecordBatch) -> Result<Vec<(Option<u32>, RecordBatch)>, EngineError> {
        let Some(bucketer) = &self.bucketer else {
            return Ok(vec![(None, rows)]);
        };
        let parts = bucketer.split(&rows).map_err(DataFusionError::from)?;
        let parts = parts.into_iter();
        Ok(parts.map(|(bucket, part)| (Some(bucket), part)).collect())
    }

    async fn take(&mut self, key: FileKey, rows: RecordBatch) -> Result<(), EngineError> {
        if !self.open.contains_key(&key) {
            self.begin(key.clone()).await?;
        }
        if let Some((queue, _)) = self.open.get(&key)
            && queue.send(rows).await.is_err()
        {
            // The file's task has ended early, with an error that finishing brings out.
            return self.finish_one(&key).await;
        }
        Ok(())
    }

    async fn finish_one(&mut self, key: &FileKey) -> Result<(), EngineError> {
        let Some((queue, task)) = self.open.remove(key) else {
            return Ok(());
        };
        drop(queue);
        match joined(task.await) {
            Ok((staged, _)) => {
                staged.abort().await;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    async fn begin(&mut self, key: FileKey) -> Result<(), EngineError> {
        self.partitions += 1;
        if let Some(limit) = self.options.max_partitions
            && self.partitions > limit
        {
            return Err(EngineError::TooManyPartitions { limit });
        }
        // A bucket is one file, which must stay open to the end.
        if self.open.len() >= MOST_OPEN_FILES && self.bucketer.is_none() {
            self.closing
                .extend(self.open.drain().map(|(_, (_, task))| task));
        }
        let (stem, ending) = (&self.options.file_stem, self.options.format.ending());
        let name = match key.bucket {
            Some(bucket) => format!("{stem}_bucket-{bucket:05}{ending}"),
            None => format!("{stem}-{:05}{ending}", self.begun),
        };
        self.begun += 1;
        if let Some(progress) = &self.options.progress {
            progress.add_file();
        }
        let folder = self.folder(&key.values)?;
        let path = [folder.prefix(), &name]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("/");
        let store = self.store(&folder)?;
        let staged = StagedFile::begin(store, &path, self.options.format.content_type()).await?;
        let encoder = Encoder::new(
            &self.options.format,
            self.options.zstd_level,
            Arc::clone(&self.schema),
        )?;
        let path = format!("s3://{}/{path}", folder.bucket());
        let (queue, batches) = mpsc::channel(QUEUE);
        let schema = Arc::clone(&self.schema);
        let task = tokio::spawn(write_file(
            staged,
            encoder,
            schema,
            batches,
            path,
            key.values.0.clone(),
        ));
        self.open.insert(key, (queue, task));
        Ok(())
    }

    /// The folder of a partition's files.
    fn folder(&self, values: &PartitionValues) -> Result<Location, EngineError> {
        let place = match &self.options.places {
            Some(places) if !values.0.is_empty() => places.of(&values.0)?,
            _ => None,
        };
        match place {
            Some(place) => Location::parse(&place),
            None => Ok(self
                .location
                .join(&values.folder(&self.options.partition_by))),
        }
    }

    fn store(&self, folder: &Location) -> Result<Arc<dyn ObjectStore>, EngineError> {
        let bucket: BucketName = folder
            .bucket()
            .parse()
            .map_err(|_| EngineError::InvalidLocation(folder.to_string()))?;
        Ok(match &self.options.encryption {
            Some(encryption) => self.storage.encrypting_store(&bucket, encryption.clone()),
            None => self.storage.object_store(&bucket),
        })
    }

    /// Ends all files; those that ended well are given back whatever became of the others.
    async fn finish(&mut self) -> (Vec<(StagedFile, WrittenFile)>, Result<(), EngineError>) {
        let tasks: Vec<FileTask> = self
            .closing
            .drain(..)
            .chain(self.open.drain().map(|(_, (_, task))| task))
            .collect();
        let mut files = Vec::new();
        let mut outcome = Ok(());
        for task in tasks {
            match joined(task.await) {
                Ok(file) => files.push(file),
                Err(error) => outcome = Err(error),
            }
        }
        files.sort_by(|left, right| left.1.path.cmp(&right.1.path));
        (files, outcome)
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

async fn write_file(
    mut staged: StagedFile,
    mut encoder: Encoder,
    schema: SchemaRef,
    mut batches: mpsc::Receiver<RecordBatch>,
    path: String,
    partition_values: Vec<Option<String>>,
) -> Result<(StagedFile, WrittenFile), EngineError> {
    let mut rows = 0;
    let mut coalescer = BatchCoalescer::new(Arc::clone(&schema), ROWS_AT_ONCE);
    let mut at_end = false;
    while !at_end {
        match batches.recv().await {
            Some(batch) => {
                rows += batch.num_rows() as u64;
                coalescer.push_batch(batch).map_err(DataFusionError::from)?;
            }
            None => {
                coalescer
                    .finish_buffered_batch()
                    .map_err(DataFusionError::from)?;
                at_end = true;
            }
        }
        while let Some(batch) = coalescer.next_completed_batch() {
            staged.append(encoder.encode(&batch)?).await?;
        }
    }
    if rows == 0 {
        // Formats with a header have it in empty files too.
        let none = RecordBatch::new_empty(schema);
        staged.append(encoder.encode(&none)?).await?;
    }
    staged.append(encoder.finish()?).await?;
    staged.flush().await?;
    let bytes = staged.bytes();
    Ok((
        staged,
        WrittenFile {
            path,
            bytes,
            rows,
            partition_values,
        },
    ))
}
