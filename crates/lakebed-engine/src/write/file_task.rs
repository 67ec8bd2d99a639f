//! One file after the other of the rows that belong together.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use object_store::ObjectStore;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::encoder::Encoder;
use super::options::WriteOptions;
use super::parquet::{ParquetFile, RowGroup, RowGroupEncoder};
use super::staged_file::StagedFile;
use super::{WrittenFile, joined};
use crate::{EngineError, Location};

/// What a file takes next.
pub(super) enum Work {
    /// Rows that are being encoded.
    RowGroup(JoinHandle<Result<RowGroup, EngineError>>),
    /// Rows of a format whose files are encoded from their start to their end.
    Rows(Vec<RecordBatch>),
}

/// Where files lie and what they are called.
pub(super) struct Place {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) folder: Location,
    /// What names begin with.
    pub(super) stem: String,
}

/// Writes files, each up to the size that is asked for.
pub(super) struct FileTask {
    pub(super) options: Arc<WriteOptions>,
    pub(super) schema: SchemaRef,
    pub(super) place: Place,
    pub(super) partition_values: Vec<Option<String>>,
    /// Of Parquet.
    pub(super) row_groups: Option<Arc<RowGroupEncoder>>,
}

/// A file that is being written.
struct Open {
    staged: StagedFile,
    content: Content,
    path: String,
    rows: u64,
}

enum Content {
    Parquet(Box<ParquetFile>),
    Other(Box<Encoder>),
}

impl FileTask {
    /// Takes all work that comes, and gives the files, which nobody sees yet.
    pub(super) async fn run(
        self,
        mut queue: mpsc::Receiver<Work>,
    ) -> Result<Vec<(StagedFile, WrittenFile)>, EngineError> {
        let mut done = Vec::new();
        let mut open = None;
        while let Some(work) = queue.recv().await {
            let mut file = match open.take() {
                Some(file) => file,
                None => self.begin(done.len()).await?,
            };
            self.take(&mut file, work).await?;
            let is_full = self
                .options
                .target_file_bytes
                .is_some_and(|target| file.staged.bytes() >= target);
            if is_full {
                done.push(self.end(file).await?);
            } else {
                open = Some(file);
            }
        }
        if let Some(file) = open {
            done.push(self.end(file).await?);
        }
        Ok(done)
    }

    /// Begins a file after so many others.
    async fn begin(&self, number: usize) -> Result<Open, EngineError> {
        let (stem, ending) = (&self.place.stem, self.options.format.ending());
        let name = match self.options.target_file_bytes {
            None => format!("{stem}{ending}"),
            Some(_) => format!("{stem}-c{number:03}{ending}"),
        };
        let folder = &self.place.folder;
        let key = match folder.prefix() {
            "" => name,
            prefix => format!("{}/{name}", prefix.trim_end_matches('/')),
        };
        let store = Arc::clone(&self.place.store);
        let staged = StagedFile::begin(store, &key, self.options.format.content_type()).await?;
        if let Some(progress) = &self.options.progress {
            progress.add_file();
        }
        let content = match &self.row_groups {
            Some(encoder) => Content::Parquet(Box::new(encoder.file()?)),
            None => {
                let (format, level) = (&self.options.format, self.options.zstd_level);
                let encoder = Encoder::new(format, level, &self.schema)?;
                Content::Other(Box::new(encoder))
            }
        };
        Ok(Open {
            staged,
            content,
            path: format!("s3://{}/{key}", folder.bucket()),
            rows: 0,
        })
    }

    async fn take(&self, file: &mut Open, work: Work) -> Result<(), EngineError> {
        match (work, &mut file.content) {
            (Work::RowGroup(group), Content::Parquet(parquet)) => {
                let group = joined(group.await)?;
                file.rows += group.rows;
                file.staged.append(parquet.append(group)?).await
            }
            (Work::Rows(batches), Content::Other(encoder)) => {
                let rows = concat_batches(&self.schema, &batches).map_err(DataFusionError::from)?;
                file.rows += rows.num_rows() as u64;
                file.staged.append(encoder.encode(&rows)?).await
            }
            (Work::RowGroup(_), Content::Other(_)) | (Work::Rows(_), Content::Parquet(_)) => Err(
                EngineError::Start("rows came in the form of another format".to_owned()),
            ),
        }
    }

    async fn end(&self, file: Open) -> Result<(StagedFile, WrittenFile), EngineError> {
        let mut staged = file.staged;
        let last = match file.content {
            Content::Parquet(file) => file.finish()?,
            Content::Other(encoder) => encoder.finish()?,
        };
        staged.append(last).await?;
        staged.flush().await?;
        let written = WrittenFile {
            path: file.path,
            bytes: staged.bytes(),
            rows: file.rows,
            partition_values: self.partition_values.clone(),
        };
        Ok((staged, written))
    }
}
