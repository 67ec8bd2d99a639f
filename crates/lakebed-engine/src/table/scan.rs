//! Files to an execution plan.

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

use super::file_source::{FileReader, LakeFiles};
use crate::serde::avro::AvroReader;
use crate::serde::orc::OrcReader;
use crate::serde::parquet::{TableColumns, TableFiles};
use crate::text::compression::Compression;
use crate::text::{RecordEnd, TextReader};

/// Files in one bucket that are read alike.
#[derive(Debug)]
pub(crate) struct FileSet {
    store: ObjectStoreUrl,
    files: Vec<PartitionedFile>,
    source: Arc<RowSource>,
}

impl FileSet {
    pub(crate) fn new(
        store: ObjectStoreUrl,
        files: Vec<PartitionedFile>,
        source: Arc<RowSource>,
    ) -> Self {
        Self {
            store,
            files,
            source,
        }
    }

    fn is_read_with(&self, other: &Self) -> bool {
        self.store == other.store && Arc::ptr_eq(&self.source, &other.source)
    }

    pub(crate) fn file_count(&self) -> usize {
        self.files.len()
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.object_meta.size).sum()
    }
}

/// What reads rows out of files.
#[derive(Debug)]
pub(crate) enum RowSource {
    /// Parquet with the columns the files say.
    Parquet,
    /// Parquet with the columns a table says.
    TableParquet {
        /// Columns are found by their place rather than by their name.
        by_index: bool,
    },
    Text(Arc<TextReader>),
    Avro(Arc<AvroReader>),
    Orc(Arc<OrcReader>),
}

impl RowSource {
    /// Whether columns are found by their name, not by their place.
    pub(crate) fn knows_columns_by_name(&self) -> bool {
        match self {
            Self::Parquet | Self::Avro(_) => true,
            Self::TableParquet { by_index } => !by_index,
            Self::Orc(reader) => !reader.by_index,
            Self::Text(_) => false,
        }
    }

    /// Whether the parts of these files can be read apart from each other.
    fn splits(&self, files: &[PartitionedFile]) -> bool {
        let compressed = |file: &PartitionedFile| Compression::of(file.path()).is_some();
        match self {
            Self::Parquet | Self::TableParquet { .. } | Self::Avro(_) | Self::Orc(_) => true,
            Self::Text(reader) => {
                reader.format.record_end() == RecordEnd::Line
                    && reader.format.margins().splittable()
                    && !files.iter().any(compressed)
            }
        }
    }
}

/// The columns that files give.
#[derive(Debug)]
pub(crate) struct ScanSource {
    pub(crate) table_schema: TableSchema,
}

/// The plan that reads the files: DataFusion's own file scan, one a bucket and way of reading.
pub(crate) fn scan(
    state: &dyn Session,
    source: &ScanSource,
    sets: Vec<FileSet>,
    projection: Option<&Vec<usize>>,
    limit: Option<usize>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let mut together: Vec<FileSet> = Vec::new();
    for set in sets.into_iter().filter(|set| !set.files.is_empty()) {
        match together.iter_mut().find(|known| known.is_read_with(&set)) {
            Some(known) => known.files.extend(set.files),
            None => together.push(set),
        }
    }
    let groups = state.config().target_partitions();
    let mut plans: Vec<Arc<dyn ExecutionPlan>> = Vec::new();
    for FileSet {
        store,
        files,
        source: rows,
    } in together
    {
        let splittable = rows.splits(&files);
        let reader = file_source(source, &rows, splittable, projection, &store, state)?;
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
    rows: &RowSource,
    splittable: bool,
    projection: Option<&Vec<usize>>,
    store: &ObjectStoreUrl,
    state: &dyn Session,
) -> Result<Arc<dyn FileSource>> {
    let parquet = || {
        ParquetSource::new(source.table_schema.clone())
            .with_table_parquet_options(state.table_options().parquet.clone())
    };
    Ok(match rows {
        RowSource::Parquet => Arc::new(parquet()),
        RowSource::TableParquet { by_index } => {
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
            let columns = TableColumns {
                all,
                read,
                by_index: *by_index,
            };
            let files = TableFiles::new(inner, store.clone(), columns);
            Arc::new(parquet().with_parquet_file_reader_factory(Arc::new(files)))
        }
        RowSource::Text(reader) => lake_files(source, reader.clone(), splittable),
        RowSource::Orc(reader) => lake_files(source, reader.clone(), splittable),
        RowSource::Avro(reader) => lake_files(source, reader.clone(), splittable),
    })
}

fn lake_files(
    source: &ScanSource,
    reader: Arc<dyn FileReader>,
    splittable: bool,
) -> Arc<dyn FileSource> {
    let schema = source.table_schema.clone();
    Arc::new(LakeFiles::new(schema, reader, splittable))
}
