//! The tables that runs look at.

use datafusion::prelude::DataFrame;
use lakebed_core::FailureClass;
use lakebed_wire::glue::{DataSource, Error};

use crate::error::NodeError;
use crate::lake::Lake;
use crate::spark::{self, Alias};

/// A table that a data source names, in either of its two forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableSource {
    pub(super) database: String,
    pub(super) table: String,
    predicate: Option<String>,
    query: Option<String>,
}

impl TableSource {
    /// # Errors
    /// `InvalidInputException` if the source names no table.
    pub(super) fn of(source: &DataSource) -> Result<Self, Error> {
        let (database, table, options, query) =
            match (&source.glue_table, &source.data_quality_glue_table) {
                (Some(table), None) => (
                    &table.database_name,
                    &table.table_name,
                    &table.additional_options,
                    None,
                ),
                (None, Some(table)) => (
                    &table.database_name,
                    &table.table_name,
                    &table.additional_options,
                    table.pre_processing_query.clone(),
                ),
                _ => {
                    return Err(Error::invalid_input(
                        "DataSource must have one of GlueTable and DataQualityGlueTable.",
                    ));
                }
            };
        let predicate = ["catalogPartitionPredicate", "pushDownPredicate"]
            .iter()
            .find_map(|name| options.as_ref()?.get(*name).cloned());
        Ok(Self {
            database: database.clone(),
            table: table.clone(),
            predicate,
            query: query.filter(|query| !query.trim().is_empty()),
        })
    }

    /// The table's rows, and where its files lie.
    pub(super) async fn read(
        &self,
        lake: &Lake,
        now: lakebed_core::Timestamp,
    ) -> Result<(DataFrame, Vec<String>), NodeError> {
        let predicate = self.predicate.as_deref();
        let rows = lake.table_rows(&self.database, &self.table, predicate)?;
        let location = lake
            .catalog
            .table(&self.database, &self.table)?
            .storage_descriptor
            .and_then(|storage| storage.location);
        let rows = match &self.query {
            Some(query) => {
                let input = Alias {
                    name: self.table.clone(),
                    frame: rows,
                    with_file_name: None,
                };
                spark::run(query, vec![input], now)
                    .await
                    .map_err(|error| NodeError::Service {
                        class: FailureClass::Configuration,
                        message: format!("the pre-processing query: {error}"),
                    })?
            }
            None => rows,
        };
        Ok((rows, location.into_iter().collect()))
    }
}

/// Whether two sources name the same table.
pub(super) fn same_table(one: &DataSource, other: &DataSource) -> bool {
    match (TableSource::of(one), TableSource::of(other)) {
        (Ok(one), Ok(other)) => one.database == other.database && one.table == other.table,
        _ => false,
    }
}
