//! Files to an execution plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::catalog::Session;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{
    FileGroup, FileScanConfigBuilder, FileSource, ParquetSource,
};
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::union::UnionExec;
use datafusion_datasource::source::DataSourceExec;
use datafusion_datasource::table_schema::TableSchema;

use super::parquet::TableFiles;
use crate::text::{RecordEnd, TextFormat, TextSource};

/// Files in one bucket.
#[derive(Debug)]
pub(crate) struct FileSet {
    store: ObjectStoreUrl,
    files: Vec<PartitionedFile>,
}

impl FileSet {
    pub(crate) fn new(store: ObjectStoreUrl, files: Vec<PartitionedFile>) -> Self {
        Self { store, files }
    }
}

/// What reads rows out of files.
#[derive(Debug, Clone)]
pub(crate) enum RowSource {
    /// Parquet with the columns the files say.
    Parquet,
    /// Parquet with the columns a table says.
    TableParquet,
    Text {
        format: Arc<dyn TextFormat>,
        end: RecordEnd,
        table: String,
    },
}

/// How files are read, and the columns they give.
#[derive(Debug)]
pub(crate) struct ScanSource {
    pub(crate) table_schema: TableSchema,
    pub(crate) format: RowSource,
}

/// The plan that reads the files: DataFusion's own file scan, one a bucket.
pub(crate) fn scan(
    state: &dyn Session,
    source: &ScanSource,
    sets: Vec<FileSet>,
    projection: Option<&Vec<usize>>,
    limit: Option<usize>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let mut by_store: BTreeMap<String, (ObjectStoreUrl, Vec<PartitionedFile>)> = BTreeMap::new();
    for FileSet { store, files } in sets {
        let entry = by_store
            .entry(store.as_str().to_owned())
            .or_insert_with(|| (store, Vec::new()));
        entry.1.extend(files);
    }
    let groups = state.config().target_partitions();
    let mut plans: Vec<Arc<dyn ExecutionPlan>> = Vec::new();
    for (store, files) in by_store
        .into_values()
        .filter(|(_, files)| !files.is_empty())
    {
        let splittable = files
            .iter()
            .all(|file| !TextSource::is_compressed(file.path()));
        let reader = file_source(source, splittable, projection, &store, state)?;
        let config = FileScanConfigBuilder::new(store, reader)
            .with_file_groups(FileGroup::new(files).split_files(groups))
            .with_limit(limit)
            .with_projection_indices(projection.cloned())?
            .build();
        plans.push(DataSourceExec::from_data_source(config));
    }
    match plans.len() {
        0 => {
            let schema = source.table_schema.table_schema();
            let schema = match projection {
                Some(projection) => Arc::new(schema.project(projection)?),
                None => Arc::clone(schema),
            };
            Ok(Arc::new(EmptyExec::new(schema)))
        }
        1 => Ok(plans.remove(0)),
        _ => UnionExec::try_new(plans),
    }
}

fn file_source(
    source: &ScanSource,
    splittable: bool,
    projection: Option<&Vec<usize>>,
    store: &ObjectStoreUrl,
    state: &dyn Session,
) -> Result<Arc<dyn FileSource>> {
    let parquet = || {
        ParquetSource::new(source.table_schema.clone())
            .with_table_parquet_options(state.table_options().parquet.clone())
    };
    Ok(match &source.format {
        RowSource::Parquet => Arc::new(parquet()),
        RowSource::TableParquet => {
            let all = Arc::clone(source.table_schema.file_schema());
            let read = all.fields().iter().enumerate();
            let read = read
                .filter(|(index, _)| projection.is_none_or(|columns| columns.contains(index)))
                .map(|(_, field)| Arc::clone(field))
                .collect();
            let environment = state.runtime_env();
            let inner = CachedParquetFileReaderFactory::new(
                environment.object_store(store)?,
                environment.cache_manager.get_file_metadata_cache(),
            );
            let files = TableFiles::new(inner, store.clone(), all, read);
            Arc::new(parquet().with_parquet_file_reader_factory(Arc::new(files)))
        }
        RowSource::Text { format, end, table } => Arc::new(TextSource::new(
            source.table_schema.clone(),
            Arc::clone(format),
            *end,
            splittable && *end == RecordEnd::Line,
            table.clone(),
        )),
    })
}
