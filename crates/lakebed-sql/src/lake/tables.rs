//! Finds the tables a query names.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{
    CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider, TableProvider,
};
use datafusion_trino::TableReference;
use lakebed_catalog::Catalog;
use lakebed_core::Clock;
use lakebed_engine::{BoxError, LakeTable, PartitionSource};
use lakebed_wire::glue;

use super::projection::Projection;
use super::view::{ViewDefinition, is_view};
use super::{CATALOG, DEFAULT_DATABASE, Lake, information_schema, partitions_table};
use crate::error::{ErrorKind, QueryError, Result};

/// A table of the catalog as the engine reads it.
pub(super) struct Found {
    pub(super) database: String,
    pub(super) source: Source,
}

/// Where a table's rows come from.
pub(super) enum Source {
    /// Rows computed of the catalog itself.
    Rows(Arc<dyn TableProvider>),
    /// Files, whose places hidden columns tell.
    Files(Arc<dyn TableProvider>),
    View(ViewDefinition),
}

/// The schema called `name`, made if it is not there.
pub(super) fn schema(
    catalog: &MemoryCatalogProvider,
    name: &str,
) -> Result<Arc<dyn SchemaProvider>> {
    if let Some(schema) = catalog.schema(name) {
        return Ok(schema);
    }
    let schema: Arc<dyn SchemaProvider> = Arc::new(MemorySchemaProvider::new());
    catalog
        .register_schema(name, Arc::clone(&schema))
        .map_err(|error| QueryError::from(&error))?;
    Ok(schema)
}

/// The table that `reference` means in `database`.
pub(super) fn find(
    lake: &Lake,
    database: &str,
    reference: &TableReference,
    hidden_columns: bool,
) -> Result<Found> {
    if let Some(catalog) = &reference.catalog
        && catalog != CATALOG
    {
        return Err(QueryError::new(
            ErrorKind::CatalogNotFound,
            format!("Catalog '{catalog}' does not exist"),
        ));
    }
    let database = reference.database.as_deref().unwrap_or(database);
    let source = if database == "information_schema" {
        Source::Rows(information_schema::table(&lake.catalog, &reference.table)?)
    } else if let Some(rows) = partitions_of(&lake.catalog, database, &reference.table)? {
        Source::Rows(rows)
    } else {
        let table = table(&lake.catalog, database, &reference.table)?;
        match is_view(&table) {
            true => Source::View(ViewDefinition::of(&table)?),
            false => Source::Files(provider(lake, database, &table, hidden_columns)?),
        }
    };
    Ok(Found {
        database: database.to_owned(),
        source,
    })
}

/// The rows of `t$partitions`, if that is what `name` means.
fn partitions_of(
    catalog: &Catalog,
    database: &str,
    name: &str,
) -> Result<Option<Arc<dyn TableProvider>>> {
    match name
        .strip_suffix(partitions_table::SUFFIX)
        .map(|base| catalog.table(database, base))
    {
        Some(Ok(table)) => partitions_table::table(catalog, database, &table),
        _ => Ok(None),
    }
}

/// The catalog's table, refused in Trino's words if it is not there.
fn table(catalog: &Catalog, database: &str, name: &str) -> Result<glue::Table> {
    match catalog.table(database, name) {
        Ok(table) => Ok(table),
        Err(lakebed_catalog::Error::NotFound(_)) => Err(not_found(catalog, database, name)),
        Err(error) => Err(catalog_error(&error)),
    }
}

fn not_found(catalog: &Catalog, database: &str, name: &str) -> QueryError {
    let database_exists = database == DEFAULT_DATABASE || catalog.database(database).is_ok();
    if database_exists {
        return QueryError::new(
            ErrorKind::TableNotFound,
            format!("Table '{CATALOG}.{database}.{name}' does not exist"),
        );
    }
    QueryError::new(
        ErrorKind::SchemaNotFound,
        format!("Schema '{database}' does not exist"),
    )
}

/// What the engine reads the table with.
fn provider(
    lake: &Lake,
    database: &str,
    table: &glue::Table,
    hidden_columns: bool,
) -> Result<Arc<dyn TableProvider>> {
    let partitions: Arc<dyn PartitionSource> = match Projection::of(table)? {
        Some(projection) => Arc::new(ProjectedPartitions {
            projection,
            clock: lake.clock.clone(),
        }),
        None => Arc::new(CatalogPartitions {
            catalog: lake.catalog.clone(),
            database: database.to_owned(),
            table: table.name.clone(),
        }),
    };
    let table = LakeTable::try_new(table, partitions)?;
    Ok(match hidden_columns {
        true => Arc::new(table.with_hidden_columns()),
        false => Arc::new(table),
    })
}

/// A table's partitions, as the catalog has them.
#[derive(Debug)]
struct CatalogPartitions {
    catalog: Catalog,
    database: String,
    table: String,
}

#[async_trait]
impl PartitionSource for CatalogPartitions {
    async fn partitions(&self, expression: Option<&str>) -> Result<Vec<glue::Partition>, BoxError> {
        Ok(self
            .catalog
            .partitions(&self.database, &self.table, expression)?)
    }
}

impl Lake {
    /// Where a partition lies that the catalog has or the table's properties project; none if
    /// there is no such partition.
    ///
    /// # Errors
    /// `INVALID_TABLE_PROPERTY` for properties that make no sense.
    pub(crate) fn partition_location(
        &self,
        database: &str,
        table: &glue::Table,
        values: &[String],
    ) -> Result<Option<String>> {
        if let Some(projection) = Projection::of(table)? {
            return Ok(Some(projection.location(values)));
        }
        match self.catalog.partition(database, &table.name, values) {
            Ok(partition) => Ok(partition
                .storage_descriptor
                .and_then(|storage| storage.location)),
            Err(lakebed_catalog::Error::NotFound(_)) => Ok(None),
            Err(error) => Err(catalog_error(&error)),
        }
    }
}

/// A table's partitions, as its properties say they are.
#[derive(Debug)]
struct ProjectedPartitions {
    projection: Projection,
    clock: Clock,
}

#[async_trait]
impl PartitionSource for ProjectedPartitions {
    async fn partitions(&self, expression: Option<&str>) -> Result<Vec<glue::Partition>, BoxError> {
        Ok(self.projection.partitions(expression, self.clock.now())?)
    }
}

/// A refusal of the catalog's.
pub(crate) fn catalog_error(error: &lakebed_catalog::Error) -> QueryError {
    QueryError::new(ErrorKind::HiveMetastoreError, error.to_string())
}
