//! The catalog's tables as the engine's tables: what a query's session can see.

mod hidden_columns;
mod information_schema;
mod partitions_table;
mod planner;
mod projection;
mod tables;
mod view;

use std::error::Error;

use lakebed_catalog::Catalog;
use lakebed_core::Clock;
use lakebed_engine::{Engine, EngineError, Session};
use lakebed_storage::Storage;

use crate::error::{ErrorKind, QueryError};

pub(crate) use projection::is_projected;
pub(crate) use tables::catalog_error;
pub(crate) use view::{VIEW_TYPE, ViewColumn, ViewDefinition, is_view};

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
    pub(crate) clock: Clock,
}

impl Lake {
    pub(crate) fn new(catalog: Catalog, engine: Engine, storage: Storage, clock: Clock) -> Self {
        Self {
            catalog,
            engine,
            storage,
            clock,
        }
    }

    /// A session that speaks Trino's dialect and sees no table yet.
    pub(crate) fn session(&self, database: &str) -> Session {
        let config = self
            .engine
            .session_config()
            .with_create_default_catalog_and_schema(false)
            .with_default_catalog_and_schema(CATALOG, database);
        let session = self.engine.session(datafusion_trino::configured(config));
        datafusion_trino::register(session.context());
        session
    }
}

/// The engine's error, if `error` is one.
pub(crate) fn engine_error(error: &(dyn Error + 'static)) -> Option<QueryError> {
    let error = error.downcast_ref::<EngineError>()?;
    let kind = match error {
        EngineError::Query(_) => return None,
        EngineError::NoFiles(_) | EngineError::Storage(_) => ErrorKind::HiveFilesystemError,
        EngineError::Partitions { source, .. } => match source.downcast_ref::<QueryError>() {
            Some(told) => return Some(told.clone()),
            None => ErrorKind::HiveMetastoreError,
        },
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
                EngineError::Query(inner) => Self::from(inner.as_ref()),
                other => Self::new(ErrorKind::GenericInternalError, other.to_string()),
            },
        }
    }
}
