//! Partition indexes: partitions in another order than that of their values, so that an expression
//! over other keys than the first finds them without looking at all.
//!
//! Glue developer guide, "Working with partition indexes".

mod search;

use lakebed_core::{Connection, Documents, StoreError, Transaction};
use lakebed_wire::glue::{
    KeySchemaElement, PartitionIndex, PartitionIndexDescriptor, PartitionIndexStatus, Table,
};

use super::expression::sort_key;
use super::key::partition_key;
use super::keys_of;
use crate::catalog::{PARTITIONS, table_scope};
use crate::{Catalog, Error, fold, tables};

pub(super) use search::Search;

/// By table.
const INDEXES: Documents<PartitionIndex> = Documents::of("glue.partition_index");
/// The key of every partition, by table and index, in the index's order.
const ENTRIES: Documents<String> = Documents::of("glue.partition_index_entry");

/// The most indexes a table may have.
const MAX_INDEXES: usize = 3;

/// How many partitions are read at a time when an index is made.
const BATCH: usize = 1_000;

/// An index of a table and where its keys stand among the table's.
#[derive(Debug, Clone)]
pub(super) struct Order {
    name: String,
    scope: String,
    /// Of each key of the index, its place among the partition keys and its type.
    keys: Vec<(usize, String)>,
}

impl Order {
    /// None if the table has lost a key of the index.
    fn of(table: &Table, table_scope: &str, index: &PartitionIndex) -> Option<Self> {
        let keys = keys_of(table);
        let place = |name: &String| {
            let (place, key) = keys.iter().enumerate().find(|(_, key)| key.name == *name)?;
            Some((place, key.r#type.clone().unwrap_or_default()))
        };
        Some(Self {
            name: index.index_name.clone(),
            scope: format!("{table_scope}\0{}", index.index_name),
            keys: index.keys.iter().map(place).collect::<Option<_>>()?,
        })
    }

    /// Sorts as the values of the index's keys do, and names one partition.
    fn entry(&self, values: &[String]) -> String {
        let mut parts: Vec<String> = self
            .keys
            .iter()
            .map(|(place, kind)| sort_key(kind, values.get(*place).map_or("", String::as_str)))
            .collect();
        parts.push(partition_key(values));
        partition_key(&parts)
    }

    fn put(&self, tx: &Transaction<'_>, values: &[String]) -> Result<(), StoreError> {
        ENTRIES.put(tx, &self.scope, &self.entry(values), &partition_key(values))
    }

    fn remove(&self, tx: &Transaction<'_>, values: &[String]) -> Result<(), StoreError> {
        ENTRIES.delete(tx, &self.scope, &self.entry(values))?;
        Ok(())
    }
}

/// The indexes of a table, to be kept in step with its partitions.
pub(super) struct Upkeep(Vec<Order>);

impl Upkeep {
    pub(super) fn of(
        connection: &Connection,
        table: &Table,
        scope: &str,
    ) -> Result<Self, StoreError> {
        let indexes = INDEXES.list(connection, scope)?;
        let orders = indexes
            .iter()
            .filter_map(|index| Order::of(table, scope, index));
        Ok(Self(orders.collect()))
    }

    pub(super) fn added(&self, tx: &Transaction<'_>, values: &[String]) -> Result<(), StoreError> {
        self.0.iter().try_for_each(|order| order.put(tx, values))
    }

    pub(super) fn removed(
        &self,
        tx: &Transaction<'_>,
        values: &[String],
    ) -> Result<(), StoreError> {
        self.0.iter().try_for_each(|order| order.remove(tx, values))
    }
}

/// Forgets the indexes of a table.
pub(crate) fn remove_all(tx: &Transaction<'_>, scope: &str) -> Result<(), StoreError> {
    for index in INDEXES.list(tx, scope)? {
        ENTRIES.delete_scope(tx, &format!("{scope}\0{}", index.index_name))?;
    }
    INDEXES.delete_scope(tx, scope)?;
    Ok(())
}

/// Adds an index to a table and enters the partitions there are.
///
/// # Errors
/// [`Error::InvalidInput`] for keys that are none of the table's or stand twice,
/// [`Error::AlreadyExists`], [`Error::LimitExceeded`].
pub(crate) fn add(tx: &Transaction<'_>, table: &Table, index: PartitionIndex) -> Result<(), Error> {
    let database = table.database_name.as_deref().unwrap_or_default();
    let scope = table_scope(database, &table.name);
    let index = checked(table, index)?;
    if INDEXES.count(tx, &scope)? >= MAX_INDEXES {
        return Err(Error::LimitExceeded(format!(
            "A table can have {MAX_INDEXES} partition indexes at most."
        )));
    }
    if !INDEXES.insert(tx, &scope, &index.index_name, &index)? {
        return Err(Error::AlreadyExists(format!(
            "Index {} already exists on the table.",
            index.index_name
        )));
    }
    let Some(order) = Order::of(table, &scope, &index) else {
        return Ok(());
    };
    let mut after = None;
    loop {
        let batch = PARTITIONS.page(tx, &scope, after.as_deref(), BATCH)?;
        let Some((last, _)) = batch.last() else {
            return Ok(());
        };
        after = Some(last.clone());
        for (_, partition) in &batch {
            order.put(tx, partition.values.as_deref().unwrap_or_default())?;
        }
    }
}

fn checked(table: &Table, index: PartitionIndex) -> Result<PartitionIndex, Error> {
    let keys: Vec<String> = index.keys.iter().map(|key| fold(key)).collect();
    for (place, key) in keys.iter().enumerate() {
        if !keys_of(table).iter().any(|known| known.name == *key) {
            return Err(Error::InvalidInput(format!(
                "Partition index key {key} is not a partition key of table {}.",
                table.name
            )));
        }
        if keys[..place].contains(key) {
            return Err(Error::InvalidInput(format!(
                "Partition index key {key} is specified more than once."
            )));
        }
    }
    Ok(PartitionIndex { keys, ..index })
}

impl Catalog {
    /// Adds a partition index to a table; it is in use at once.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::InvalidInput`], [`Error::AlreadyExists`],
    /// [`Error::LimitExceeded`].
    pub fn create_partition_index(
        &self,
        database: &str,
        table: &str,
        index: PartitionIndex,
    ) -> Result<(), Error> {
        let (database, table) = (fold(database), fold(table));
        self.platform.store.write(|tx| {
            let table = tables::find(tx, &database, &table)?;
            add(tx, &table, index)
        })
    }

    /// Removes a partition index.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn delete_partition_index(
        &self,
        database: &str,
        table: &str,
        name: &str,
    ) -> Result<(), Error> {
        let (database, table) = (fold(database), fold(table));
        let scope = table_scope(&database, &table);
        self.platform.store.write(|tx| {
            tables::find(tx, &database, &table)?;
            if !INDEXES.delete(tx, &scope, name)? {
                return Err(Error::NotFound(format!("Index {name} not found.")));
            }
            ENTRIES.delete_scope(tx, &format!("{scope}\0{name}"))?;
            Ok(())
        })
    }

    /// The partition indexes of a table, by name.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn partition_indexes(
        &self,
        database: &str,
        table: &str,
    ) -> Result<Vec<PartitionIndexDescriptor>, Error> {
        let (database, table) = (fold(database), fold(table));
        let scope = table_scope(&database, &table);
        self.platform.store.read(|connection| {
            let table = tables::find(connection, &database, &table)?;
            let indexes = INDEXES.list(connection, &scope)?;
            let described = indexes.into_iter().map(|index| PartitionIndexDescriptor {
                keys: index
                    .keys
                    .iter()
                    .map(|name| KeySchemaElement {
                        name: name.clone(),
                        r#type: keys_of(&table)
                            .iter()
                            .find(|key| key.name == *name)
                            .and_then(|key| key.r#type.clone())
                            .unwrap_or_default(),
                    })
                    .collect(),
                index_name: index.index_name,
                index_status: PartitionIndexStatus::Active,
                backfill_errors: None,
            });
            Ok(described.collect())
        })
    }
}
