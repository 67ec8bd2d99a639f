//! What a finished query read, as far as advice needs it.

use arrow::array::RecordBatch;
use datafusion::sql::sqlparser::ast::{ObjectName, Query, SetExpr, TableFactor};
use lakebed_engine::{TableScan, parquet_column_sizes};
use lakebed_wire::glue;

use crate::error::{QueryError, Result};
use crate::lake::{Lake, catalog_error};
use crate::results::csv;
use crate::statement::{self, QueryText, Statement};

/// How many rows of a table are looked at to tell what they would take as Parquet.
const SAMPLE_ROWS: usize = 20_000;

/// A query, the tables it read and which it joined to which.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Profile {
    pub(crate) scanned_bytes: u64,
    pub(crate) tables: Vec<TableProfile>,
    /// Left and right, as `database.table`.
    pub(crate) joins: Vec<(String, String)>,
}

/// A table that was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TableProfile {
    /// `database.table`.
    pub(crate) name: String,
    /// Columns that are not named are not read.
    pub(crate) columnar: bool,
    pub(crate) partition_keys: Vec<String>,
    pub(crate) filtered: bool,
    pub(crate) partitions: usize,
    pub(crate) files: usize,
    pub(crate) bytes: u64,
    pub(crate) columns: usize,
    pub(crate) columns_read: usize,
    /// What the columns that are read would take as Parquet, for text.
    pub(crate) parquet_bytes: Option<u64>,
}

impl TableProfile {
    /// What of the query's bytes goes to this table, in no unit.
    fn weight(&self) -> u128 {
        let bytes = u128::from(self.bytes);
        match self.columnar {
            true => bytes * self.columns_read as u128 / (self.columns.max(1) as u128),
            false => bytes,
        }
    }
}

impl Profile {
    /// How many bytes were scanned of a table, by the sizes of what was read.
    pub(crate) fn scanned_of(&self, table: &TableProfile) -> u64 {
        let all: u128 = self.tables.iter().map(TableProfile::weight).sum();
        let share = u128::from(self.scanned_bytes) * table.weight() / all.max(1);
        u64::try_from(share).unwrap_or(u64::MAX)
    }
}

/// Looks at what a query planned to read, and at the first rows of its text tables.
pub(crate) async fn profile(
    lake: &Lake,
    database: &str,
    text: &str,
    scanned_bytes: u64,
    scans: &[TableScan],
) -> Result<Profile> {
    let mut tables = Vec::with_capacity(scans.len());
    for scan in scans {
        if let Some(table) = table_profile(lake, scan).await? {
            tables.push(table);
        }
    }
    let joins = match statement::parse(text) {
        // A query with parameters cannot be read without them.
        Ok(Statement::Query(text)) => datafusion_trino::parse(text.as_str(), text.parameters())
            .map(|parsed| joins(&parsed.query, database))
            .unwrap_or_default(),
        _ => Vec::new(),
    };
    Ok(Profile {
        scanned_bytes,
        tables,
        joins,
    })
}

/// None for a table that is gone.
async fn table_profile(lake: &Lake, scan: &TableScan) -> Result<Option<TableProfile>> {
    let Some((database, name)) = scan.table.split_once('.') else {
        return Ok(None);
    };
    let table = match lake.catalog.table(database, name) {
        Ok(table) => table,
        Err(lakebed_catalog::Error::NotFound(_)) => return Ok(None),
        Err(error) => return Err(catalog_error(&error)),
    };
    let columns = table
        .storage_descriptor
        .iter()
        .flat_map(|storage| storage.columns.iter().flatten())
        .count();
    let columnar = is_columnar(&table);
    let parquet_bytes = match columnar {
        true => None,
        false => parquet_bytes(lake, database, name, scan).await?,
    };
    Ok(Some(TableProfile {
        name: scan.table.clone(),
        columnar,
        partition_keys: table
            .partition_keys
            .into_iter()
            .flatten()
            .map(|key| key.name)
            .collect(),
        filtered: scan.filtered,
        partitions: scan.partitions,
        files: scan.files,
        bytes: scan.bytes,
        columns,
        columns_read: scan.columns.len(),
        parquet_bytes,
    }))
}

fn is_columnar(table: &glue::Table) -> bool {
    let format = table
        .storage_descriptor
        .as_ref()
        .and_then(|storage| storage.input_format.as_deref())
        .unwrap_or_default()
        .to_lowercase();
    format.contains("parquet") || format.contains("orc")
}

/// What the columns of a scan would take as Parquet, judged by the first rows: their share of what
/// the same rows take as text.
async fn parquet_bytes(
    lake: &Lake,
    database: &str,
    table: &str,
    scan: &TableScan,
) -> Result<Option<u64>> {
    let rows = sample(lake, database, table).await?;
    let mut text = Vec::new();
    for batch in &rows {
        csv::write_rows(batch, &mut text).map_err(|error| QueryError::from(&error.into()))?;
    }
    if text.is_empty() {
        return Ok(None);
    }
    let sizes = parquet_column_sizes(&rows)?;
    let needed: u64 = sizes
        .iter()
        .filter(|(name, _)| scan.columns.contains(name))
        .map(|(_, bytes)| bytes)
        .sum();
    let share = u128::from(scan.bytes) * u128::from(needed) / (text.len() as u128);
    Ok(u64::try_from(share).ok())
}

async fn sample(lake: &Lake, database: &str, table: &str) -> Result<Vec<RecordBatch>> {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let text = format!("SELECT * FROM {}.{}", quoted(database), quoted(table));
    let session = lake.session(database);
    let planned = lake
        .plan(&session, database, &QueryText::whole(text))
        .await?;
    let frame = session
        .context()
        .execute_logical_plan(planned.plan)
        .await
        .and_then(|frame| frame.limit(0, Some(SAMPLE_ROWS)))
        .map_err(|error| QueryError::from(&error))?;
    frame
        .collect()
        .await
        .map_err(|error| QueryError::from(&error))
}

/// The tables that stand on both sides of the joins of a query's outermost `FROM`.
fn joins(query: &Query, database: &str) -> Vec<(String, String)> {
    let SetExpr::Select(select) = query.body.as_ref() else {
        return Vec::new();
    };
    let name = |factor: &TableFactor| match factor {
        TableFactor::Table {
            name, args: None, ..
        } => Some(full_name(name, database)),
        _ => None,
    };
    let mut found = Vec::new();
    for from in &select.from {
        let left = name(&from.relation);
        for join in &from.joins {
            if let (Some(left), Some(right)) = (left.clone(), name(&join.relation)) {
                found.push((left, right));
            }
        }
    }
    found
}

fn full_name(name: &ObjectName, database: &str) -> String {
    let parts: Vec<String> = name
        .0
        .iter()
        .filter_map(|part| part.as_ident())
        .map(|ident| ident.value.to_lowercase())
        .collect();
    match parts.as_slice() {
        [.., database, table] => format!("{database}.{table}"),
        [table] => format!("{database}.{table}"),
        [] => String::new(),
    }
}
