//! A table of the catalog as DataFusion sees it.

mod file_source;
mod partitions;
mod scan;
mod schemas;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion_datasource::table_schema::TableSchema;
use futures::{StreamExt, TryStreamExt, stream};
use lakebed_core::hive_path;
use lakebed_wire::glue::{self, StorageDescriptor};
use object_store::ObjectMeta;

pub(crate) use self::file_source::{FileReader, OpenFile};
pub use self::partitions::PartitionSource;
pub(crate) use self::scan::{FileSet, RowSource, ScanSource, scan};

use self::partitions::{KeptPartition, prune, references_only};
use self::schemas::{check_names, check_partition};
use crate::listing::data_files;
use crate::scan_log::{ScanLog, TableScan};
use crate::serde::text_limit::{TextLimit, with_limits};
use crate::serde::{Parameters, row_source};
use crate::session::store_of;
use crate::{EngineError, Location, types};

/// The columns that every table has and none shows: where a row came from, the path first.
pub const HIDDEN_COLUMNS: [&str; 3] = ["$path", "$file_size", "$file_modified_time"];

/// Partitions that are listed at the same time.
const LISTINGS: usize = 16;

/// A table of the catalog: its data columns, then its partition keys.
#[derive(Debug)]
pub struct LakeTable {
    name: String,
    descriptor: StorageDescriptor,
    parameters: Option<BTreeMap<String, String>>,
    source: Arc<RowSource>,
    location: Option<Location>,
    data_fields: Vec<FieldRef>,
    key_fields: Vec<FieldRef>,
    /// Of the data columns.
    text_limits: Vec<Option<TextLimit>>,
    partitions: Arc<dyn PartitionSource>,
    schema: SchemaRef,
    hidden: bool,
}

impl LakeTable {
    /// Reads a table's definition; its partitions are asked for when it is scanned.
    ///
    /// # Errors
    /// [`EngineError::InvalidMetadata`] for types and locations that are none,
    /// [`EngineError::UnsupportedFormat`] for SerDes that nothing here reads.
    pub fn try_new(
        table: &glue::Table,
        partitions: Arc<dyn PartitionSource>,
    ) -> Result<Self, EngineError> {
        let name = format!(
            "{}.{}",
            table.database_name.as_deref().unwrap_or_default(),
            table.name
        );
        let descriptor = table.storage_descriptor.clone().unwrap_or_default();
        if parameter(table, "table_type").is_some_and(|kind| kind.eq_ignore_ascii_case("ICEBERG")) {
            return Err(EngineError::UnsupportedFormat(format!(
                "table {name} is an Iceberg table, which lakebed does not read yet"
            )));
        }
        let source = source_of(&name, &descriptor, table.parameters.as_ref())?;
        let columns = descriptor.columns.as_deref().unwrap_or_default();
        let data_fields = fields(&name, columns)?;
        let text_limits = columns
            .iter()
            .map(|column| TextLimit::of_type(column.r#type.as_deref()?))
            .collect();
        let key_fields = fields(&name, table.partition_keys.as_deref().unwrap_or_default())?;
        check_names(&name, &data_fields, &key_fields)?;
        let location = descriptor
            .location
            .as_deref()
            .filter(|text| !text.is_empty())
            .map(Location::parse)
            .transpose()?;
        let schema = schema(&data_fields, &key_fields, false);
        Ok(Self {
            name,
            descriptor,
            parameters: table.parameters.clone(),
            source: Arc::new(source),
            location,
            data_fields,
            key_fields,
            text_limits,
            partitions,
            schema,
            hidden: false,
        })
    }

    /// Shows `$path`, `$file_size` and `$file_modified_time` at the end of the schema, for queries
    /// that name them.
    #[must_use]
    pub fn with_hidden_columns(mut self) -> Self {
        self.schema = schema(&self.data_fields, &self.key_fields, true);
        self.hidden = true;
        self
    }

    /// The files of every partition that can hold rows the filters let through.
    async fn files(
        &self,
        state: &dyn Session,
        filters: &[Expr],
    ) -> Result<Vec<FileSet>, EngineError> {
        let environment = state.runtime_env();
        if self.key_fields.is_empty() {
            let Some(location) = &self.location else {
                return Ok(Vec::new());
            };
            let store = store_of(environment, location)?;
            let files = data_files(&*store, location).await?;
            let files = partitioned(location, files, &[], self.hidden);
            let source = Arc::clone(&self.source);
            return Ok(vec![FileSet::new(location.store_url()?, files, source)]);
        }
        let kept = prune(
            state,
            &self.name,
            &*self.partitions,
            &self.key_fields,
            filters,
        )
        .await?;
        let mut sources = Sources::new(self);
        let mut places = Vec::with_capacity(kept.len());
        for partition in kept {
            let Some(location) = partition.location()? else {
                continue;
            };
            let source = sources.of_partition(&partition)?;
            places.push((Arc::clone(environment), location, partition.values, source));
        }
        stream::iter(places)
            .map(async |(environment, location, values, source)| {
                let store = store_of(&environment, &location)?;
                let files = data_files(&*store, &location).await?;
                let files = partitioned(&location, files, &values, self.hidden);
                Ok(FileSet::new(location.store_url()?, files, source))
            })
            .buffered(LISTINGS)
            .try_collect()
            .await
    }

    fn planned_scan(
        &self,
        sets: &[FileSet],
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
    ) -> TableScan {
        let read = |place: usize| projection.is_none_or(|columns| columns.contains(&place));
        TableScan {
            table: self.name.clone(),
            filtered: filters
                .iter()
                .any(|filter| references_only(filter, &self.key_fields)),
            partitions: sets.len(),
            files: sets.iter().map(FileSet::file_count).sum(),
            bytes: sets.iter().map(FileSet::bytes).sum(),
            columns: self
                .data_fields
                .iter()
                .enumerate()
                .filter(|(place, _)| read(*place))
                .map(|(_, field)| field.name().clone())
                .collect(),
        }
    }
}

/// How the partitions of a table are read: as the table, or by a SerDe of their own.
struct Sources<'a> {
    table: &'a LakeTable,
    own: Vec<(StorageDescriptor, Arc<RowSource>)>,
}

impl<'a> Sources<'a> {
    fn new(table: &'a LakeTable) -> Self {
        Self {
            table,
            own: Vec::new(),
        }
    }

    /// # Errors
    /// [`EngineError::PartitionSchemaMismatch`] if the partition's columns do not fit the table's.
    fn of_partition(&mut self, partition: &KeptPartition) -> Result<Arc<RowSource>, EngineError> {
        let (name, table) = (&self.table.name, &self.table.descriptor);
        let own = &partition.descriptor;
        let source = if own.serde_info.is_none() || reads_alike(own, table) {
            Arc::clone(&self.table.source)
        } else if let Some((_, source)) = self.own.iter().find(|(known, _)| reads_alike(known, own))
        {
            Arc::clone(source)
        } else {
            let source = Arc::new(source_of(name, own, self.table.parameters.as_ref())?);
            self.own.push((own.clone(), Arc::clone(&source)));
            source
        };
        if let (Some(columns), Some(found)) = (&table.columns, &own.columns)
            && columns != found
        {
            let keys: Vec<&str> = self
                .table
                .key_fields
                .iter()
                .map(|key| key.name().as_str())
                .collect();
            let values: Vec<_> = partition
                .texts
                .iter()
                .map(|text| Some(text.as_str()))
                .collect();
            let partition = hive_path::write(&keys, &values);
            check_partition(
                name,
                &partition,
                columns,
                found,
                source.knows_columns_by_name(),
            )?;
        }
        Ok(source)
    }
}

fn reads_alike(one: &StorageDescriptor, other: &StorageDescriptor) -> bool {
    let serde = |descriptor: &StorageDescriptor| {
        let serde = descriptor.serde_info.clone().unwrap_or_default();
        (
            serde.serialization_library,
            serde.parameters.unwrap_or_default(),
        )
    };
    one.input_format == other.input_format && serde(one) == serde(other)
}

fn source_of(
    table: &str,
    descriptor: &StorageDescriptor,
    table_parameters: Option<&BTreeMap<String, String>>,
) -> Result<RowSource, EngineError> {
    let serde = descriptor.serde_info.as_ref();
    let library = serde.and_then(|serde| serde.serialization_library.as_deref());
    row_source(
        table,
        library.unwrap_or_default(),
        descriptor.input_format.as_deref().unwrap_or_default(),
        &Parameters::new(serde, table_parameters),
    )
}

fn parameter<'a>(table: &'a glue::Table, name: &str) -> Option<&'a str> {
    table.parameters.as_ref()?.get(name).map(String::as_str)
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Filters over partition keys alone decide which files are read and need no second look;
    /// others help sources that can skip parts of a file.
    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(filters
            .iter()
            .map(|filter| {
                if references_only(filter, &self.key_fields) {
                    TableProviderFilterPushDown::Exact
                } else {
                    TableProviderFilterPushDown::Inexact
                }
            })
            .collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let sets = self.files(state, filters).await?;
        if let Some(log) = state.config().get_extension::<ScanLog>() {
            log.add(self.planned_scan(&sets, projection, filters));
        }
        let file_schema = Arc::new(Schema::new(self.data_fields.clone()));
        let mut per_file = self.key_fields.clone();
        if self.hidden {
            per_file.extend(hidden_fields());
        }
        let source = ScanSource {
            table_schema: TableSchema::builder(file_schema)
                .with_table_partition_cols(per_file)
                .build(),
        };
        // A limit below a filter that looks again could cut rows the filter wants.
        let all_exact = filters
            .iter()
            .all(|filter| references_only(filter, &self.key_fields));
        let plan = scan(
            state,
            &source,
            sets,
            projection,
            limit.filter(|_| all_exact),
        )?;
        let limits: Vec<Option<TextLimit>> = match projection {
            Some(places) => places
                .iter()
                .map(|place| self.text_limits.get(*place).copied().flatten())
                .collect(),
            None => self.text_limits.clone(),
        };
        with_limits(plan, &limits, state.config().options())
    }
}

/// Files with the values that are the same for all rows of each: partition keys and, where they
/// are shown, the hidden columns.
pub(crate) fn partitioned(
    location: &Location,
    files: Vec<ObjectMeta>,
    values: &[ScalarValue],
    hidden: bool,
) -> Vec<PartitionedFile> {
    files
        .into_iter()
        .map(|file| {
            let mut values = values.to_vec();
            if hidden {
                values.push(ScalarValue::from(format!(
                    "s3://{}/{}",
                    location.bucket(),
                    file.location
                )));
                values.push(ScalarValue::Int64(i64::try_from(file.size).ok()));
                values.push(ScalarValue::TimestampMillisecond(
                    Some(file.last_modified.timestamp_millis()),
                    None,
                ));
            }
            PartitionedFile::new_from_meta(file).with_partition_values(values)
        })
        .collect()
}

/// The hidden columns' fields.
pub(crate) fn hidden_fields() -> [FieldRef; 3] {
    let types = [
        DataType::Utf8,
        DataType::Int64,
        DataType::Timestamp(TimeUnit::Millisecond, None),
    ];
    let mut types = types.into_iter();
    HIDDEN_COLUMNS.map(|name| {
        Arc::new(Field::new(
            name,
            types.next().unwrap_or(DataType::Null),
            false,
        ))
    })
}

pub(crate) fn schema(data: &[FieldRef], keys: &[FieldRef], hidden: bool) -> SchemaRef {
    let mut fields = [data, keys].concat();
    if hidden {
        fields.extend(hidden_fields());
    }
    Arc::new(Schema::new(fields))
}

fn fields(table: &str, columns: &[glue::Column]) -> Result<Vec<FieldRef>, EngineError> {
    columns
        .iter()
        .map(|column| {
            let text = column.r#type.as_deref().unwrap_or("string");
            let data_type = types::arrow_type(text).map_err(|_| {
                EngineError::InvalidMetadata(format!(
                    "column '{}' of table {table} has the type '{text}', which is not one",
                    column.name
                ))
            })?;
            Ok(Arc::new(Field::new(&column.name, data_type, true)))
        })
        .collect()
}
