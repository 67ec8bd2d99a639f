//! Column statistics of tables and partitions, as engines and jobs report them.

use lakebed_core::{Connection, Documents, StoreError, Transaction};
use lakebed_wire::glue::{ColumnStatistics, ColumnStatisticsData, ColumnStatisticsType, Table};

use crate::catalog::table_scope;
use crate::partitions::key::partition_key;
use crate::{Catalog, Error, fold, partitions, tables};

/// By table; the key is the column's name, for a partition after the partition's key and a NUL.
const TABLE_STATISTICS: Documents<ColumnStatistics> = Documents::of("glue.table_statistics");
const PARTITION_STATISTICS: Documents<ColumnStatistics> =
    Documents::of("glue.partition_statistics");

/// How many entries are looked at at a time.
const BATCH: usize = 1_000;

/// What statistics are of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) database: &'a str,
    pub(crate) table: &'a str,
    /// The values of a partition; none is the table itself.
    pub(crate) partition: Option<&'a [String]>,
}

/// The subject, found.
struct Place {
    table: Table,
    scope: String,
    /// Before the column's name in keys.
    prefix: Option<String>,
}

impl Place {
    fn find(connection: &Connection, subject: Subject<'_>) -> Result<Self, Error> {
        let (database, name) = (fold(subject.database), fold(subject.table));
        let table = tables::find(connection, &database, &name)?;
        let scope = table_scope(&database, &name);
        if let Some(values) = subject.partition {
            partitions::find(connection, &scope, values)?;
        }
        Ok(Self {
            table,
            scope,
            prefix: subject
                .partition
                .map(|values| prefix_of(&partition_key(values))),
        })
    }

    fn documents(&self) -> &'static Documents<ColumnStatistics> {
        match self.prefix {
            Some(_) => &PARTITION_STATISTICS,
            None => &TABLE_STATISTICS,
        }
    }

    fn key(&self, column: &str) -> String {
        let prefix = self.prefix.as_deref().unwrap_or_default();
        format!("{prefix}{}", fold(column))
    }
}

fn prefix_of(partition: &str) -> String {
    format!("{partition}\0")
}

impl Catalog {
    /// Keeps statistics, each instead of what was known of its column; answers those that are not
    /// kept, and why.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the subject is not there.
    pub(crate) fn put_statistics(
        &self,
        subject: Subject<'_>,
        statistics: Vec<ColumnStatistics>,
    ) -> Result<Vec<(ColumnStatistics, Error)>, Error> {
        self.platform.store.write(|tx| {
            let place = Place::find(tx, subject)?;
            let mut refused = Vec::new();
            for of_column in statistics {
                match check(&place.table, &of_column) {
                    Ok(()) => {
                        let key = place.key(&of_column.column_name);
                        place.documents().put(tx, &place.scope, &key, &of_column)?;
                    }
                    Err(error) => refused.push((of_column, error)),
                }
            }
            Ok(refused)
        })
    }

    /// What is known of columns, and of which nothing is.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the subject is not there.
    pub(crate) fn statistics(
        &self,
        subject: Subject<'_>,
        columns: Vec<String>,
    ) -> Result<(Vec<ColumnStatistics>, Vec<String>), Error> {
        self.platform.store.read(|connection| {
            let place = Place::find(connection, subject)?;
            let (mut known, mut unknown) = (Vec::new(), Vec::new());
            for column in columns {
                let key = place.key(&column);
                match place.documents().get(connection, &place.scope, &key)? {
                    Some(statistics) => known.push(statistics),
                    None => unknown.push(column),
                }
            }
            Ok((known, unknown))
        })
    }

    /// Forgets what is known of a column.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the subject is not there, or nothing is known.
    pub(crate) fn delete_statistics(
        &self,
        subject: Subject<'_>,
        column: &str,
    ) -> Result<(), Error> {
        self.platform.store.write(|tx| {
            let place = Place::find(tx, subject)?;
            let key = place.key(column);
            match place.documents().delete(tx, &place.scope, &key)? {
                true => Ok(()),
                false => Err(not_known(column)),
            }
        })
    }
}

pub(crate) fn not_known(column: &str) -> Error {
    Error::NotFound(format!("Column statistics for column {column} not found."))
}

/// Refuses statistics of what is no column of the table, and data of another type than they say.
fn check(table: &Table, statistics: &ColumnStatistics) -> Result<(), Error> {
    let name = fold(&statistics.column_name);
    let mut columns = table
        .storage_descriptor
        .iter()
        .flat_map(|descriptor| descriptor.columns.iter().flatten());
    if !columns.any(|column| column.name == name) {
        return Err(Error::NotFound(format!(
            "Column {name} not found in table {}.",
            table.name
        )));
    }
    let ColumnStatisticsData {
        r#type,
        boolean_column_statistics_data: boolean,
        date_column_statistics_data: date,
        decimal_column_statistics_data: decimal,
        double_column_statistics_data: double,
        long_column_statistics_data: long,
        string_column_statistics_data: string,
        binary_column_statistics_data: binary,
    } = &statistics.statistics_data;
    let given = [
        (ColumnStatisticsType::Boolean, boolean.is_some()),
        (ColumnStatisticsType::Date, date.is_some()),
        (ColumnStatisticsType::Decimal, decimal.is_some()),
        (ColumnStatisticsType::Double, double.is_some()),
        (ColumnStatisticsType::Long, long.is_some()),
        (ColumnStatisticsType::String, string.is_some()),
        (ColumnStatisticsType::Binary, binary.is_some()),
    ];
    let fits = given
        .iter()
        .all(|(kind, is_given)| *is_given == (kind == r#type));
    match fits {
        true => Ok(()),
        false => Err(Error::InvalidInput(format!(
            "Statistics of column {name} must have the data of type {type} and no other."
        ))),
    }
}

/// Forgets the statistics of a table and of its partitions.
pub(crate) fn remove_all(tx: &Transaction<'_>, scope: &str) -> Result<(), StoreError> {
    TABLE_STATISTICS.delete_scope(tx, scope)?;
    PARTITION_STATISTICS.delete_scope(tx, scope)?;
    Ok(())
}

/// Forgets the statistics of a partition.
pub(crate) fn remove_partition(
    tx: &Transaction<'_>,
    scope: &str,
    partition: &str,
) -> Result<(), StoreError> {
    for key in keys_of(tx, scope, partition)? {
        PARTITION_STATISTICS.delete(tx, scope, &key)?;
    }
    Ok(())
}

/// Keeps the statistics of a partition whose values change.
pub(crate) fn move_partition(
    tx: &Transaction<'_>,
    scope: &str,
    from: &str,
    to: &str,
) -> Result<(), StoreError> {
    for key in keys_of(tx, scope, from)? {
        let Some(statistics) = PARTITION_STATISTICS.get(tx, scope, &key)? else {
            continue;
        };
        PARTITION_STATISTICS.delete(tx, scope, &key)?;
        let column = &key[prefix_of(from).len()..];
        let key = format!("{}{column}", prefix_of(to));
        PARTITION_STATISTICS.put(tx, scope, &key, &statistics)?;
    }
    Ok(())
}

fn keys_of(
    connection: &Connection,
    scope: &str,
    partition: &str,
) -> Result<Vec<String>, StoreError> {
    let prefix = prefix_of(partition);
    let mut found: Vec<String> = Vec::new();
    loop {
        let after = found.last().unwrap_or(&prefix);
        let keys = PARTITION_STATISTICS.keys(connection, scope, Some(after), BATCH)?;
        let before = found.len();
        found.extend(keys.into_iter().take_while(|key| key.starts_with(&prefix)));
        if found.len() - before < BATCH {
            return Ok(found);
        }
    }
}
