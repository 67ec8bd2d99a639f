//! What a run reads and writes: tables and files in, files and tables out.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use datafusion::logical_expr::ident;
use datafusion::prelude::{DataFrame, SessionConfig};
use lakebed_catalog::Catalog;
use lakebed_catalog::expression::Expression;
use lakebed_core::FailureClass;
use lakebed_engine::{
    BoxError, CsvOptions, Engine, EngineError, FilesFormat, FilesTable, HIDDEN_COLUMNS, LakeTable,
    PartitionSource, Session,
};
use lakebed_wire::glue::{
    self, Partition, QuoteChar, S3CsvSource, S3DirectSourceAdditionalOptions, Separator,
};

use crate::error::NodeError;
use crate::graph::NodeKind;
use crate::source::NamedSource;
use crate::spark::FILE_NAME_COLUMN;

/// The catalog and an engine session of one run.
pub(crate) struct Lake {
    pub(crate) catalog: Catalog,
    pub(crate) session: Session,
}

/// What a source node gives.
pub(crate) struct Source {
    pub(crate) frame: DataFrame,
    /// The same rows with the path of the file each came from.
    pub(crate) with_file_name: DataFrame,
}

impl Lake {
    /// A fresh session over the lake.
    pub(crate) fn open(catalog: &Catalog, engine: &Engine) -> Self {
        Self {
            catalog: catalog.clone(),
            session: engine.session(adjusted(engine.session_config())),
        }
    }

    /// Plans the reading of a source node.
    ///
    /// # Errors
    /// If the table is not in the catalog, or the files are not there or not what they should be.
    pub(crate) async fn read(
        &self,
        kind: &NodeKind,
        node: &str,
        rows_read: Arc<AtomicU64>,
    ) -> Result<Source, NodeError> {
        let table: Arc<dyn TableProvider> = match kind {
            NodeKind::CatalogSource(source) => {
                let predicate = source.partition_predicate.as_deref();
                self.table(&source.database, &source.table, predicate)?
            }
            NodeKind::S3CatalogSource(source) => {
                let predicate = source.partition_predicate.as_deref();
                self.table(&source.database, &source.table, predicate)?
            }
            NodeKind::S3CsvSource(source) => {
                reads_all(
                    source.exclusions.as_deref(),
                    source.additional_options.as_ref(),
                )?;
                let format = FilesFormat::Csv(csv_options(source)?);
                self.files(&source.paths, format).await?
            }
            NodeKind::S3JsonSource(source) => {
                reads_all(
                    source.exclusions.as_deref(),
                    source.additional_options.as_ref(),
                )?;
                if source
                    .json_path
                    .as_deref()
                    .is_some_and(|path| !path.is_empty())
                {
                    return Err(NodeError::Setting(
                        "JsonPath is not supported; flatten the documents with an ApplyMapping \
                         or SparkSQL node"
                            .to_owned(),
                    ));
                }
                let multiline = source.multiline.unwrap_or(false);
                self.files(&source.paths, FilesFormat::Json { multiline })
                    .await?
            }
            NodeKind::S3ParquetSource(source) => {
                reads_all(
                    source.exclusions.as_deref(),
                    source.additional_options.as_ref(),
                )?;
                self.files(&source.paths, FilesFormat::Parquet).await?
            }
            other => {
                return Err(NodeError::Setting(format!(
                    "{} is not a source",
                    other.as_str()
                )));
            }
        };
        let named = Arc::new(NamedSource {
            table,
            node: Arc::from(node),
            rows_read,
        });
        let rows = self.session.context().read_table(named)?;
        let columns: Vec<_> = rows
            .schema()
            .fields()
            .iter()
            .filter(|field| !HIDDEN_COLUMNS.contains(&field.name().as_str()))
            .map(|field| ident(field.name()))
            .collect();
        let file_name = ident(HIDDEN_COLUMNS[0]).alias(FILE_NAME_COLUMN);
        let mut with_file_name = columns.clone();
        with_file_name.push(file_name);
        Ok(Source {
            frame: rows.clone().select(columns)?,
            with_file_name: rows.select(with_file_name)?,
        })
    }

    /// Plans the reading of a catalog table.
    ///
    /// # Errors
    /// If it is not in the catalog, or is not what can be read.
    pub(crate) fn table_rows(
        &self,
        database: &str,
        name: &str,
        predicate: Option<&str>,
    ) -> Result<DataFrame, NodeError> {
        let table = self.table(database, name, predicate)?;
        let rows = self.session.context().read_table(table)?;
        let columns: Vec<_> = rows
            .schema()
            .fields()
            .iter()
            .filter(|field| !HIDDEN_COLUMNS.contains(&field.name().as_str()))
            .map(|field| ident(field.name()))
            .collect();
        Ok(rows.select(columns)?)
    }

    /// A catalog table, with its hidden columns.
    fn table(
        &self,
        database: &str,
        name: &str,
        predicate: Option<&str>,
    ) -> Result<Arc<dyn TableProvider>, NodeError> {
        let table = self.catalog.table(database, name)?;
        let keys = table.partition_keys.clone().unwrap_or_default();
        let predicate = predicate
            .filter(|text| !text.trim().is_empty())
            .map(|text| Expression::parse(text, &keys))
            .transpose()?;
        let partitions: Arc<dyn PartitionSource> = Arc::new(CatalogPartitions {
            catalog: self.catalog.clone(),
            database: database.to_owned(),
            table: name.to_owned(),
            predicate,
        });
        Ok(Arc::new(
            LakeTable::try_new(&table, partitions)?.with_hidden_columns(),
        ))
    }

    /// Files that no table describes, with their hidden columns.
    async fn files(
        &self,
        paths: &[String],
        format: FilesFormat,
    ) -> Result<Arc<dyn TableProvider>, NodeError> {
        let table = FilesTable::infer(&self.session, paths, format).await?;
        Ok(Arc::new(table.with_hidden_columns()))
    }
}

/// Refuses to read more than a source asks for.
fn reads_all(
    exclusions: Option<&[String]>,
    options: Option<&S3DirectSourceAdditionalOptions>,
) -> Result<(), NodeError> {
    let excluded = exclusions.unwrap_or_default();
    // Studio writes an empty JSON list for none.
    if excluded
        .iter()
        .any(|pattern| !matches!(pattern.as_str(), "" | "[]"))
    {
        return Err(NodeError::Setting(format!(
            "exclusions are not supported: {}",
            excluded.join(", ")
        )));
    }
    let bounded = options.is_some_and(|options| {
        options.bounded_files.unwrap_or(0) > 0 || options.bounded_size.unwrap_or(0) > 0
    });
    if bounded {
        return Err(NodeError::Setting(
            "bounded execution (BoundedFiles, BoundedSize) is not supported".to_owned(),
        ));
    }
    Ok(())
}

/// The settings that plans of jobs need.
pub(crate) fn adjusted(mut config: SessionConfig) -> SessionConfig {
    let options = config.options_mut();
    options.sql_parser.map_string_types_to_utf8view = false;
    // Spark counts null as the smallest value.
    options.sql_parser.default_null_ordering = "nulls_min".to_owned();
    // DataFusion 55's rule confuses a column with its own projection under the same name, as
    // soon as a field of a struct is read beside it.
    options.optimizer.enable_leaf_expression_pushdown = false;
    config
}

fn csv_options(source: &S3CsvSource) -> Result<CsvOptions, NodeError> {
    if source.skip_first == Some(true) {
        return Err(NodeError::Setting(
            "skipping the first data line (SkipFirst) is not supported".to_owned(),
        ));
    }
    let escape = match source.escaper.as_deref().unwrap_or_default().as_bytes() {
        [] => None,
        [character] => Some(*character),
        _ => {
            return Err(NodeError::Setting(format!(
                "the escape character must be one byte, got '{}'",
                source.escaper.as_deref().unwrap_or_default()
            )));
        }
    };
    Ok(CsvOptions {
        separator: match source.separator {
            Separator::Comma => b',',
            Separator::Ctrla => 1,
            Separator::Pipe => b'|',
            Separator::Semicolon => b';',
            Separator::Tab => b'\t',
        },
        quote: match source.quote_char {
            QuoteChar::Quote => Some(b'"'),
            QuoteChar::SingleQuote => Some(b'\''),
            QuoteChar::Disabled => None,
            QuoteChar::Quillemet => {
                return Err(NodeError::Setting(
                    "quoting with guillemets is not supported".to_owned(),
                ));
            }
        },
        escape,
        with_header: source.with_header.unwrap_or(false),
        multiline: source.multiline.unwrap_or(false),
    })
}

/// The partitions of a catalog table, those alone that the node's own predicate lets through.
struct CatalogPartitions {
    catalog: Catalog,
    database: String,
    table: String,
    predicate: Option<Expression>,
}

impl std::fmt::Debug for CatalogPartitions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "partitions of {}.{}", self.database, self.table)
    }
}

#[async_trait]
impl PartitionSource for CatalogPartitions {
    async fn partitions(&self, expression: Option<&str>) -> Result<Vec<Partition>, BoxError> {
        let mut partitions = self
            .catalog
            .partitions(&self.database, &self.table, expression)?;
        if let Some(predicate) = &self.predicate {
            partitions.retain(|partition| {
                predicate.matches(partition.values.as_deref().unwrap_or_default())
            });
        }
        Ok(partitions)
    }
}

impl From<lakebed_catalog::Error> for NodeError {
    fn from(error: lakebed_catalog::Error) -> Self {
        let class = match &error {
            lakebed_catalog::Error::InvalidInput(_) => FailureClass::Configuration,
            _ => FailureClass::Resource,
        };
        Self::Service {
            class,
            message: glue::Error::from(error).to_string(),
        }
    }
}

impl From<EngineError> for NodeError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Query(error) => Self::Query(*error),
            other => Self::Service {
                class: other.class(),
                message: other.to_string(),
            },
        }
    }
}
