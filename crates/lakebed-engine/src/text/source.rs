//! Text files as a DataFusion file source.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{
    FileOpenFuture, FileOpener, FileScanConfig, FileSource,
};
use datafusion::error::{DataFusionError, Result};
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::{DisplayFormatType, PhysicalExpr};
use datafusion_datasource::boundary_stream::AlignedBoundaryStream;
use datafusion_datasource::projection::{ProjectionOpener, SplitProjection};
use datafusion_datasource::table_schema::TableSchema;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};

use super::{RecordEnd, RecordError, Splitter, TextFormat};
use crate::EngineError;

/// Rows a batch holds unless the session says otherwise.
const DEFAULT_BATCH: usize = 8_192;

/// Reads text files in one format.
#[derive(Debug, Clone)]
pub(crate) struct TextSource {
    table_schema: TableSchema,
    format: Arc<dyn TextFormat>,
    end: RecordEnd,
    splittable: bool,
    table: String,
    projection: SplitProjection,
    batch_size: usize,
    metrics: ExecutionPlanMetricsSet,
}

impl TextSource {
    pub(crate) fn new(
        table_schema: TableSchema,
        format: Arc<dyn TextFormat>,
        end: RecordEnd,
        splittable: bool,
        table: String,
    ) -> Self {
        Self {
            projection: SplitProjection::unprojected(&table_schema),
            table_schema,
            format,
            end,
            splittable,
            table,
            batch_size: DEFAULT_BATCH,
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    /// Whether a file's name says that it must be read from its start.
    pub(crate) fn is_compressed(path: &Path) -> bool {
        compression_of(path) != FileCompressionType::UNCOMPRESSED
    }
}

/// A file's compression, by its name's end, as Hive's text readers know it.
fn compression_of(path: &Path) -> FileCompressionType {
    match path.extension() {
        Some("gz" | "gzip") => FileCompressionType::GZIP,
        Some("bz2") => FileCompressionType::BZIP2,
        Some("zst" | "zstd") => FileCompressionType::ZSTD,
        _ => FileCompressionType::UNCOMPRESSED,
    }
}

/// A file's content, uncompressed.
pub(crate) fn decompressed(
    path: &Path,
    stream: BoxStream<'static, object_store::Result<Bytes>>,
) -> Result<BoxStream<'static, Result<Bytes>>> {
    compression_of(path).convert_stream(stream.map_err(DataFusionError::from).boxed())
}

impl FileSource for TextSource {
    fn create_file_opener(
        &self,
        object_store: Arc<dyn ObjectStore>,
        _: &FileScanConfig,
        _: usize,
    ) -> Result<Arc<dyn FileOpener>> {
        let file_schema = self.table_schema.file_schema();
        let opener = TextOpener {
            object_store,
            format: Arc::clone(&self.format),
            end: self.end,
            schema: Arc::clone(file_schema),
            columns: self.projection.file_indices.clone(),
            batch_size: self.batch_size,
            table: self.table.clone(),
        };
        ProjectionOpener::try_new(self.projection.clone(), Arc::new(opener), file_schema)
    }

    fn table_schema(&self) -> &TableSchema {
        &self.table_schema
    }

    fn with_batch_size(&self, batch_size: usize) -> Arc<dyn FileSource> {
        Arc::new(Self {
            batch_size,
            ..self.clone()
        })
    }

    fn try_pushdown_projection(
        &self,
        projection: &ProjectionExprs,
    ) -> Result<Option<Arc<dyn FileSource>>> {
        let merged = self.projection.source.try_merge(projection)?;
        let projection = SplitProjection::new(self.table_schema.file_schema(), &merged);
        Ok(Some(Arc::new(Self {
            projection,
            ..self.clone()
        })))
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        Some(&self.projection.source)
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        &self.metrics
    }

    fn file_type(&self) -> &str {
        "text"
    }

    fn supports_repartitioning(&self) -> bool {
        self.splittable
    }

    fn fmt_extra(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ", format={:?}", self.format)
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        datafusion::physical_plan::apply_expression_roots(self.projection.source.iter(), f)
    }
}

struct TextOpener {
    object_store: Arc<dyn ObjectStore>,
    format: Arc<dyn TextFormat>,
    end: RecordEnd,
    schema: SchemaRef,
    columns: Vec<usize>,
    batch_size: usize,
    table: String,
}

impl FileOpener for TextOpener {
    fn open(&self, file: PartitionedFile) -> Result<FileOpenFuture> {
        let store = Arc::clone(&self.object_store);
        let path = file.object_meta.location.clone();
        let range = file
            .range
            .as_ref()
            .map(|range| (range.start.max(0) as u64, range.end.max(0) as u64));
        let size = file.object_meta.size;
        let from_start = range.is_none_or(|(start, _)| start == 0);
        let reader = Reader {
            splitter: Splitter::new(self.end),
            format: Arc::clone(&self.format),
            schema: Arc::clone(&self.schema),
            columns: self.columns.clone(),
            batch_size: self.batch_size,
            place: Place {
                table: self.table.clone(),
                path: path.clone(),
                record: from_start.then_some(0),
            },
            to_skip: if from_start {
                self.format.header_records()
            } else {
                0
            },
            at_start: from_start,
            buffer: Vec::new(),
        };
        Ok(Box::pin(async move {
            let input = match range {
                Some((start, end)) => {
                    AlignedBoundaryStream::new(store, path, start, end, size, b'\n')
                        .await?
                        .map_err(DataFusionError::from)
                        .boxed()
                }
                None => decompressed(&path, store.get(&path).await?.into_stream())?,
            };
            Ok(batches(input, reader))
        }))
    }
}

/// Where in which file a record stands, for messages.
#[derive(Debug)]
struct Place {
    table: String,
    path: Path,
    /// Records before this batch; unknown where the reading did not begin at the start.
    record: Option<usize>,
}

impl Place {
    fn error(&self, error: &RecordError) -> DataFusionError {
        let number = match (self.record, error.record) {
            (Some(before), Some(record)) => format!(" record {}", before + record + 1),
            _ => String::new(),
        };
        let Place { table, path, .. } = self;
        EngineError::BadData(format!(
            "{} (table {table}, file {path}{number})",
            error.reason
        ))
        .into()
    }
}

/// Cuts one file into batches.
struct Reader {
    splitter: Splitter,
    format: Arc<dyn TextFormat>,
    schema: SchemaRef,
    columns: Vec<usize>,
    batch_size: usize,
    place: Place,
    to_skip: usize,
    at_start: bool,
    buffer: Vec<u8>,
}

impl Reader {
    /// The batches that the next piece of the file completes; none stands for its end.
    fn read(&mut self, piece: Option<&Bytes>) -> Result<Vec<RecordBatch>> {
        self.buffer
            .extend_from_slice(piece.map_or(&[], |piece| piece));
        let at_end = piece.is_none();
        if self.at_start && (self.buffer.len() >= 3 || at_end) {
            // Hadoop's line reader drops a byte order mark, and so does Athena.
            if self.buffer.starts_with(b"\xef\xbb\xbf") {
                self.buffer.drain(..3);
            }
            self.at_start = false;
        }
        if self.at_start {
            return Ok(Vec::new());
        }
        let (ranges, next) = self.splitter.split(&self.buffer, at_end);
        let skipped = self.to_skip.min(ranges.len());
        self.to_skip -= skipped;
        self.place.record = self.place.record.map(|record| record + skipped);
        let mut batches = Vec::new();
        for chunk in ranges[skipped..].chunks(self.batch_size) {
            let records: Vec<&[u8]> = chunk
                .iter()
                .map(|range| &self.buffer[range.clone()])
                .collect();
            let batch = self.format.decode(&records, &self.schema, &self.columns);
            batches.push(batch.map_err(|error| self.place.error(&error))?);
            self.place.record = self.place.record.map(|record| record + chunk.len());
        }
        self.buffer.drain(..next);
        Ok(batches)
    }
}

fn batches(
    input: BoxStream<'static, Result<Bytes>>,
    reader: Reader,
) -> BoxStream<'static, Result<RecordBatch>> {
    let state = Some((input, reader));
    futures::stream::try_unfold(state, |state| async move {
        let Some((mut input, mut reader)) = state else {
            return Ok(None);
        };
        let piece = input.next().await.transpose()?;
        let at_end = piece.is_none();
        let batches = reader.read(piece.as_ref())?;
        let next = (!at_end).then_some((input, reader));
        Ok::<_, DataFusionError>(Some((
            futures::stream::iter(batches.into_iter().map(Ok)),
            next,
        )))
    })
    .try_flatten()
    .boxed()
}
