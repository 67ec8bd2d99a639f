//! Partitions.

pub mod expression;
pub(crate) mod index;
pub(crate) mod key;
mod wanted;

use lakebed_core::{Connection, Transaction};
use lakebed_wire::glue::{Column, Partition, PartitionInput, Segment, Table};

use crate::catalog::{PARTITIONS, table_scope};
use crate::paging::Page;
use crate::{Catalog, Error, fold, statistics, storage_descriptor, tables};

use self::expression::Expression;
use self::index::Upkeep;
use self::key::partition_key;
use self::wanted::Wanted;

/// Which partitions of a table are asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct PartitionQuery<'a> {
    pub(crate) expression: Option<&'a str>,
    pub(crate) segment: Option<&'a Segment>,
}

impl Catalog {
    /// The partition with these values.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the table or the partition is not there.
    pub fn partition(
        &self,
        database: &str,
        table: &str,
        values: &[String],
    ) -> Result<Partition, Error> {
        let (database, table) = (fold(database), fold(table));
        self.platform.store.read(|connection| {
            tables::find(connection, &database, &table)?;
            find(connection, &table_scope(&database, &table), values)
        })
    }

    /// The partitions of a table that match a partition expression, in the order of their values.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::InvalidInput`] if the expression is not one.
    pub fn partitions(
        &self,
        database: &str,
        table: &str,
        expression: Option<&str>,
    ) -> Result<Vec<Partition>, Error> {
        let everything = Page {
            after: None,
            limit: usize::MAX - 1,
        };
        let query = PartitionQuery {
            expression,
            segment: None,
        };
        Ok(self
            .partitions_page(database, table, &query, &everything)?
            .0)
    }

    pub(crate) fn partitions_page(
        &self,
        database: &str,
        table: &str,
        query: &PartitionQuery<'_>,
        page: &Page,
    ) -> Result<(Vec<Partition>, Option<String>), Error> {
        let (database, table) = (fold(database), fold(table));
        let scope = table_scope(&database, &table);
        let entries = self.platform.store.read(|connection| {
            let table = tables::find(connection, &database, &table)?;
            let expression = query
                .expression
                .filter(|expression| !expression.trim().is_empty())
                .map(|expression| Expression::parse(expression, keys_of(&table)))
                .transpose()?;
            let wanted = Wanted {
                expression: expression.as_ref(),
                segment: query.segment,
            };
            wanted.page(connection, &table, &scope, page)
        })?;
        Ok(page.cut(entries))
    }

    /// Adds partitions; those that are there already stay as they are and are named in the answer.
    /// All are added in one transaction.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the table, [`Error::InvalidInput`] for a wrong number of values.
    pub fn add_partitions(
        &self,
        database: &str,
        table: &str,
        inputs: Vec<PartitionInput>,
    ) -> Result<Vec<Vec<String>>, Error> {
        let (database, table) = (fold(database), fold(table));
        let scope = table_scope(&database, &table);
        self.platform.store.write(|tx| {
            let table = tables::find(tx, &database, &table)?;
            let indexes = Upkeep::of(tx, &table, &scope)?;
            let mut existing = Vec::new();
            for input in inputs {
                let partition = self.filled_in_partition(&table, input)?;
                let values = values_of(&partition);
                if PARTITIONS.insert(tx, &scope, &partition_key(values), &partition)? {
                    indexes.added(tx, values)?;
                } else {
                    existing.push(values.to_vec());
                }
            }
            Ok(existing)
        })
    }

    /// Replaces a partition; its values may change.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::InvalidInput`], [`Error::AlreadyExists`] if the new values
    /// are another partition's.
    pub fn update_partition(
        &self,
        database: &str,
        table: &str,
        values: &[String],
        input: PartitionInput,
    ) -> Result<(), Error> {
        let (database, table) = (fold(database), fold(table));
        let scope = table_scope(&database, &table);
        self.platform.store.write(|tx| {
            let table = tables::find(tx, &database, &table)?;
            let current = find(tx, &scope, values)?;
            let input = PartitionInput {
                values: input.values.or_else(|| Some(values.to_vec())),
                ..input
            };
            let partition = Partition {
                creation_time: current.creation_time,
                ..self.filled_in_partition(&table, input)?
            };
            let (old, new) = (partition_key(values), partition_key(values_of(&partition)));
            if old != new && PARTITIONS.get(tx, &scope, &new)?.is_some() {
                return Err(Error::AlreadyExists("Partition already exists.".to_owned()));
            }
            let indexes = Upkeep::of(tx, &table, &scope)?;
            indexes.removed(tx, values)?;
            PARTITIONS.delete(tx, &scope, &old)?;
            PARTITIONS.put(tx, &scope, &new, &partition)?;
            if old != new {
                statistics::move_partition(tx, &scope, &old, &new)?;
            }
            Ok(indexes.added(tx, values_of(&partition))?)
        })
    }

    /// Removes a partition.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn delete_partition(
        &self,
        database: &str,
        table: &str,
        values: &[String],
    ) -> Result<(), Error> {
        let (database, table) = (fold(database), fold(table));
        self.platform.store.write(|tx| {
            let table = tables::find(tx, &database, &table)?;
            remove(tx, &table, values)
        })
    }

    fn filled_in_partition(
        &self,
        table: &Table,
        input: PartitionInput,
    ) -> Result<Partition, Error> {
        let (given, keys) = (
            input.values.as_ref().map_or(0, Vec::len),
            keys_of(table).len(),
        );
        if given != keys {
            return Err(Error::InvalidInput(
                "The number of partition keys do not match the number of partition values"
                    .to_owned(),
            ));
        }
        Ok(Partition {
            values: input.values,
            database_name: table.database_name.clone(),
            table_name: Some(table.name.clone()),
            creation_time: Some(self.platform.clock.now()),
            last_access_time: input.last_access_time,
            storage_descriptor: input.storage_descriptor.map(storage_descriptor::filled_in),
            parameters: input.parameters,
            last_analyzed_time: input.last_analyzed_time,
            catalog_id: self.catalog_id(),
        })
    }
}

pub(crate) fn find(
    connection: &Connection,
    scope: &str,
    values: &[String],
) -> Result<Partition, Error> {
    PARTITIONS
        .get(connection, scope, &partition_key(values))?
        .ok_or_else(|| Error::NotFound("Cannot find partition.".to_owned()))
}

fn remove(tx: &Transaction<'_>, table: &Table, values: &[String]) -> Result<(), Error> {
    let scope = table_scope(
        table.database_name.as_deref().unwrap_or_default(),
        &table.name,
    );
    let key = partition_key(values);
    if !PARTITIONS.delete(tx, &scope, &key)? {
        return Err(Error::NotFound("Partition not found.".to_owned()));
    }
    statistics::remove_partition(tx, &scope, &key)?;
    Ok(Upkeep::of(tx, table, &scope)?.removed(tx, values)?)
}

/// The partition keys of a table.
pub(crate) fn keys_of(table: &Table) -> &[Column] {
    table.partition_keys.as_deref().unwrap_or_default()
}

fn values_of(partition: &Partition) -> &[String] {
    partition.values.as_deref().unwrap_or_default()
}
