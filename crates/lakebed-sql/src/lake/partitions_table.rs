//! `"t$partitions"`: a table's partitions in the catalog as rows of their keys. Athena user guide,
//! "SHOW PARTITIONS".

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema};
use datafusion::catalog::TableProvider;
use datafusion::common::ScalarValue;
use datafusion::datasource::MemTable;
use lakebed_catalog::Catalog;
use lakebed_core::hive_path::NULL_PARTITION;
use lakebed_engine::types;
use lakebed_wire::glue;

use super::catalog_error;
use crate::error::{ErrorKind, QueryError, Result};

/// What follows a table's name.
pub(super) const SUFFIX: &str = "$partitions";

/// The rows; none if the table has no partition keys.
pub(super) fn table(
    catalog: &Catalog,
    database: &str,
    table: &glue::Table,
) -> Result<Option<Arc<dyn TableProvider>>> {
    let keys = table.partition_keys.as_deref().unwrap_or_default();
    if keys.is_empty() {
        return Ok(None);
    }
    let partitions = catalog
        .partitions(database, &table.name, None)
        .map_err(|error| catalog_error(&error))?;
    let mut fields = Vec::with_capacity(keys.len());
    let mut columns = Vec::with_capacity(keys.len());
    for (position, key) in keys.iter().enumerate() {
        let kind = types::arrow_type(key.r#type.as_deref().unwrap_or("string"))?;
        let mut values = Vec::with_capacity(partitions.len());
        for partition in &partitions {
            let text = partition
                .values
                .as_deref()
                .and_then(|all| all.get(position));
            let value = match text {
                Some(text) if text != NULL_PARTITION => {
                    ScalarValue::try_from_string(text.clone(), &kind)
                        .map_err(|_| invalid_value(&key.name, text))?
                }
                _ => ScalarValue::try_from(&kind).map_err(|error| QueryError::from(&error))?,
            };
            values.push(value);
        }
        columns.push(match values.is_empty() {
            true => arrow::array::new_empty_array(&kind),
            false => {
                ScalarValue::iter_to_array(values).map_err(|error| QueryError::from(&error))?
            }
        });
        fields.push(Field::new(&key.name, kind, true));
    }
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns)
        .map_err(|error| QueryError::from(&error.into()))?;
    let rows =
        MemTable::try_new(schema, vec![vec![batch]]).map_err(|error| QueryError::from(&error))?;
    Ok(Some(Arc::new(rows)))
}

fn invalid_value(key: &str, text: &str) -> QueryError {
    QueryError::new(
        ErrorKind::Named("HIVE_INVALID_PARTITION_VALUE".to_owned()),
        format!("Invalid partition value '{text}' for partition key: {key}"),
    )
}
