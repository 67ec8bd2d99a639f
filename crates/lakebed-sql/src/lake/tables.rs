//! Finds the tables a query names.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{
    CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider, TableProvider,
};
use lakebed_catalog::Catalog;
use lakebed_engine::{BoxError, LakeTable, PartitionSource};
use lakebed_wire::glue;

use super::{CATALOG, DEFAULT_DATABASE, Lake, information_schema};
use crate::error::{ErrorKind, QueryError, Result};
use crate::query::{TableReference, query_error};

/// A table of the catalog as the engine reads it.
pub(super) struct Found {
    pub(super) database: String,
    pub(super) provider: Arc<dyn TableProvider>,
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
        .map_err(|error| query_error(&error))?;
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
    if database == "information_schema" {
        return Ok(Found {
            database: database.to_owned(),
            provider: information_schema::table(&lake.catalog, &reference.table)?,
        });
    }
    let table = table(&lake.catalog, database, &reference.table)?;
    let provider = provider(&lake.catalog, database, &table, hidden_columns)?;
    Ok(Found {
        database: database.to_owned(),
        provider,
    })
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
    catalog: &Catalog,
    database: &str,
    table: &glue::Table,
    hidden_columns: bool,
) -> Result<Arc<dyn TableProvider>> {
    if table.table_type.as_deref() == Some("VIRTUAL_VIEW") {
        return Err(QueryError::unsupported("views"));
    }
    let partitions = CatalogPartitions {
        catalog: catalog.clone(),
        database: database.to_owned(),
        table: table.name.clone(),
    };
    let table = LakeTable::try_new(table, Arc::new(partitions))?;
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

/// A refusal of the catalog's.
pub(crate) fn catalog_error(error: &lakebed_catalog::Error) -> QueryError {
    QueryError::new(ErrorKind::HiveMetastoreError, error.to_string())
}
