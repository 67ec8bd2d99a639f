use lakebed_core::{CallContext, Documents, Platform, StoreError, Transaction};
use lakebed_wire::glue;

use crate::partitions::index;
use crate::{Error, statistics};

pub(crate) const DATABASES: Documents<glue::Database> = Documents::of("glue.database");
pub(crate) const TABLES: Documents<glue::Table> = Documents::of("glue.table");
pub(crate) const TABLE_VERSIONS: Documents<glue::Table> = Documents::of("glue.table_version");
pub(crate) const PARTITIONS: Documents<glue::Partition> = Documents::of("glue.partition");

/// The Data Catalog of the account. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Catalog {
    pub(crate) platform: Platform,
}

impl Catalog {
    /// The catalog kept in the platform's store.
    #[must_use]
    pub fn open(platform: Platform) -> Self {
        Self { platform }
    }

    /// Nothing runs and nothing is cached here; emptying the store empties the catalog.
    pub async fn reset(&self) {}

    /// Refuses the id of any catalog but the account's.
    pub(crate) fn check_catalog_id(&self, catalog_id: Option<&str>) -> Result<(), Error> {
        let account = self.platform.account().as_str();
        match catalog_id {
            Some(id) if id != account => Err(Error::NotFound(format!("Catalog {id} not found."))),
            _ => Ok(()),
        }
    }

    pub(crate) fn catalog_id(&self) -> Option<String> {
        Some(self.platform.account().as_str().to_owned())
    }

    pub(crate) fn created_by(context: &CallContext) -> Option<String> {
        Some(context.principal.arn.as_str().to_owned())
    }
}

/// Removes all that belongs to a table.
pub(crate) fn remove_contents(tx: &Transaction<'_>, scope: &str) -> Result<(), StoreError> {
    PARTITIONS.delete_scope(tx, scope)?;
    TABLE_VERSIONS.delete_scope(tx, scope)?;
    index::remove_all(tx, scope)?;
    statistics::remove_all(tx, scope)
}

/// The scope of what belongs to one table: no name holds a NUL.
pub(crate) fn table_scope(database: &str, table: &str) -> String {
    format!("{database}\0{table}")
}
