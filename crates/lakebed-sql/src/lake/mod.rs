//! The catalog's tables as the engine's tables: what a query's session can see.

mod information_schema;
mod tables;

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider};
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use lakebed_catalog::Catalog;
use lakebed_engine::{Engine, EngineError, Session};
use lakebed_storage::Storage;

use crate::error::{ErrorKind, Location, QueryError, Result};
use crate::functions;
use crate::query::TableReference;

pub(crate) use tables::catalog_error;

/// The one catalog, as Athena calls it.
pub(crate) const CATALOG: &str = "awsdatacatalog";
/// The database of queries that name none.
pub(crate) const DEFAULT_DATABASE: &str = "default";

/// The tables, where they are computed with, and where their bytes are. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Lake {
    pub(crate) catalog: Catalog,
    pub(crate) engine: Engine,
    pub(crate) storage: Storage,
    scalar_functions: Arc<[ScalarUDF]>,
    aggregate_functions: Arc<[AggregateUDF]>,
}

impl Lake {
    pub(crate) fn new(catalog: Catalog, engine: Engine, storage: Storage) -> Self {
        Self {
            catalog,
            engine,
            storage,
            scalar_functions: functions::scalar_functions().into(),
            aggregate_functions: functions::aggregate_functions().into(),
        }
    }

    /// A session that speaks Trino's dialect and sees no table yet.
    pub(crate) fn session(&self, database: &str) -> Session {
        let mut config = self
            .engine
            .session_config()
            .with_create_default_catalog_and_schema(false)
            .with_default_catalog_and_schema(CATALOG, database);
        let options = config.options_mut();
        options.sql_parser.collect_spans = true;
        options.sql_parser.default_null_ordering = "nulls_last".to_owned();
        let session = self.engine.session(config);
        for function in self.scalar_functions.iter() {
            session.context().register_udf(function.clone());
        }
        for function in self.aggregate_functions.iter() {
            session.context().register_udaf(function.clone());
        }
        session
    }

    /// Lets `session` see the tables a query names.
    ///
    /// # Errors
    /// `CATALOG_NOT_FOUND`, `SCHEMA_NOT_FOUND`, `TABLE_NOT_FOUND` at the place of the name.
    pub(crate) fn show_tables(
        &self,
        session: &Session,
        database: &str,
        references: &BTreeMap<TableReference, Location>,
        hidden_columns: bool,
    ) -> Result<()> {
        let shown = MemoryCatalogProvider::new();
        for (reference, location) in references {
            let found = tables::find(self, database, reference, hidden_columns)
                .map_err(|error| error.or_at(*location))?;
            let schema = tables::schema(&shown, &found.database)?;
            schema
                .register_table(reference.table.clone(), found.provider)
                .map_err(|error| crate::query::query_error(&error))?;
        }
        let shown: Arc<dyn CatalogProvider> = Arc::new(shown);
        session.context().register_catalog(CATALOG, shown);
        Ok(())
    }
}

/// The engine's error, if `error` is one.
pub(crate) fn engine_error(error: &(dyn Error + 'static)) -> Option<QueryError> {
    let error = error.downcast_ref::<EngineError>()?;
    let kind = match error {
        EngineError::Query(_) => return None,
        EngineError::NoFiles(_) | EngineError::Storage(_) => ErrorKind::HiveFilesystemError,
        EngineError::Partitions { .. } => ErrorKind::HiveMetastoreError,
        _ => match error.name() {
            Some(name) => ErrorKind::from_name(name),
            None => ErrorKind::GenericInternalError,
        },
    };
    let told = error.to_string();
    let message = told
        .strip_prefix(kind.name())
        .and_then(|rest| rest.strip_prefix(": "))
        .unwrap_or(&told);
    Some(QueryError::new(kind.clone(), message))
}

impl From<EngineError> for QueryError {
    fn from(error: EngineError) -> Self {
        match engine_error(&error) {
            Some(told) => told,
            None => match error {
                EngineError::Query(inner) => crate::query::query_error(&inner),
                other => Self::new(ErrorKind::GenericInternalError, other.to_string()),
            },
        }
    }
}
