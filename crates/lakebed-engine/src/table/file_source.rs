//! A table's files as a DataFusion file source, whatever reads them.

use std::fmt::{self, Debug};
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{
    FileOpenFuture, FileOpener, FileScanConfig, FileSource,
};
use datafusion::error::Result;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::{DisplayFormatType, PhysicalExpr};
use datafusion_datasource::projection::{ProjectionOpener, SplitProjection};
use datafusion_datasource::table_schema::TableSchema;
use object_store::ObjectStore;

/// Rows a batch holds unless the session says otherwise.
const DEFAULT_BATCH: usize = 8_192;

/// Reads files of one format.
pub(crate) trait FileReader: Debug + Send + Sync {
    /// Begins to read a file, or a range of it.
    fn open(&self, store: Arc<dyn ObjectStore>, file: OpenFile) -> FileOpenFuture;
}

/// A file, and what is wanted of it.
#[derive(Debug)]
pub(crate) struct OpenFile {
    pub(crate) file: PartitionedFile,
    /// `s3://bucket/key`.
    pub(crate) url: String,
    /// The table's data columns.
    pub(crate) schema: SchemaRef,
    /// Which of them are wanted.
    pub(crate) columns: Vec<usize>,
    pub(crate) batch_size: usize,
}

impl OpenFile {
    /// The bytes that the reading begins and ends at; none for the whole file.
    pub(crate) fn range(&self) -> Option<std::ops::Range<u64>> {
        let range = self.file.range.as_ref()?;
        Some(range.start.max(0) as u64..range.end.max(0) as u64)
    }
}

/// The files of a table as DataFusion scans them.
#[derive(Debug, Clone)]
pub(crate) struct LakeFiles {
    table_schema: TableSchema,
    reader: Arc<dyn FileReader>,
    splittable: bool,
    projection: SplitProjection,
    batch_size: usize,
    metrics: ExecutionPlanMetricsSet,
}

impl LakeFiles {
    pub(crate) fn new(
        table_schema: TableSchema,
        reader: Arc<dyn FileReader>,
        splittable: bool,
    ) -> Self {
        Self {
            projection: SplitProjection::unprojected(&table_schema),
            table_schema,
            reader,
            splittable,
            batch_size: DEFAULT_BATCH,
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }
}

impl FileSource for LakeFiles {
    fn create_file_opener(
        &self,
        object_store: Arc<dyn ObjectStore>,
        config: &FileScanConfig,
        _: usize,
    ) -> Result<Arc<dyn FileOpener>> {
        let file_schema = self.table_schema.file_schema();
        let opener = Opener {
            object_store,
            bucket: config.object_store_url.as_str().to_owned(),
            reader: Arc::clone(&self.reader),
            schema: Arc::clone(file_schema),
            columns: self.projection.file_indices.clone(),
            batch_size: self.batch_size,
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
        "lake"
    }

    fn supports_repartitioning(&self) -> bool {
        self.splittable
    }

    fn fmt_extra(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ", reader={:?}", self.reader)
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        datafusion::physical_plan::apply_expression_roots(self.projection.source.iter(), f)
    }
}

struct Opener {
    object_store: Arc<dyn ObjectStore>,
    /// `s3://bucket/`.
    bucket: String,
    reader: Arc<dyn FileReader>,
    schema: SchemaRef,
    columns: Vec<usize>,
    batch_size: usize,
}

impl FileOpener for Opener {
    fn open(&self, file: PartitionedFile) -> Result<FileOpenFuture> {
        let file = OpenFile {
            url: format!("{}{}", self.bucket, file.object_meta.location),
            file,
            schema: Arc::clone(&self.schema),
            columns: self.columns.clone(),
            batch_size: self.batch_size,
        };
        Ok(self.reader.open(Arc::clone(&self.object_store), file))
    }
}
