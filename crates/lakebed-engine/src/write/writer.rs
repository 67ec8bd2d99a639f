//! From streams of rows to the tasks of files.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit};
use futures::StreamExt;
use lakebed_storage::{BucketName, Storage};
use object_store::ObjectStore;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinHandle, JoinSet};

use super::buckets::Bucketer;
use super::file_task::{FileTask, Place, Work};
use super::format::WriteFormat;
use super::options::WriteOptions;
use super::parquet::RowGroupEncoder;
use super::partitioner::{PartitionValues, Partitioner};
use super::spilled_rows::SpilledRows;
use super::staged_file::StagedFile;
use super::waiting_rows::{Chunk, FileKey, Limits, WaitingRows};
use super::{WrittenFile, joined};
use crate::{EngineError, Location, Session};

/// The rows of a stream that are split at once: a batch alone, split by a hundred partitions, leaves
/// few for each.
const ROWS_SPLIT_AT_ONCE: usize = 128 << 10;
/// Rows that are encoded at once where the format has no row groups.
const ROWS_ENCODED_AT_ONCE: usize = 8_192;
/// The most rows of a row group.
const ROW_GROUP_ROWS: usize = 1 << 20;
/// The most bytes of a row group's rows, in memory.
const ROW_GROUP_BYTES: usize = 128 << 20;
/// Where memory has no limit, as many bytes of rows may wait.
const WAITING_BYTES: usize = 512 << 20;
/// What waits for a file's task.
const QUEUE: usize = 4;

type Files = Vec<(StagedFile, WrittenFile)>;

/// One write.
pub(super) struct Writer {
    options: Arc<WriteOptions>,
    location: Location,
    storage: Storage,
    partitioner: Arc<Partitioner>,
    bucketer: Option<Bucketer>,
    limits: Limits,
    waiting: Mutex<WaitingRows>,
    open: Mutex<HashMap<usize, OpenFile>>,
    /// One for each row group that may be encoded at the same time.
    encoding: Arc<Semaphore>,
}

struct OpenFile {
    queue: mpsc::Sender<Work>,
    row_groups: Option<Arc<RowGroupEncoder>>,
    task: JoinHandle<Result<Files, EngineError>>,
}

impl Writer {
    /// # Errors
    /// [`EngineError::InvalidMetadata`] for partition columns or buckets that make no sense,
    /// [`EngineError::InvalidLocation`].
    pub(super) fn new(
        session: &Session,
        schema: &Schema,
        options: &WriteOptions,
    ) -> Result<Self, EngineError> {
        let partitioner = Partitioner::new(schema, &options.partition_by)?;
        options.parquet.check(&partitioner.file_schema())?;
        let bucketer = options
            .buckets
            .as_ref()
            .map(|buckets| Bucketer::new(&partitioner.file_schema(), buckets))
            .transpose()?;
        let context = session.context();
        let threads = context.copied_config().target_partitions();
        let pool = Arc::clone(&context.runtime_env().memory_pool);
        let waiting_bytes = match pool.memory_limit() {
            MemoryLimit::Finite(limit) => limit / 4,
            MemoryLimit::Infinite | MemoryLimit::Unknown => WAITING_BYTES,
        };
        // What is being encoded takes no more memory than what waits.
        let layout = &options.parquet;
        let chunk_bytes = layout.row_group_bytes.unwrap_or(ROW_GROUP_BYTES);
        let chunk_bytes = chunk_bytes.min(waiting_bytes / threads.max(1));
        let target = options.target_file_bytes.unwrap_or(u64::MAX);
        let limits = Limits {
            chunk_rows: match options.format {
                WriteFormat::Parquet(_) => layout.row_group_rows.unwrap_or(ROW_GROUP_ROWS).max(1),
                _ => ROWS_ENCODED_AT_ONCE,
            },
            // A file ends after a chunk.
            chunk_bytes: chunk_bytes.min(usize::try_from(target).unwrap_or(usize::MAX)),
            waiting_bytes,
            files: options.max_partitions,
        };
        let memory = MemoryConsumer::new("writer")
            .with_can_spill(true)
            .register(&pool);
        let disk = Arc::clone(&context.runtime_env().disk_manager);
        let spilled = SpilledRows::none(disk, partitioner.file_schema());
        Ok(Self {
            options: Arc::new(options.clone()),
            location: Location::parse(&options.location)?,
            storage: session.storage().clone(),
            partitioner: Arc::new(partitioner),
            bucketer,
            limits,
            waiting: Mutex::new(WaitingRows::new(limits, memory, spilled)),
            open: Mutex::new(HashMap::new()),
            encoding: Arc::new(Semaphore::new(threads.max(1))),
        })
    }

    /// The columns of the files.
    pub(super) fn schema(&self) -> SchemaRef {
        self.partitioner.file_schema()
    }

    /// Takes the rows of all streams.
    pub(super) async fn take_all(
        self: &Arc<Self>,
        streams: Vec<SendableRecordBatchStream>,
    ) -> Result<(), EngineError> {
        let bytes_at_once = self.limits.waiting_bytes / 4 / streams.len().max(1);
        let mut tasks = JoinSet::new();
        for stream in streams {
            let writer = Arc::clone(self);
            tasks.spawn(async move { writer.take_stream(stream, bytes_at_once).await });
        }
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = joined(ended) {
                tasks.shutdown().await;
                return Err(error);
            }
        }
        loop {
            let rest = self.waiting.lock().take_next()?;
            let Some(chunk) = rest else {
                break;
            };
            self.encode(vec![chunk]).await?;
        }
        // A write without partitions makes a file even of no rows, so that its schema is kept.
        if self.options.partition_by.is_empty() && self.waiting.lock().files() == 0 {
            let key = FileKey {
                bucket: self.bucketer.as_ref().map(|_| 0),
                ..FileKey::default()
            };
            let none = Chunk {
                file: 0,
                key: Arc::new(key),
                batches: vec![RecordBatch::new_empty(self.schema())],
            };
            self.encode(vec![none]).await?;
        }
        Ok(())
    }

    async fn take_stream(
        &self,
        mut stream: SendableRecordBatchStream,
        bytes_at_once: usize,
    ) -> Result<(), EngineError> {
        let mut splitter = self.partitioner.splitter()?;
        let (mut gathered, mut rows, mut bytes) = (Vec::new(), 0, 0);
        let rows_at_once = if self.options.partition_by.is_empty() {
            1
        } else {
            ROWS_SPLIT_AT_ONCE
        };
        let mut at_end = false;
        while !at_end {
            match stream.next().await {
                Some(batch) => {
                    let batch = batch?;
                    if let Some(progress) = &self.options.progress {
                        progress.add_rows(batch.num_rows() as u64);
                    }
                    rows += batch.num_rows();
                    bytes += batch.get_array_memory_size();
                    gathered.push(batch);
                }
                None => at_end = true,
            }
            if !at_end && rows < rows_at_once && bytes < bytes_at_once {
                continue;
            }
            for (values, part) in splitter.split(&gathered)? {
                self.take(values, part).await?;
            }
            gathered.clear();
            (rows, bytes) = (0, 0);
        }
        Ok(())
    }

    /// Takes rows of one partition.
    async fn take(&self, values: PartitionValues, rows: RecordBatch) -> Result<(), EngineError> {
        let parts = match &self.bucketer {
            None => vec![(None, rows)],
            Some(bucketer) => {
                let parts = bucketer.split(&rows).map_err(DataFusionError::from)?;
                let parts = parts.into_iter();
                parts.map(|(bucket, part)| (Some(bucket), part)).collect()
            }
        };
        for (bucket, part) in parts {
            for (share, part) in self.shares(&part) {
                let values = values.clone();
                let key = FileKey {
                    values,
                    bucket,
                    share,
                };
                let chunks = self.waiting.lock().add(key, part)?;
                self.encode(chunks).await?;
            }
        }
        Ok(())
    }

    /// Rows for each of a partition's files.
    fn shares(&self, rows: &RecordBatch) -> Vec<(u32, RecordBatch)> {
        let count = self.options.files_per_partition.max(1);
        let (all, count_rows) = (u64::from(count), rows.num_rows() as u64);
        let start = |share: u32| (u64::from(share) * count_rows / all) as usize;
        let shares = (0..count).map(|share| (share, start(share), start(share + 1)));
        let shares = shares.filter(|(_, start, end)| start < end);
        let shares = shares.map(|(share, start, end)| (share, rows.slice(start, end - start)));
        shares.collect()
    }

    /// Hands chunks to the tasks of their files; waits while as much is encoded as may be.
    async fn encode(&self, chunks: Vec<Chunk>) -> Result<(), EngineError> {
        for chunk in chunks {
            let file = chunk.file;
            let (queue, row_groups) = self.file(&chunk)?;
            let work = match row_groups {
                None => Work::Rows(chunk.batches),
                Some(encoder) => {
                    let turn = Arc::clone(&self.encoding).acquire_owned().await;
                    Work::RowGroup(tokio::spawn(async move {
                        let group = encoder.encode(&chunk.batches);
                        drop(turn);
                        group
                    }))
                }
            };
            if queue.send(work).await.is_err() {
                // The file's task has ended early: with an error.
                return self.failure_of(file).await;
            }
        }
        Ok(())
    }

    async fn failure_of(&self, file: usize) -> Result<(), EngineError> {
        let open = self.open.lock().remove(&file);
        match open {
            Some(open) => joined(open.task.await).map(|_| ()),
            None => Ok(()),
        }
    }

    /// The task of a chunk's file, which is begun with its first chunk.
    fn file(
        &self,
        chunk: &Chunk,
    ) -> Result<(mpsc::Sender<Work>, Option<Arc<RowGroupEncoder>>), EngineError> {
        let mut open = self.open.lock();
        let open = match open.entry(chunk.file) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(new) => new.insert(self.begin(chunk)?),
        };
        Ok((open.queue.clone(), open.row_groups.clone()))
    }

    fn begin(&self, chunk: &Chunk) -> Result<OpenFile, EngineError> {
        let row_groups = match self.options.format {
            WriteFormat::Parquet(compression) => {
                let (options, schema) = (&self.options, self.schema());
                let encoder = RowGroupEncoder::new(compression, options, &schema, &chunk.batches)?;
                Some(Arc::new(encoder))
            }
            _ => None,
        };
        let task = FileTask {
            options: Arc::clone(&self.options),
            schema: self.schema(),
            place: self.place(chunk)?,
            partition_values: chunk.key.values.0.clone(),
            row_groups: row_groups.clone(),
        };
        let (queue, work) = mpsc::channel(QUEUE);
        Ok(OpenFile {
            queue,
            row_groups,
            task: tokio::spawn(task.run(work)),
        })
    }

    fn place(&self, chunk: &Chunk) -> Result<Place, EngineError> {
        let stem = &self.options.file_stem;
        let stem = match chunk.key.bucket {
            Some(bucket) => format!("{stem}_bucket-{bucket:05}"),
            None => format!("{stem}-{:05}", chunk.file),
        };
        let folder = self.folder(&chunk.key.values)?;
        let store = self.store(&folder)?;
        Ok(Place {
            store,
            folder,
            stem,
        })
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
    pub(super) async fn finish(&self) -> (Files, Result<(), EngineError>) {
        let open: Vec<OpenFile> = {
            let mut open = self.open.lock();
            open.drain().map(|(_, open)| open).collect()
        };
        let mut tasks = Vec::with_capacity(open.len());
        for OpenFile { queue, task, .. } in open {
            drop(queue);
            tasks.push(task);
        }
        let mut files = Vec::new();
        let mut outcome = Ok(());
        for task in tasks {
            match joined(task.await) {
                Ok(written) => files.extend(written),
                Err(error) => outcome = Err(error),
            }
        }
        files.sort_by(|left, right| left.1.path.cmp(&right.1.path));
        (files, outcome)
    }
}
