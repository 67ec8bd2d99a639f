//! Parquet files as a table of the catalog sees them.
//!
//! The catalog keeps names in lower case, files as their writers spelt them; and a file may hold
//! other types than the table says. Both are settled where a file's footer is read: names become
//! the table's, types that do not fit are an error that names file and column.

use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema};
use bytes::Bytes;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::arrow::parquet_to_arrow_schema;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{FileMetaData, ParquetMetaData, ParquetMetaDataBuilder};
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};

use crate::serde::align::reads_as;
use crate::{EngineError, types};

/// The key under which writers built on Arrow keep their schema in the footer.
const ARROW_SCHEMA: &str = "ARROW:schema";

/// Opens a table's files.
#[derive(Debug)]
pub(crate) struct TableFiles {
    inner: CachedParquetFileReaderFactory,
    store: ObjectStoreUrl,
    columns: Arc<TableColumns>,
}

/// The table's data columns, and those of them that a scan reads.
#[derive(Debug)]
pub(crate) struct TableColumns {
    pub(crate) all: Arc<Schema>,
    pub(crate) read: Vec<FieldRef>,
    /// A file's columns are the table's in order, whatever their names
    /// (`parquet.column.index.access`).
    pub(crate) by_index: bool,
}

impl TableFiles {
    pub(crate) fn new(
        inner: CachedParquetFileReaderFactory,
        store: ObjectStoreUrl,
        columns: TableColumns,
    ) -> Self {
        Self {
            inner,
            store,
            columns: Arc::new(columns),
        }
    }
}

impl ParquetFileReaderFactory for TableFiles {
    fn create_reader(
        &self,
        partition_index: usize,
        file: PartitionedFile,
        metadata_size_hint: Option<usize>,
        metrics: &ExecutionPlanMetricsSet,
    ) -> datafusion::error::Result<Box<dyn AsyncFileReader + Send>> {
        let path = format!("{}{}", self.store.as_str(), file.object_meta.location);
        let inner = self
            .inner
            .create_reader(partition_index, file, metadata_size_hint, metrics)?;
        Ok(Box::new(TableFile {
            inner,
            path,
            columns: Arc::clone(&self.columns),
        }))
    }
}

struct TableFile {
    inner: Box<dyn AsyncFileReader + Send>,
    path: String,
    columns: Arc<TableColumns>,
}

impl AsyncFileReader for TableFile {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes>> {
        self.inner.get_bytes(range)
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>>> {
        self.inner.get_byte_ranges(ranges)
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>>> {
        async move {
            let metadata = self.inner.get_metadata(options).await.map_err(|error| {
                bad_data(format!("Not valid Parquet file: {} ({error})", self.path))
            })?;
            let metadata = self.columns.name(metadata)?;
            check_types(&self.columns.read, &metadata, &self.path)?;
            Ok(metadata)
        }
        .boxed()
    }
}

fn bad_data(reason: String) -> ParquetError {
    ParquetError::External(Box::new(EngineError::BadData(reason)))
}

impl TableColumns {
    /// The footer with its columns named as the table names them, and the names inside columns in
    /// lower case.
    fn name(&self, metadata: Arc<ParquetMetaData>) -> Result<Arc<ParquetMetaData>> {
        let root = metadata.file_metadata().schema_descr().root_schema();
        let columns: Vec<TypePtr> = root
            .get_fields()
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let name = if self.by_index {
                    self.name_at(index)
                } else {
                    name_in(&self.all, column.name())
                };
                renamed(column, name.as_deref().unwrap_or(column.name()))
            })
            .collect::<Result<_>>()?;
        with_columns(metadata, columns)
    }

    /// A column beyond the table's last one gets a name that no column has.
    fn name_at(&self, index: usize) -> Option<String> {
        match self.all.fields().get(index) {
            Some(field) => Some(field.name().clone()),
            None => Some(format!("\u{0}{index}")),
        }
    }
}

fn with_columns(
    metadata: Arc<ParquetMetaData>,
    columns: Vec<TypePtr>,
) -> Result<Arc<ParquetMetaData>> {
    let file = metadata.file_metadata();
    let root = file.schema_descr().root_schema();
    if columns.as_slice() == root.get_fields() {
        return Ok(metadata);
    }
    let root = Type::group_type_builder(root.name())
        .with_fields(columns)
        .build()?;
    // The writer's Arrow schema still has the old names.
    let key_values = file.key_value_metadata().map(|pairs| {
        let others = pairs.iter().filter(|pair| pair.key != ARROW_SCHEMA);
        others.cloned().collect()
    });
    let renamed = FileMetaData::new(
        file.version(),
        file.num_rows(),
        file.created_by().map(str::to_owned),
        key_values,
        Arc::new(SchemaDescriptor::new(Arc::new(root))),
        file.column_orders().cloned(),
    );
    let metadata = ParquetMetaDataBuilder::new(renamed)
        .set_row_groups(metadata.row_groups().to_vec())
        .set_column_index(metadata.column_index().cloned())
        .set_offset_index(metadata.offset_index().cloned())
        .build();
    Ok(Arc::new(metadata))
}

/// The table's spelling of a file's column; the same spelling is preferred.
fn name_in(table: &Schema, column: &str) -> Option<String> {
    if table.field_with_name(column).is_ok() {
        return Some(column.to_owned());
    }
    let folded = column.to_lowercase();
    let field = table
        .fields()
        .iter()
        .find(|field| field.name().to_lowercase() == folded)?;
    Some(field.name().clone())
}

fn renamed(column: &TypePtr, name: &str) -> Result<TypePtr> {
    let info = column.get_basic_info();
    let id = info.has_id().then(|| info.id());
    match column.as_ref() {
        Type::PrimitiveType { .. } if name == column.name() => Ok(Arc::clone(column)),
        Type::PrimitiveType {
            physical_type,
            type_length,
            scale,
            precision,
            ..
        } => {
            let renamed = Type::primitive_type_builder(name, *physical_type)
                .with_repetition(info.repetition())
                .with_converted_type(info.converted_type())
                .with_logical_type(info.logical_type_ref().cloned())
                .with_length(*type_length)
                .with_scale(*scale)
                .with_precision(*precision)
                .with_id(id)
                .build()?;
            Ok(Arc::new(renamed))
        }
        Type::GroupType { fields, .. } => {
            let fields = fields
                .iter()
                .map(|field| renamed(field, &field.name().to_lowercase()))
                .collect::<Result<Vec<_>>>()?;
            let renamed = Type::group_type_builder(name)
                .with_repetition(info.repetition())
                .with_converted_type(info.converted_type())
                .with_logical_type(info.logical_type_ref().cloned())
                .with_fields(fields)
                .with_id(id)
                .build()?;
            Ok(Arc::new(renamed))
        }
    }
}

fn check_types(read: &[FieldRef], metadata: &ParquetMetaData, path: &str) -> Result<()> {
    let descriptor = metadata.file_metadata().schema_descr();
    let file = parquet_to_arrow_schema(descriptor, None)?;
    for field in read {
        let Ok(found) = file.field_with_name(field.name()) else {
            continue;
        };
        if !reads_as(found.data_type(), field.data_type()) {
            return Err(bad_data(format!(
                "Field {}'s type {} in parquet file {path} is incompatible with type {} defined in table schema",
                field.name(),
                types::hive_type(found.data_type()),
                types::hive_type(field.data_type()),
            )));
        }
    }
    Ok(())
}
