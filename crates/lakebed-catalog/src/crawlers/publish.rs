//! Writes what a crawl found into the catalog, as the crawler's policies allow.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use lakebed_wire::glue::{
    DeleteBehavior, Partition, PartitionIndex, PartitionInput, StorageDescriptor, Table,
    TableInput, UpdateBehavior,
};

use super::definition::{
    Author, DEPRECATED_BY, PARTITION_FILTERING, UPDATED_BY, partition_input, table_input,
};
use super::grouping::{PartitionGroup, TableGroup};
use super::log::CrawlLog;
use super::path::S3Path;
use super::progress::Progress;
use super::reconcile::{Verdict, add_new_columns, as_input, replace, same_storage};
use super::settings::Settings;
use super::table_names::{distinct_name, table_name};
use super::targets::Place;
use crate::partitions::keys_of;
use crate::{Catalog, Error, TableUpdate};

/// What crawlers call the index over all keys of a table.
const PARTITION_INDEX: &str = "crawler_partition_index";

/// Writes the tables of one crawl.
pub(super) struct Publisher<'a> {
    catalog: &'a Catalog,
    settings: &'a Settings,
    author: Author<'a>,
    log: &'a CrawlLog,
    progress: &'a Progress,
    /// Tables of this crawl.
    seen: BTreeSet<String>,
}

impl<'a> Publisher<'a> {
    pub(super) fn new(
        catalog: &'a Catalog,
        settings: &'a Settings,
        author: Author<'a>,
        log: &'a CrawlLog,
        progress: &'a Progress,
    ) -> Self {
        Self {
            catalog,
            settings,
            author,
            log,
            progress,
            seen: BTreeSet::new(),
        }
    }

    /// Makes or updates the table and its partitions.
    pub(super) fn publish(&mut self, place: &S3Path, group: &TableGroup) -> Result<(), Error> {
        let database = &self.settings.database;
        let location = place.with_key(&group.files.location).to_string();
        let (name, current) = self.name_for(place, group, &location)?;
        self.seen.insert(name.clone());
        let indexed = self.settings.partition_index && !group.partition_keys.is_empty();
        let found = table_input(&name, place, group, indexed, self.author);
        let written = match current {
            None => {
                self.catalog.create_table(database, found.clone(), None)?;
                self.index_partitions(database, &found)?;
                self.log
                    .info(format_args!("Created table {name} in database {database}"));
                self.progress.changes().tables_created.push(name.clone());
                found
            }
            Some(current) => self.update(database, &current, found)?,
        };
        self.publish_partitions(database, place, group, &name, &written)
    }

    /// Brings a table that people made up to date with what lies at its location. Its name and
    /// the names of its partition keys stay.
    pub(super) fn refresh(
        &self,
        database: &str,
        current: &Table,
        place: &S3Path,
        mut group: TableGroup,
    ) -> Result<(), Error> {
        let keys = keys_of(current);
        if keys.len() != group.partition_keys.len() {
            self.log.warn(format_args!(
                "Table {} in database {database} has {} partition keys, and its folders have {} levels: it is left as it is",
                current.name,
                keys.len(),
                group.partition_keys.len()
            ));
            return Ok(());
        }
        group.partition_keys = keys.iter().map(|key| key.name.clone()).collect();
        let indexed = current
            .parameters
            .as_ref()
            .is_some_and(|parameters| parameters.contains_key(PARTITION_FILTERING));
        let found = TableInput {
            partition_keys: current.partition_keys.clone(),
            ..table_input(&current.name, place, &group, indexed, self.author)
        };
        let written = self.update(database, current, found)?;
        self.publish_partitions(database, place, &group, &current.name, &written)
    }

    /// The name of the table at this location and the table, if it is there already.
    fn name_for(
        &self,
        place: &S3Path,
        group: &TableGroup,
        location: &str,
    ) -> Result<(String, Option<Table>), Error> {
        let plain = table_name(
            &self.settings.prefix,
            place.bucket.as_str(),
            &group.files.location,
        );
        let distinct = distinct_name(&plain, location);
        for name in [plain, distinct.clone()] {
            if self.seen.contains(&name) {
                continue;
            }
            match self.find(&name)? {
                Some(table) if !lies_at(&table, location) => {}
                current => return Ok((name, current)),
            }
        }
        // The distinct name too is taken, by a table that someone moved: it is this location's.
        let current = self.find(&distinct)?;
        Ok((distinct, current))
    }

    fn find(&self, name: &str) -> Result<Option<Table>, Error> {
        match self.catalog.table(&self.settings.database, name) {
            Ok(table) => Ok(Some(table)),
            Err(Error::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Brings a table up to date where it differs; answers with the definition that holds now.
    fn update(
        &self,
        database: &str,
        current: &Table,
        found: TableInput,
    ) -> Result<TableInput, Error> {
        let name = &current.name;
        let verdict = if self.settings.merge_new_columns {
            add_new_columns(current, found)
        } else {
            replace(current, found)
        };
        let (wanted, lost) = match verdict {
            Verdict::Keep => return Ok(as_input(current)),
            Verdict::Update { wanted, lost } => (*wanted, lost),
            Verdict::Incompatible {
                parameter,
                existing,
                crawled,
            } => {
                let word = |value: &Option<String>| value.clone().unwrap_or("null".to_owned());
                self.log.warn(format_args!(
                    "Cannot merge new columns into the table {name} as defined in the Data Catalog because the parameter '{parameter}' has changed. The existing value is '{}', and the crawled value is '{}'. Either remove the table or resolve the inconsistent parameter value.",
                    word(&existing),
                    word(&crawled)
                ));
                self.deprecate(database, current)?;
                return Ok(as_input(current));
            }
        };
        if self.settings.update == UpdateBehavior::Log {
            self.log.warn(format_args!(
                "Table {name} in database {database} differs from the files and is left as it is: UpdateBehavior is LOG"
            ));
            return Ok(as_input(current));
        }
        if !lost.is_empty() {
            self.log.warn(format_args!(
                "The update of table {name} removes what no crawler says: {}. To keep such things choose to add new columns only (MergeNewColumns).",
                lost.join(", ")
            ));
        }
        let other_keys = current.partition_keys != wanted.partition_keys;
        if other_keys {
            self.delete_partitions(database, name)?;
        }
        self.catalog
            .update_table(database, wanted.clone(), &TableUpdate::default())?;
        if other_keys {
            self.index_partitions(database, &wanted)?;
        }
        self.log
            .info(format_args!("Updated table {name} in database {database}"));
        self.progress.changes().tables_updated.push(name.clone());
        Ok(wanted)
    }

    /// Makes the index that crawlers make of a partitioned table.
    fn index_partitions(&self, database: &str, table: &TableInput) -> Result<(), Error> {
        let keys: Vec<String> = table
            .partition_keys
            .iter()
            .flatten()
            .map(|key| key.name.clone())
            .collect();
        if keys.is_empty() || !self.settings.partition_index {
            return Ok(());
        }
        let index = PartitionIndex {
            keys,
            index_name: PARTITION_INDEX.to_owned(),
        };
        self.catalog
            .create_partition_index(database, &table.name, index)
    }

    /// Partitions of other keys mean nothing, nor do indexes over such keys.
    fn delete_partitions(&self, database: &str, name: &str) -> Result<(), Error> {
        for index in self.catalog.partition_indexes(database, name)? {
            self.catalog
                .delete_partition_index(database, name, &index.index_name)?;
        }
        for partition in self.catalog.partitions(database, name, None)? {
            let values = partition.values.unwrap_or_default();
            self.catalog.delete_partition(database, name, &values)?;
            self.progress.changes().partitions_deleted += 1;
        }
        Ok(())
    }

    fn publish_partitions(
        &self,
        database: &str,
        place: &S3Path,
        group: &TableGroup,
        name: &str,
        table: &TableInput,
    ) -> Result<(), Error> {
        let keys = table.partition_keys.iter().flatten().map(|key| &key.name);
        if !keys.eq(&group.partition_keys) {
            self.log.warn(format_args!(
                "Partitions of table {name} are left as they are: the folders' keys are not the table's"
            ));
            return Ok(());
        }
        if group.partition_keys.is_empty() {
            return Ok(());
        }
        let mut existing: HashMap<Vec<String>, Partition> = self
            .catalog
            .partitions(database, name, None)?
            .into_iter()
            .map(|partition| (partition.values.clone().unwrap_or_default(), partition))
            .collect();
        let inherited = self.inherited(table.storage_descriptor.as_ref());
        let mut new = Vec::new();
        let mut changed: Vec<(Vec<String>, PartitionInput)> = Vec::new();
        for partition in &group.partitions {
            let input = partition_input(place, partition, inherited, self.author);
            match existing.remove(&partition.values) {
                None => new.push(input),
                Some(current)
                    if !same_storage(
                        current.storage_descriptor.as_ref(),
                        input.storage_descriptor.as_ref(),
                    ) =>
                {
                    changed.push((partition.values.clone(), input));
                }
                Some(_) => {}
            }
        }
        self.create_partitions(database, name, new)?;
        if self.settings.update == UpdateBehavior::UpdateInDatabase {
            for (values, input) in changed {
                self.catalog
                    .update_partition(database, name, &values, input)?;
                self.progress.changes().partitions_updated += 1;
            }
        }
        if self.settings.delete == DeleteBehavior::DeleteFromDatabase {
            for (values, partition) in existing {
                if is_by(partition.parameters.as_ref(), self.author.crawler) {
                    self.catalog.delete_partition(database, name, &values)?;
                    self.progress.changes().partitions_deleted += 1;
                }
            }
        }
        Ok(())
    }

    /// Adds partitions to a table that stays as it is.
    pub(super) fn add_partitions(
        &self,
        place: &S3Path,
        table: &Table,
        partitions: &[PartitionGroup],
    ) -> Result<(), Error> {
        let inherited = self.inherited(table.storage_descriptor.as_ref());
        let new = partitions
            .iter()
            .map(|partition| partition_input(place, partition, inherited, self.author))
            .collect();
        self.create_partitions(&self.settings.database, &table.name, new)
    }

    fn create_partitions(
        &self,
        database: &str,
        name: &str,
        new: Vec<PartitionInput>,
    ) -> Result<(), Error> {
        let count = new.len();
        if count > 0 {
            self.catalog.add_partitions(database, name, new)?;
            self.log.info(format_args!(
                "Created partitions of table {name} in database {database}: {count}"
            ));
            self.progress.changes().partitions_created += count as u64;
        }
        Ok(())
    }

    /// What partitions take from their table, if they are to.
    fn inherited<'t>(&self, table: Option<&'t StorageDescriptor>) -> Option<&'t StorageDescriptor> {
        table.filter(|_| self.settings.partitions_inherit)
    }

    /// Deletes or deprecates the crawler's tables of which nothing was found any more.
    pub(super) fn settle_missing_tables(self, places: &[Place]) -> Result<(), Error> {
        let database = &self.settings.database;
        for table in self.catalog.tables(database)? {
            if self.seen.contains(&table.name)
                || !is_by(table.parameters.as_ref(), self.author.crawler)
                || !self.was_looked_for(&table, places)
            {
                continue;
            }
            match self.settings.delete {
                DeleteBehavior::Log => self.log.info(format_args!(
                    "Table {} in database {database} was not found at its location any more and is left as it is: DeleteBehavior is LOG",
                    table.name
                )),
                DeleteBehavior::DeleteFromDatabase => {
                    self.catalog.delete_table(database, &table.name)?;
                    self.log.info(format_args!(
                        "Deleted table {} in database {database} because a matching schema was not found at the table's location.",
                        table.name
                    ));
                    self.progress.changes().tables_deleted.push(table.name);
                }
                DeleteBehavior::DeprecateInDatabase => self.deprecate(database, &table)?,
            }
        }
        Ok(())
    }

    fn deprecate(&self, database: &str, table: &Table) -> Result<(), Error> {
        let mut input = as_input(table);
        let parameters = input.parameters.get_or_insert_default();
        if parameters.contains_key(DEPRECATED_BY) {
            return Ok(());
        }
        let now = self.catalog.platform.clock.now();
        parameters.insert(DEPRECATED_BY.to_owned(), now.as_millis().to_string());
        self.catalog
            .update_table(database, input, &TableUpdate::default())?;
        self.log.info(format_args!(
            "Table {} is marked deprecated because a matching schema was not found at the table's location.",
            table.name
        ));
        self.progress
            .changes()
            .tables_updated
            .push(table.name.clone());
        Ok(())
    }

    /// The table lies under a target, and none of its files is there but unreadable.
    fn was_looked_for(&self, table: &Table, places: &[Place]) -> bool {
        let Some(location) = location_of(table) else {
            return false;
        };
        let under_target = places.iter().any(|place| {
            let target = place.path.to_string();
            let target = target.trim_end_matches('/');
            location
                .strip_prefix(target)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        let unreadable = |path: &String| path.starts_with(location);
        under_target && !self.progress.changes().unrecognised.iter().any(unreadable)
    }
}

fn location_of(table: &Table) -> Option<&str> {
    table.storage_descriptor.as_ref()?.location.as_deref()
}

fn lies_at(table: &Table, location: &str) -> bool {
    location_of(table)
        .is_some_and(|other| other.trim_end_matches('/') == location.trim_end_matches('/'))
}

fn is_by(parameters: Option<&BTreeMap<String, String>>, crawler: &str) -> bool {
    parameters
        .and_then(|parameters| parameters.get(UPDATED_BY))
        .is_some_and(|name| name == crawler)
}
