//! Writes what a crawl found into the catalog, as the crawler's policies allow.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use lakebed_wire::glue::{
    Column, DeleteBehavior, Partition, PartitionInput, StorageDescriptor, Table, TableInput,
    UpdateBehavior,
};
use serde::{Deserialize, Serialize};

use super::definition::{Author, DEPRECATED_BY, RUN_ID, UPDATED_BY, partition_input, table_input};
use super::grouping::TableGroup;
use super::path::S3Path;
use super::settings::Settings;
use super::table_names::{distinct_name, table_name};
use crate::{Catalog, Error, TableUpdate};

/// What a crawl changed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Changes {
    pub(super) tables_created: Vec<String>,
    pub(super) tables_updated: Vec<String>,
    pub(super) tables_deleted: Vec<String>,
    pub(super) partitions_created: u64,
    pub(super) partitions_updated: u64,
    pub(super) partitions_deleted: u64,
    /// Files that no classifier recognised.
    pub(super) unrecognised: Vec<String>,
}

impl Changes {
    /// The JSON text that `ListCrawls` answers as the run's summary.
    pub(super) fn summary(&self) -> String {
        let tables = |names: &[String]| serde_json::json!({"Count": names.len(), "Details": {"names": names}});
        serde_json::json!({
            "TABLE": {
                "ADD": tables(&self.tables_created),
                "UPDATE": tables(&self.tables_updated),
                "DELETE": tables(&self.tables_deleted),
            },
            "PARTITION": {
                "ADD": {"Count": self.partitions_created},
                "UPDATE": {"Count": self.partitions_updated},
                "DELETE": {"Count": self.partitions_deleted},
            },
            "FILE": {"UNRECOGNIZED": {"Count": self.unrecognised.len(), "Details": {"names": self.unrecognised}}},
        })
        .to_string()
    }
}

/// Writes the tables of one crawl.
pub(super) struct Publisher<'a> {
    catalog: &'a Catalog,
    settings: &'a Settings,
    author: Author<'a>,
    changes: &'a mut Changes,
    /// Tables of this crawl.
    seen: BTreeSet<String>,
}

impl<'a> Publisher<'a> {
    pub(super) fn new(
        catalog: &'a Catalog,
        settings: &'a Settings,
        author: Author<'a>,
        changes: &'a mut Changes,
    ) -> Self {
        Self {
            catalog,
            settings,
            author,
            changes,
            seen: BTreeSet::new(),
        }
    }

    /// Makes or updates the table and its partitions.
    pub(super) fn publish(&mut self, place: &S3Path, group: &TableGroup) -> Result<(), Error> {
        let location = place.with_key(&group.files.location).to_string();
        let (name, current) = self.name_for(place, group, &location)?;
        self.seen.insert(name.clone());
        let input = table_input(&name, place, group, self.author);
        let written = match current {
            None if !self.settings.create_tables => {
                tracing::warn!(table = %name, "a crawl of new folders only makes no table");
                return Ok(());
            }
            None => {
                self.catalog
                    .create_table(&self.settings.database, input.clone(), None)?;
                self.changes.tables_created.push(name.clone());
                input
            }
            Some(current) => self.update(&name, &current, input)?,
        };
        self.publish_partitions(place, group, &name, &written)
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
        &mut self,
        name: &str,
        current: &Table,
        found: TableInput,
    ) -> Result<TableInput, Error> {
        let wanted = reconcile(current, found, self.settings.merge_new_columns);
        if same_definition(current, &wanted) {
            return Ok(wanted);
        }
        if self.settings.update == UpdateBehavior::Log {
            tracing::warn!(
                table = name,
                "the table differs from the files: SchemaChangePolicy says LOG"
            );
            return Ok(as_input(current));
        }
        if current.partition_keys != wanted.partition_keys {
            for partition in self
                .catalog
                .partitions(&self.settings.database, name, None)?
            {
                let values = partition.values.unwrap_or_default();
                self.catalog
                    .delete_partition(&self.settings.database, name, &values)?;
                self.changes.partitions_deleted += 1;
            }
        }
        self.catalog.update_table(
            &self.settings.database,
            wanted.clone(),
            &TableUpdate::default(),
        )?;
        self.changes.tables_updated.push(name.to_owned());
        Ok(wanted)
    }

    fn publish_partitions(
        &mut self,
        place: &S3Path,
        group: &TableGroup,
        name: &str,
        table: &TableInput,
    ) -> Result<(), Error> {
        let keys = table.partition_keys.iter().flatten().map(|key| &key.name);
        if group.partition_keys.is_empty() || !keys.eq(&group.partition_keys) {
            return Ok(());
        }
        let database = &self.settings.database;
        let mut existing: HashMap<Vec<String>, Partition> = self
            .catalog
            .partitions(database, name, None)?
            .into_iter()
            .map(|partition| (partition.values.clone().unwrap_or_default(), partition))
            .collect();
        let inherited = table
            .storage_descriptor
            .as_ref()
            .filter(|_| self.settings.partitions_inherit);
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
        self.changes.partitions_created += new.len() as u64;
        self.catalog.add_partitions(database, name, new)?;
        if self.settings.update == UpdateBehavior::UpdateInDatabase {
            for (values, input) in changed {
                self.catalog
                    .update_partition(database, name, &values, input)?;
                self.changes.partitions_updated += 1;
            }
        }
        if self.settings.delete == DeleteBehavior::DeleteFromDatabase {
            for (values, partition) in existing {
                if is_by(partition.parameters.as_ref(), self.author.crawler) {
                    self.catalog.delete_partition(database, name, &values)?;
                    self.changes.partitions_deleted += 1;
                }
            }
        }
        Ok(())
    }

    /// Deletes or deprecates the crawler's tables of which nothing was found any more.
    pub(super) fn settle_missing_tables(mut self) -> Result<(), Error> {
        if self.settings.delete == DeleteBehavior::Log {
            return Ok(());
        }
        for table in self.catalog.tables(&self.settings.database)? {
            if self.seen.contains(&table.name)
                || !is_by(table.parameters.as_ref(), self.author.crawler)
                || !self.was_looked_for(&table)
            {
                continue;
            }
            if self.settings.delete == DeleteBehavior::DeleteFromDatabase {
                self.catalog
                    .delete_table(&self.settings.database, &table.name)?;
                self.changes.tables_deleted.push(table.name);
            } else {
                self.deprecate(&table)?;
            }
        }
        Ok(())
    }

    fn deprecate(&mut self, table: &Table) -> Result<(), Error> {
        let mut input = as_input(table);
        let parameters = input.parameters.get_or_insert_default();
        if parameters.contains_key(DEPRECATED_BY) {
            return Ok(());
        }
        parameters.insert(DEPRECATED_BY.to_owned(), self.author.crawler.to_owned());
        self.catalog
            .update_table(&self.settings.database, input, &TableUpdate::default())?;
        self.changes.tables_updated.push(table.name.clone());
        Ok(())
    }

    /// The table lies under a target, and none of its files is there but unreadable.
    fn was_looked_for(&self, table: &Table) -> bool {
        let Some(location) = location_of(table) else {
            return false;
        };
        let under_target = self.settings.targets.iter().any(|target| {
            let target = target.path.to_string();
            let target = target.trim_end_matches('/');
            location
                .strip_prefix(target)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        let unreadable = |path: &String| path.starts_with(location);
        under_target && !self.changes.unrecognised.iter().any(unreadable)
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

/// What was found, with what people added to the table: description, comments, parameters.
fn reconcile(current: &Table, found: TableInput, merge_new_columns: bool) -> TableInput {
    let mut wanted = found;
    wanted.description = current.description.clone();
    let mut parameters = current.parameters.clone().unwrap_or_default();
    parameters.remove(DEPRECATED_BY);
    parameters.remove("skip.header.line.count");
    parameters.extend(wanted.parameters.take().unwrap_or_default());
    wanted.parameters = Some(parameters);

    let existing = current
        .storage_descriptor
        .as_ref()
        .and_then(|descriptor| descriptor.columns.as_deref())
        .unwrap_or_default();
    if let Some(descriptor) = &mut wanted.storage_descriptor {
        let found = descriptor.columns.take().unwrap_or_default();
        descriptor.columns = Some(if merge_new_columns {
            with_new_columns(existing, found)
        } else {
            with_comments(existing, found)
        });
    }
    wanted
}

fn with_new_columns(existing: &[Column], found: Vec<Column>) -> Vec<Column> {
    let mut columns = existing.to_vec();
    for column in found {
        if !existing.iter().any(|known| known.name == column.name) {
            columns.push(column);
        }
    }
    columns
}

fn with_comments(existing: &[Column], found: Vec<Column>) -> Vec<Column> {
    let known: HashMap<&str, &Column> = existing
        .iter()
        .map(|column| (column.name.as_str(), column))
        .collect();
    found
        .into_iter()
        .map(|column| match known.get(column.name.as_str()) {
            Some(known) => Column {
                comment: known.comment.clone(),
                parameters: known.parameters.clone(),
                ..column
            },
            None => column,
        })
        .collect()
}

/// Nothing but the run that looked at it differs.
fn same_definition(current: &Table, wanted: &TableInput) -> bool {
    let without_run = |parameters: &Option<BTreeMap<String, String>>| {
        let mut parameters = parameters.clone().unwrap_or_default();
        parameters.remove(RUN_ID);
        parameters
    };
    current.partition_keys == wanted.partition_keys
        && without_run(&current.parameters) == without_run(&wanted.parameters)
        && same_storage(
            current.storage_descriptor.as_ref(),
            wanted.storage_descriptor.as_ref(),
        )
}

fn same_storage(one: Option<&StorageDescriptor>, other: Option<&StorageDescriptor>) -> bool {
    let without_run = |descriptor: Option<&StorageDescriptor>| {
        let mut descriptor = descriptor.cloned().unwrap_or_default();
        if let Some(parameters) = &mut descriptor.parameters {
            parameters.remove(RUN_ID);
        }
        descriptor
    };
    without_run(one) == without_run(other)
}

/// The definition of a table that is there.
fn as_input(table: &Table) -> TableInput {
    TableInput {
        name: table.name.clone(),
        description: table.description.clone(),
        owner: table.owner.clone(),
        last_access_time: table.last_access_time,
        last_analyzed_time: table.last_analyzed_time,
        retention: table.retention,
        storage_descriptor: table.storage_descriptor.clone(),
        partition_keys: table.partition_keys.clone(),
        view_original_text: table.view_original_text.clone(),
        view_expanded_text: table.view_expanded_text.clone(),
        table_type: table.table_type.clone(),
        parameters: table.parameters.clone(),
        target_table: table.target_table.clone(),
        ..Default::default()
    }
}
