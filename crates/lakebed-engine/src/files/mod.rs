//! Files that no table describes, as a job's S3 source names them.

mod json_shape;
mod plain_csv;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session as DataFusionSession, TableProvider};
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion_datasource::table_schema::TableSchema;
use futures::StreamExt;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt as _};

use self::json_shape::Shape;
use self::plain_csv::PlainCsv;
use crate::listing::data_files;
use crate::serde::json::{Dialect, Json};
use crate::table::{FileSet, RowSource, ScanSource, hidden_fields, partitioned, scan, schema};
use crate::text::{Margins, RecordEnd, Splitter, TextFormat, TextReader, pieces};
use crate::{EngineError, Location, Session};

/// How files are written.
#[derive(Debug, Clone)]
pub enum FilesFormat {
    /// Separated text.
    Csv(CsvOptions),
    /// JSON objects: a line each, or, with `multiline`, wherever they stand.
    Json {
        /// Objects span lines or stand in an array.
        multiline: bool,
    },
    /// Parquet.
    Parquet,
}

/// How separated text is written.
#[derive(Debug, Clone)]
pub struct CsvOptions {
    /// What separates fields.
    pub separator: u8,
    /// What stands around fields that hold separators; none turns quoting off.
    pub quote: Option<u8>,
    /// What takes the next byte's meaning away.
    pub escape: Option<u8>,
    /// The first record names the columns; without it they are `col0`, `col1`, ….
    pub with_header: bool,
    /// Quoted fields may span lines.
    pub multiline: bool,
}

/// Files with a schema found in them.
#[derive(Debug)]
pub struct FilesTable {
    files: Vec<(Location, Vec<ObjectMeta>)>,
    source: Arc<RowSource>,
    file_schema: SchemaRef,
    schema: SchemaRef,
    hidden: bool,
}

impl FilesTable {
    /// Lists the files under `paths` and finds their schema: all texts for CSV; for JSON what the
    /// records hold, merged; for Parquet what the files say, merged.
    ///
    /// # Errors
    /// [`EngineError::NoFiles`] where nothing lies, [`EngineError::BadData`] for what is not of the
    /// format.
    pub async fn infer(
        session: &Session,
        paths: &[String],
        format: FilesFormat,
    ) -> Result<Self, EngineError> {
        let mut files = Vec::new();
        for path in paths {
            let location = Location::parse(path)?;
            let store = session.store(&location)?;
            let found = data_files(&*store, &location).await?;
            if found.is_empty() {
                return Err(EngineError::NoFiles(path.clone()));
            }
            files.push((location, found));
        }
        let (file_schema, source) = match format {
            FilesFormat::Parquet => (parquet_schema(session, &files).await?, RowSource::Parquet),
            FilesFormat::Json { multiline } => {
                let end = if multiline {
                    RecordEnd::JsonObject { inside: 0 }
                } else {
                    RecordEnd::Line
                };
                let json = Json {
                    dialect: Dialect::open_x(),
                    end,
                    margins: Margins::default(),
                };
                let schema = json_schema(session, &files, end).await?;
                (schema, text_source(json, paths))
            }
            FilesFormat::Csv(options) => {
                let csv = PlainCsv::new(&options);
                let schema = csv_schema(session, &files, &csv).await?;
                (schema, text_source(csv, paths))
            }
        };
        let schema = schema(file_schema.fields(), &[], false);
        Ok(Self {
            files,
            source: Arc::new(source),
            file_schema,
            schema,
            hidden: false,
        })
    }

    /// Shows `$path`, `$file_size` and `$file_modified_time` at the end of the schema.
    #[must_use]
    pub fn with_hidden_columns(mut self) -> Self {
        self.schema = schema(self.file_schema.fields(), &[], true);
        self.hidden = true;
        self
    }
}

fn text_source(format: impl TextFormat + 'static, paths: &[String]) -> RowSource {
    RowSource::Text(Arc::new(TextReader {
        format: Arc::new(format),
        table: paths.join(", "),
    }))
}

#[async_trait]
impl TableProvider for FilesTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn DataFusionSession,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let hidden = if self.hidden {
            hidden_fields().to_vec()
        } else {
            Vec::new()
        };
        let source = ScanSource {
            table_schema: TableSchema::builder(Arc::clone(&self.file_schema))
                .with_table_partition_cols(hidden)
                .build(),
        };
        let sets = self
            .files
            .iter()
            .map(|(location, files)| {
                Ok(FileSet::new(
                    location.store_url()?,
                    partitioned(location, files.clone(), &[], self.hidden),
                    Arc::clone(&self.source),
                ))
            })
            .collect::<Result<Vec<_>, EngineError>>()?;
        scan(
            state,
            &source,
            sets,
            projection,
            limit.filter(|_| filters.is_empty()),
        )
    }
}

fn store_of(session: &Session, location: &Location) -> Result<Arc<dyn ObjectStore>, EngineError> {
    let url = location.store_url()?;
    Ok(session.context().runtime_env().object_store(&url)?)
}

async fn parquet_schema(
    session: &Session,
    files: &[(Location, Vec<ObjectMeta>)],
) -> Result<SchemaRef, EngineError> {
    let format = ParquetFormat::default().with_force_view_types(false);
    let state = session.context().state();
    let mut schemas = Vec::new();
    for (location, files) in files {
        let store = store_of(session, location)?;
        let schema = format
            .infer_schema(&state, &store, files)
            .await
            .map_err(|error| {
                EngineError::BadData(format!(
                    "the files under {location} are not Parquet of one schema: {error}"
                ))
            })?;
        schemas.push(schema.as_ref().clone().with_metadata(Default::default()));
    }
    let merged = Schema::try_merge(schemas)
        .map_err(|error| EngineError::BadData(format!("the files' schemas do not fit: {error}")))?;
    Ok(Arc::new(merged))
}

async fn csv_schema(
    session: &Session,
    files: &[(Location, Vec<ObjectMeta>)],
    csv: &PlainCsv,
) -> Result<SchemaRef, EngineError> {
    let mut first = None;
    if let Some((location, file)) = files
        .iter()
        .find_map(|(location, files)| Some((location, files.first()?)))
    {
        read_records(session, location, file, csv.end, |record| {
            let text = record.strip_prefix(b"\xef\xbb\xbf").unwrap_or(record);
            first = Some(csv.first_record(text));
            Ok(false)
        })
        .await?;
    }
    let names = first.unwrap_or_default();
    let fields: Vec<Field> = names
        .into_iter()
        .enumerate()
        .map(|(index, name)| {
            if csv.header {
                name
            } else {
                format!("col{index}")
            }
        })
        .map(|name| Field::new(name, DataType::Utf8, true))
        .collect();
    Ok(Arc::new(Schema::new(fields)))
}

/// The columns of all records: a sample would lose those that come late.
async fn json_schema(
    session: &Session,
    files: &[(Location, Vec<ObjectMeta>)],
    end: RecordEnd,
) -> Result<SchemaRef, EngineError> {
    let mut shape = Shape::Object(Vec::new());
    for (location, files) in files {
        for file in files {
            let mut number = 0;
            read_records(session, location, file, end, |record| {
                number += 1;
                if record.trim_ascii().is_empty() {
                    return Ok(true);
                }
                let wrong = |reason: String| {
                    let (bucket, key) = (location.bucket(), &file.location);
                    EngineError::BadData(format!(
                        "record {number} of file s3://{bucket}/{key} {reason}"
                    ))
                };
                match serde_json::from_slice(record) {
                    Ok(found @ Shape::Object(_)) => shape = std::mem::take(&mut shape).merge(found),
                    Ok(_) => return Err(wrong("is not a JSON object".to_owned())),
                    Err(error) => return Err(wrong(format!("is not JSON: {error}"))),
                }
                Ok(true)
            })
            .await?;
        }
    }
    Ok(Arc::new(shape.into_schema().unwrap_or_else(Schema::empty)))
}

/// Hands a file's records to `take` until it says that it has seen enough.
async fn read_records(
    session: &Session,
    location: &Location,
    file: &ObjectMeta,
    end: RecordEnd,
    mut take: impl FnMut(&[u8]) -> Result<bool, EngineError>,
) -> Result<(), EngineError> {
    let store = store_of(session, location)?;
    let content = store.get(&file.location).await?.into_stream();
    let place = format!("s3://{}/{}", location.bucket(), file.location);
    let mut input = pieces(&place, &file.location, content)?;
    let (mut splitter, mut buffer) = (Splitter::new(end), Vec::new());
    loop {
        let piece = input.next().await.transpose()?;
        let at_end = piece.is_none();
        buffer.extend_from_slice(piece.as_deref().unwrap_or_default());
        let (records, next) = splitter.split(&buffer, at_end);
        for record in records {
            if !take(&buffer[record])? {
                return Ok(());
            }
        }
        buffer.drain(..next);
        if at_end {
            return Ok(());
        }
    }
}
